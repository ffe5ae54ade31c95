/* SPDX-License-Identifier: MIT */
/*
 * init: the first process. It does what the image's wiring file says (doc/wiring.md), and then
 * waits for processes to end. It is born with one handle, the kernel's server with all rights,
 * hands out parts of it, and asks nothing of any process, so that nobody can hold it up. If it
 * traps, the kernel stops the machine.
 */
#include "kernel.h"
#include "world.h"
#include <user/request.h>
#include <user/server.h>

static struct message buffer; /* ends have no payload */

static void handle(struct message *message) {
    if (message->operation == MESSAGE_ENDED) {
        world_ended(message);
    } else {
        request_answer_status(message, ERR_NOT_SUPPORTED);
    }
}

static struct message *start(void) {
    if (!kernel_open() || !world_begin()) {
        system_exit(EXIT_BROKEN);
    }
    return &buffer;
}

SERVER(init, start, handle)
