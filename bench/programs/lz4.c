/* SPDX-License-Identifier: MIT */
/* LZ4 1.9: text is compressed and decompressed, and must come back. */
#include <lz4.c>

#include "bench.h"

enum { SIZE = 1 << 20 };
static char plain[SIZE], packed[LZ4_COMPRESSBOUND(SIZE)], again[SIZE];

/* Words of unequal frequency with some noise between them. */
static void make_text(void) {
    static char words[512][12];
    uint32_t seed = 23;
    for (int i = 0; i < 512; i++) {
        for (uint32_t j = next_random(&seed) % 9 + 1; j > 0; j--) {
            words[i][j - 1] = (char)('a' + next_random(&seed) % 26);
        }
    }
    for (size_t at = 0; at + 16 < SIZE;) {
        uint32_t pick = next_random(&seed) % 512, less = next_random(&seed) % 512;
        const char *word = words[pick < less ? pick : less];
        size_t size = strlen(word);
        memcpy(plain + at, word, size);
        at += size;
        plain[at++] = pick % 11 == 0 ? (char)next_random(&seed) : ' ';
    }
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    if (rounds > 0) {
        make_text();
    }
    for (uint32_t round = 0; round < rounds; round++) {
        plain[round % SIZE] ^= 1;
        int size = LZ4_compress_fast(plain, packed, SIZE, sizeof packed, (int)(round % 3 + 1));
        int back = LZ4_decompress_safe(packed, again, size, SIZE);
        if (back != SIZE || memcmp(plain, again, SIZE) != 0) {
            abort();
        }
        sum =
            sum * 31 + (uint8_t)again[round * 977 % SIZE]; /* the packed size is the word size's */
    }
    return sum;
}
