/* SPDX-License-Identifier: MIT */
/* trace: the last events of the kernel. */
#include <user/command.h>
#include <user/kernel.h>

static uint32_t trace(uint32_t count, const char **arguments) {
    static char text[KERNEL_TEXT_MAX];
    struct message reply;
    status_t status = kernel_ask(KERNEL_TRACE_READ, KERNEL_TRACE_MAX, 0, text, sizeof text, &reply);
    if (status == OK) {
        print_bytes(text, reply.payload_size);
    }
    return kernel_failed("the trace", status);
}

COMMAND(trace)
