/* SPDX-License-Identifier: MIT */
/* See user/kernel.h. All of these may be repeated when the server was restarted. */
#include <user/ask.h>
#include <user/command.h>
#include <user/kernel.h>

status_t kernel_ask(enum kernel_operation operation, uint64_t first, uint64_t second, void *to,
                    uint32_t capacity, struct message *reply) {
    handle_t kernel = command_handle("kernel", PROTOCOL_KERNEL, nullptr);
    const struct message request = {.operation = operation, .words = {first, second}};
    *reply = (struct message){.payload = to, .payload_capacity = capacity};
    return ask_again(kernel, &request, reply);
}

status_t kernel_list(uint64_t number, struct process_info *out, uint32_t *count, uint64_t *next) {
    struct message reply;
    status_t status = kernel_ask(KERNEL_LIST, number, KERNEL_LIST_MAX, out,
                                 KERNEL_LIST_MAX * sizeof *out, &reply);
    *count = status == OK ? reply.payload_size / (uint32_t)sizeof *out : 0;
    *next = status == OK ? reply.words[0] : 0;
    return status;
}

const char *process_state_text(uint32_t state) {
    static const char *const texts[] = {"?", "created", "running", "waiting", "ended"};
    return texts[state <= PROCESS_STATE_ENDED ? state : 0];
}

uint32_t kernel_failed(const char *what, status_t status) {
    if (status != OK) {
        print_error("%s: %s", what, status_text(status));
    }
    return status == OK ? 0 : 1;
}
