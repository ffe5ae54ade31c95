/* SPDX-License-Identifier: MIT */
/* clock_*: monotonic time is a gate; all other clocks are asked of the clock server. */
#include "clock.h"
#include "ask.h"
#include "birth.h"
#include "exports.h"
#include "guest.h"
#include <proto/clock.h>
#include <user/system.h>

static_assert(CLOCK_WALL == 0 && CLOCK_MONOTONIC == 1 && CLOCK_PROCESS == 2 && CLOCK_THREAD == 3);

static enum wasi_errno ask_clock(uint32_t operation, uint32_t id, uint64_t *out) {
    if (id > CLOCK_THREAD) {
        return ERRNO_INVAL;
    }
    handle_t clock = birth_get()->clock;
    if (clock == HANDLE_NONE) {
        return ERRNO_NOTSUP;
    }
    struct message request = {.operation = operation, .words = {id}};
    struct message reply;
    enum wasi_errno error = ask(clock, &request, &reply, true);
    *out = reply.words[0];
    return error;
}

enum wasi_errno clock_now(uint32_t id, uint64_t *out) {
    if (id == CLOCK_MONOTONIC) {
        *out = system_time_get();
        return ERRNO_SUCCESS;
    }
    return ask_clock(CLOCK_GET, id, out);
}

enum wasi_errno wasi_clock_res_get(uint32_t id, guest_t out) {
    uint64_t resolution;
    enum wasi_errno error = ask_clock(CLOCK_RESOLUTION, id, &resolution);
    return error == ERRNO_SUCCESS ? guest_write_u64(out, resolution) : error;
}

/* `precision` is the lag that the caller allows; every answer here is newer than that. */
enum wasi_errno wasi_clock_time_get(uint32_t id, uint64_t precision, guest_t out) {
    uint64_t now;
    enum wasi_errno error = clock_now(id, &now);
    return error == ERRNO_SUCCESS ? guest_write_u64(out, now) : error;
}
