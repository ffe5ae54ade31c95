/* SPDX-License-Identifier: MIT */
/* Time, chance and the end of the world, as Linux has them. */
#include "sleep.h"
#include <base/ensure.h>
#include <engine/port.h>
#include <errno.h>
#include <kernel/port.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    ensure(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static uint64_t start_ns, start_ticks;

/* Counts from the first call, which the command makes when it starts. */
uint64_t port_time_ns(void) {
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    if (start_ns == 0) {
        start_ns = now;
        start_ticks = port_ticks();
    }
    return now - start_ns;
}

/* Linux does not tell the rate: it is what has passed of both since the start. */
uint64_t port_ticks_time_ns(uint64_t ticks) {
    uint64_t now_ns = port_time_ns();
    uint64_t passed = port_ticks() - start_ticks, at = ticks - start_ticks;
    if (ticks <= start_ticks || passed == 0) {
        return 0;
    }
    return (uint64_t)((unsigned __int128)now_ns * at / passed);
}

/* Threads are not told apart. */
unsigned port_core(void) {
    return 0;
}

/* There is no other. */
void port_core_wake(unsigned core) {
}

int64_t port_wall_time_ns(void) {
    return (int64_t)clock_ns(CLOCK_REALTIME);
}

void port_random(void *to, size_t size) {
    uint8_t *at = to;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        ensure(got > 0 || errno == EINTR);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

static void sleep_plainly(const struct timespec *timeout) {
    (void)ppoll(nullptr, 0, timeout, nullptr);
}

static port_sleep *sleeps = sleep_plainly;

void port_sleep_set(port_sleep *sleep) {
    sleeps = sleep;
}

void port_wait(uint64_t deadline_ns) {
    uint64_t now = port_time_ns();
    if (deadline_ns <= now) {
        return;
    }
    uint64_t left = deadline_ns - now;
    struct timespec timeout = {(time_t)(left / NS_PER_SECOND), (long)(left % NS_PER_SECOND)};
    sleeps(&timeout);
}

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "copper: internal fault: ensure(%s) at %s:%d\n", condition, file, line);
    abort();
}
