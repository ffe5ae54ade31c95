/* SPDX-License-Identifier: MIT */
/*
 * clock_*: monotonic time is a gate; all other clocks are asked of the clock server.
 *
 * Wall time is monotonic time and an offset, which changes only when somebody sets the clock. So
 * the server is asked at most once in a millisecond. What it answers says between which two values
 * the offset is: one that lies there still stays, so that time never goes back by what the asking
 * took.
 */
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

constexpr uint64_t FRESH_NS = 1'000'000;

static struct {
    bool known;
    uint64_t asked_ns; /* monotonic */
    uint64_t offset;   /* modulo 2^64 */
} wall;

/* Asked between `before` and `after`, the server said `told`. */
static void learn_offset(uint64_t before, uint64_t told, uint64_t after) {
    uint64_t least = told - after;
    if (!wall.known || wall.offset - least > after - before) {
        wall.offset = least + (after - before) / 2;
    }
    wall.known = true;
    wall.asked_ns = before;
}

static enum wasi_errno wall_now(uint64_t *out) {
    uint64_t now = system_time_get();
    if (!wall.known || now - wall.asked_ns > FRESH_NS) {
        uint64_t told;
        enum wasi_errno error = ask_clock(CLOCK_GET, CLOCK_WALL, &told);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        learn_offset(now, told, system_time_get());
    }
    *out = now + wall.offset;
    return ERRNO_SUCCESS;
}

enum wasi_errno clock_now(uint32_t id, uint64_t *out) {
    if (id == CLOCK_MONOTONIC) {
        *out = system_time_get();
        return ERRNO_SUCCESS;
    }
    return id == CLOCK_WALL ? wall_now(out) : ask_clock(CLOCK_GET, id, out);
}

enum wasi_errno wasi_clock_res_get(uint32_t id, guest_t out) {
    uint64_t resolution;
    enum wasi_errno error = ask_clock(CLOCK_RESOLUTION, id, &resolution);
    return error == ERRNO_SUCCESS ? guest_write_u64(out, resolution) : error;
}

/* `precision` is the lag that the caller allows: no answer lags, but a clock that was set may be
 * told as it was for a millisecond. */
enum wasi_errno wasi_clock_time_get(uint32_t id, uint64_t precision, guest_t out) {
    uint64_t now;
    enum wasi_errno error = clock_now(id, &now);
    return error == ERRNO_SUCCESS ? guest_write_u64(out, now) : error;
}
