/* SPDX-License-Identifier: MIT */
/* See <user/request.h>. After it nothing of the request is left in the server's handle table. */
#include <user/request.h>

static void close_handles(const handle_t *handles, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (handles[i] != HANDLE_NONE) {
            (void)system_handle_close(handles[i]); /* gone already is as good */
        }
    }
}

status_t request_answer(struct message *request, const struct message *answer) {
    status_t status = OK;
    close_handles(request->handles, request->handle_count);
    request->handle_count = 0;
    if (request->reply != HANDLE_NONE) {
        status = system_reply(request->reply, answer);
        request->reply = HANDLE_NONE;
        if (status != OK && (answer->flags & MESSAGE_HANDLE_COPY) == 0) {
            close_handles(answer->handles, answer->handle_count);
        }
    }
    return status;
}

void request_answer_status(struct message *request, status_t status) {
    struct message answer = {.status = status};
    (void)request_answer(request, &answer); /* whoever asked may be gone */
}

void request_answer_word(struct message *request, uint64_t word) {
    struct message answer = {.words = {word}};
    (void)request_answer(request, &answer);
}
