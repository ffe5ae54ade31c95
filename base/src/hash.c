/* SPDX-License-Identifier: MIT */
/* SipHash-1-3: one round per word of eight bytes, three at the end; the last word holds the size.
 */
#include <base/hash.h>
#include <base/string.h>

struct state {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t value, unsigned count) {
    return value << count | value >> (64 - count);
}

static void mix(struct state *s) {
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

static void absorb(struct state *s, uint64_t word) {
    s->d ^= word;
    mix(s);
    s->a ^= word;
}

uint64_t hash_bytes(const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    struct state s = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
                      0x7465646279746573};
    size_t left = size;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        absorb(&s, word);
    }
    uint64_t last = (uint64_t)size << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)at[i] << (8 * i);
    }
    absorb(&s, last);
    s.c ^= 0xFF;
    mix(&s);
    mix(&s);
    mix(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
