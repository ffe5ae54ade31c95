/* SPDX-License-Identifier: MIT */
/* Memory, strings and the C library: words made, sorted with qsort, joined and searched. */
#include "bench.h"

enum { WORDS = 4000 };

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t seed = 7;
    for (uint32_t round = 0; round < rounds; round++) {
        static char *words[WORDS];
        size_t total = 1;
        for (int i = 0; i < WORDS; i++) {
            char text[32];
            int size = snprintf(text, sizeof text, "w%u-%x", next_random(&seed) % 5000, i % 97);
            words[i] = malloc((size_t)size + 1);
            memcpy(words[i], text, (size_t)size + 1);
            total += (size_t)size;
        }
        qsort(words, WORDS, sizeof words[0], compare);
        char *all = malloc(total), *end = all;
        for (int i = 0; i < WORDS; i++) {
            size_t size = strlen(words[i]);
            memcpy(end, words[i], size);
            end += size;
            free(words[i]);
        }
        *end = 0;
        for (char *at = all; (at = strstr(at, "99-")) != NULL; at++) {
            sum = sum * 31 + (uint64_t)(at - all);
        }
        free(all);
    }
    return sum;
}
