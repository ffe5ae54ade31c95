/* SPDX-License-Identifier: MIT */
/* log: the lines that the kernel still has. */
#include <user/command.h>
#include <user/kernel.h>

static uint32_t show(uint32_t count, const char **arguments) {
    static char text[KERNEL_TEXT_MAX];
    uint64_t next = 0;
    while (true) {
        struct message reply;
        status_t status = kernel_ask(KERNEL_LOG_READ, next, sizeof text, text, sizeof text, &reply);
        if (status != OK || reply.payload_size == 0) {
            return kernel_failed("the log", status);
        }
        if (reply.words[1] > 0) {
            print("(%u lines before this are lost)\n", (unsigned)reply.words[1]);
        }
        print_bytes(text, reply.payload_size);
        next = reply.words[0];
    }
}

COMMAND(show)
