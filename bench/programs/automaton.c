/* SPDX-License-Identifier: MIT */
/* Table-driven control: the automaton of a pattern with choices and repeats, over bytes. States of
 * the pattern (a|b)*a(a|b){10}c? are sets of positions, made into a table when first met. */
#include "bench.h"

enum { STATES = 4096, TEXT_SIZE = 100000, SYMBOLS = 4 };
static uint16_t next_state[STATES][SYMBOLS];
static uint32_t sets[STATES];
static uint32_t state_count;
static uint8_t input[TEXT_SIZE];

/* Bit i: i symbols since an a that may be the one; bit 11 is the end, 12 after a c. */
static uint32_t step(uint32_t set, uint32_t symbol) {
    uint32_t loop = set & 1;
    switch (symbol) {
    case 0:
        return ((set & 0x7FE) << 1) | loop | loop << 1;
    case 1:
        return ((set & 0x7FE) << 1) | loop;
    case 2:
        return (set & 0x800) != 0 ? 0x1001 : 1;
    default:
        return 1;
    }
}

static uint16_t state_of(uint32_t set) {
    static uint16_t known[8192]; /* by set; 0: not yet */
    if (known[set] == 0 && state_count < STATES) {
        sets[state_count] = set;
        known[set] = (uint16_t)++state_count;
    }
    return known[set];
}

static void make_tables(void) {
    state_of(1);
    for (uint32_t i = 0; i < state_count; i++) {
        for (uint32_t symbol = 0; symbol < SYMBOLS; symbol++) {
            next_state[i][symbol] = (uint16_t)(state_of(step(sets[i], symbol)) - 1);
        }
    }
}

static uint64_t bench(uint32_t rounds) {
    static const uint8_t symbols[256] = {['a'] = 0, ['b'] = 1, ['c'] = 2, ['d'] = 3};
    uint64_t sum = 0;
    uint32_t seed = 11;
    if (rounds > 0) {
        make_tables();
    }
    for (uint32_t i = 0; i < TEXT_SIZE; i++) {
        uint32_t choice = next_random(&seed) % 40;
        input[i] = (uint8_t)"abcd"[choice > 1 ? choice & 1 : choice + 2];
    }
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t state = 0;
        for (uint32_t i = 0; i < TEXT_SIZE; i++) {
            state = next_state[state][symbols[input[i]]];
            if (sets[state] & 0x1000) {
                sum = sum * 3 + i;
            }
        }
        sum += state;
    }
    return sum;
}
