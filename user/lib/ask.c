/* SPDX-License-Identifier: MIT */
/* See user/ask.h. A call changes what the reply says about itself, but not where its payload may
 * go. */
#include <user/ask.h>

status_t ask_once(handle_t server, const struct message *request, struct message *reply) {
    status_t status = system_call(server, request, reply);
    return status != OK ? status : (status_t)reply->status;
}

status_t ask_again(handle_t server, const struct message *request, struct message *reply) {
    status_t status = ERR_RESTARTED;
    for (uint32_t i = 0; i < ASK_TIMES && status == ERR_RESTARTED; i++) {
        status = ask_once(server, request, reply);
    }
    return status;
}
