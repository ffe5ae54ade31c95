/* SPDX-License-Identifier: MIT */
/*
 * One benchmark program: it defines work(), which returns a checksum. main runs it a few times and
 * prints the checksum and the shortest time in nanoseconds, so that start-up does not count. The
 * same source is built for this machine and for wasm32.
 */
#pragma once
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

constexpr int BENCH_RUNS = 5;

static uint64_t work(void);

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1'000'000'000 + (uint64_t)time.tv_nsec;
}

int main(void) {
    uint64_t best = UINT64_MAX, checksum = 0;
    for (int i = 0; i < BENCH_RUNS; i++) {
        uint64_t start = now_ns();
        checksum = work();
        uint64_t time = now_ns() - start;
        best = time < best ? time : best;
    }
    printf("%" PRIu64 " %" PRIu64 "\n", checksum, best);
    return 0;
}
