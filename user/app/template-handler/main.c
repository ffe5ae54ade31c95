/* SPDX-License-Identifier: MIT */
/*
 * A handler to copy: doc/programs.md. It serves the clock protocol's one question CLOCK_GET with a
 * clock that starts at zero when this process begins, which a restart shows.
 */
#include <proto/clock.h>
#include <user/request.h>
#include <user/server.h>

static struct message buffer; /* where requests arrive; these have no payload */
static uint64_t began_ns;

static void handle(struct message *request) {
    if (request->operation == CLOCK_GET) {
        request_answer_word(request, system_time_get() - began_ns);
    } else {
        request_answer_status(request, ERR_NOT_SUPPORTED);
    }
}

/* Once, before the first request. */
static struct message *start(void) {
    began_ns = system_time_get();
    return &buffer;
}

SERVER(template, start, handle)
