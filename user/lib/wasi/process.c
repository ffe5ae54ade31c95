/* SPDX-License-Identifier: MIT */
/* random_get, and what a program does with itself: exit, raise a signal, yield. */
#include "ask.h"
#include "birth.h"
#include "exports.h"
#include "guest.h"
#include "watch.h"
#include <proto/random.h>
#include <user/system.h>

/* Signals by the numbers of the specification; those whose default is not to end the program. */
enum : uint32_t {
    SIGNAL_NONE = 0,
    SIGNAL_CHLD = 16,
    SIGNAL_CONT = 17,
    SIGNAL_STOP = 18,
    SIGNAL_TTOU = 21,
    SIGNAL_URG = 22,
    SIGNAL_WINCH = 27,
    SIGNAL_LAST = 30,
    EXIT_SIGNAL = 128, /* a signal's exit code is this and its number, as a Unix shell tells it */
};

enum wasi_errno wasi_random_get(guest_t to, uint32_t size) {
    handle_t random = birth_get()->random;
    if (random == HANDLE_NONE) {
        return ERRNO_NOTSUP;
    }
    if ((uint64_t)to + size > UINT64_C(1) << 32) {
        return ERRNO_FAULT;
    }
    while (size > 0) {
        uint32_t wanted = size < sizeof payload ? size : (uint32_t)sizeof payload;
        struct message request = {.operation = RANDOM_GET, .words = {wanted}};
        struct message reply;
        enum wasi_errno error = ask(random, &request, &reply, true);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        if (reply.payload_size != wanted) {
            return ERRNO_IO;
        }
        if (!guest_write(to, payload, wanted)) {
            return ERRNO_FAULT;
        }
        to += wanted;
        size -= wanted;
    }
    return ERRNO_SUCCESS;
}

void wasi_proc_exit(uint32_t code) {
    system_exit(code);
}

static bool is_ignored(uint32_t signal) {
    return signal == SIGNAL_NONE || signal == SIGNAL_URG || signal == SIGNAL_WINCH ||
           (signal >= SIGNAL_CHLD && signal <= SIGNAL_CONT);
}

/* Nothing catches signals here, so each does what it does by default. Nobody could continue a
 * stopped program, so stopping is refused. */
enum wasi_errno wasi_proc_raise(uint32_t signal) {
    if (signal > SIGNAL_LAST) {
        return ERRNO_INVAL;
    }
    if (signal >= SIGNAL_STOP && signal <= SIGNAL_TTOU) {
        return ERRNO_NOTSUP;
    }
    if (is_ignored(signal)) {
        return ERRNO_SUCCESS;
    }
    system_exit(EXIT_SIGNAL + signal);
}

/* To look for a message is to let others run. */
enum wasi_errno wasi_sched_yield(void) {
    return watch_wait(DEADLINE_NOW);
}
