/* SPDX-License-Identifier: MIT */
/*
 * A generator of random bytes: ChaCha20 over a key that replaces itself after every request, so
 * that what was given out cannot be found from what is left. Portable, without state of its own.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct random {
    uint32_t key[8];
    uint64_t counter;
};

/* One block of the ChaCha20 key stream (RFC 8439, 2.3), nonce and counter as words 12 to 15. */
void chacha20_block(const uint32_t key[8], const uint32_t tail[4], uint8_t out[64]);

/* Mixes a word of entropy in; the state depends on all that was ever mixed. */
void random_mix(struct random *random, uint64_t word);
void random_fill(struct random *random, void *to, size_t size);
