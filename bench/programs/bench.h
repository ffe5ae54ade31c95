/* SPDX-License-Identifier: MIT */
/*
 * What a benchmark program is: `uint64_t bench(uint32_t rounds)` does its work so many times and
 * returns a checksum, which main prints. With 0 rounds it does nothing but start, so that start-up
 * can be taken off. `rounds` comes from the command line, so nothing can be computed ahead.
 */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bench(uint32_t rounds);

int main(int argc, char **argv) {
    uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    printf("%016llx\n", (unsigned long long)bench(rounds));
    return 0;
}

/* A small generator for test data; the same everywhere. */
static inline uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
