/* SPDX-License-Identifier: MIT */
/*
 * The clock server: wall time from the machine, monotonic time from the kernel. One program runs at
 * a time, so the CPU time of whoever asks is the time since the start. A machine that does not know
 * the date starts at 1970.
 */
#include <proto/clock.h>
#include <user/device.h>
#include <user/request.h>
#include <user/server.h>

static struct message buffer; /* requests have no payload */

static uint64_t wall_time_ns(void) {
    int64_t now_ns = device_wall_time_ns();
    return now_ns != 0 ? (uint64_t)now_ns : system_time_get();
}

static void get(struct message *request) {
    switch (request->words[0]) {
    case CLOCK_WALL:
        request_answer_word(request, wall_time_ns());
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_PROCESS:
    case CLOCK_THREAD:
        request_answer_word(request, system_time_get());
        break;
    default:
        request_answer_status(request, ERR_INVALID);
        break;
    }
}

static void handle(struct message *request) {
    switch (request->operation) {
    case CLOCK_GET:
        get(request);
        break;
    case CLOCK_RESOLUTION:
        if (request->words[0] <= CLOCK_THREAD) {
            request_answer_word(request, 1);
        } else {
            request_answer_status(request, ERR_INVALID);
        }
        break;
    default:
        request_answer_status(request, ERR_NOT_SUPPORTED);
        break;
    }
}

static struct message *start(void) {
    return &buffer;
}

SERVER(clock, start, handle)
