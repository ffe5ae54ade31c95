/* SPDX-License-Identifier: MIT */
/* ChaCha20 as generator. Source: RFC 8439, 2.1 to 2.3; "fast key erasure" (Bernstein, 2017). */
#include "random.h"
#include <base/string.h>

static uint32_t rotate(uint32_t value, unsigned by) {
    return value << by | value >> (32 - by);
}

static void quarter(uint32_t *state, unsigned a, unsigned b, unsigned c, unsigned d) {
    state[a] += state[b];
    state[d] = rotate(state[d] ^ state[a], 16);
    state[c] += state[d];
    state[b] = rotate(state[b] ^ state[c], 12);
    state[a] += state[b];
    state[d] = rotate(state[d] ^ state[a], 8);
    state[c] += state[d];
    state[b] = rotate(state[b] ^ state[c], 7);
}

void chacha20_block(const uint32_t key[8], const uint32_t tail[4], uint8_t out[64]) {
    uint32_t start[16] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574};
    memcpy(&start[4], key, 32);
    memcpy(&start[12], tail, 16);
    uint32_t state[16];
    memcpy(state, start, sizeof(state));
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 4; i++) {
            quarter(state, i, 4 + i, 8 + i, 12 + i);
        }
        for (unsigned i = 0; i < 4; i++) {
            quarter(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        state[i] += start[i];
    }
    memcpy(out, state, 64);
}

static void next_block(struct random *random, uint8_t out[64]) {
    uint32_t tail[4] = {(uint32_t)random->counter, (uint32_t)(random->counter >> 32), 0, 0};
    random->counter++;
    chacha20_block(random->key, tail, out);
}

static void rekey(struct random *random) {
    uint8_t block[64];
    next_block(random, block);
    memcpy(random->key, block, sizeof(random->key));
    memset(block, 0, sizeof(block));
}

void random_mix(struct random *random, uint64_t word) {
    random->key[0] ^= (uint32_t)word;
    random->key[1] ^= (uint32_t)(word >> 32);
    rekey(random);
}

void random_fill(struct random *random, void *to, size_t size) {
    uint8_t *out = to;
    uint8_t block[64];
    while (size > 0) {
        size_t part = size < sizeof(block) ? size : sizeof(block);
        next_block(random, block);
        memcpy(out, block, part);
        out += part;
        size -= part;
    }
    memset(block, 0, sizeof(block));
    rekey(random);
}
