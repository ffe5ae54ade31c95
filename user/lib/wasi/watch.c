/* SPDX-License-Identifier: MIT */
/*
 * The key of a request says which handle and direction its answer is about:
 *
 *     | handle 32 | direction 2 |        never 0, since handles and directions are not
 *
 * A handle that was closed meanwhile and is another stream's now makes that one look again: no harm.
 */
#include "watch.h"
#include "ask.h"
#include <user/system.h>

constexpr unsigned DIRECTION_BITS = 2;
constexpr uint64_t DIRECTION_MASK = (1 << DIRECTION_BITS) - 1;
static_assert(CONSOLE_READY_READ <= DIRECTION_MASK && CONSOLE_READY_WRITE <= DIRECTION_MASK);

enum wasi_errno watch_start(struct descriptor *descriptor, uint32_t direction) {
    if ((descriptor->watched & direction) != 0) {
        return ERRNO_SUCCESS;
    }
    struct message request = {.operation = CONSOLE_WATCH, .words = {direction}};
    uint64_t key = (uint64_t)descriptor->handle << DIRECTION_BITS | direction;
    enum wasi_errno error =
        errno_of(system_send(descriptor->handle, &request, key, DEADLINE_NEVER));
    if (error == ERRNO_SUCCESS) {
        descriptor->watched |= (uint8_t)direction;
    }
    return error;
}

/* The server that was asked may have restarted, or closed: asking it again tells. */
enum wasi_errno watch_wait(uint64_t deadline_ns) {
    struct message message = {.payload = payload, .payload_capacity = sizeof payload};
    status_t status = system_receive(&message, deadline_ns);
    if (status != OK) {
        return status == ERR_TIMED_OUT ? ERRNO_SUCCESS : errno_of(status);
    }
    drop_handles(&message, 0);
    if (message.operation != MESSAGE_REPLY) {
        return ERRNO_SUCCESS; /* nobody's: none has a handle to this mailbox */
    }
    struct descriptor *descriptor = table_find_handle((handle_t)(message.badge >> DIRECTION_BITS));
    if (descriptor != nullptr) {
        descriptor->watched &= (uint8_t) ~(message.badge & DIRECTION_MASK);
    }
    return message.status == ERR_RESTARTED || message.status == ERR_CLOSED
               ? ERRNO_SUCCESS
               : errno_of(message.status);
}
