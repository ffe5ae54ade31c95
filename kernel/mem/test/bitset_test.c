/* SPDX-License-Identifier: MIT */
/* Sets beside an array of flags, in a random run; bounds at and about the edges of words. */
#include "../bitset.h"
#include "arena.h"

constexpr size_t BOUND_MAX = 64 * 64 * 64 + 1;
static bool flags[BOUND_MAX];

static size_t first_flag(size_t bound) {
    size_t i = 0;
    while (i < bound && !flags[i]) {
        i++;
    }
    return i;
}

static size_t last_flag(size_t bound) {
    while (bound > 0 && !flags[bound - 1]) {
        bound--;
    }
    return bound - 1;
}

static bool agrees(const struct bitset *set, size_t bound) {
    if (first_flag(bound) == bound) {
        return bitset_is_empty(set);
    }
    return !bitset_is_empty(set) && bitset_first(set) == first_flag(bound) &&
           bitset_last(set) == last_flag(bound);
}

static void test_bound(size_t bound, unsigned rounds) {
    struct bitset set;
    uint64_t *words = malloc(bitset_words(bound) * sizeof(*words));
    memset(words, 0xFF, bitset_words(bound) * sizeof(*words));
    memset(flags, 0, sizeof(flags));
    bitset_init(&set, words, bound);
    bool good = agrees(&set, bound);
    for (unsigned i = 0; i < rounds; i++) {
        size_t number =
            random_next() % 4 == 0 ? random_next() % 3 * ((bound - 1) / 2) : random_next() % bound;
        (flags[number] ? bitset_remove : bitset_add)(&set, number);
        flags[number] = !flags[number];
        good = good && (bound > 1000 && i % 50 != 0 ? true : agrees(&set, bound));
    }
    for (size_t number = 0; number < bound; number++) {
        if (flags[number]) {
            bitset_remove(&set, number);
        }
    }
    CHECK(good && bitset_is_empty(&set));
    free(words);
}

int main(void) {
    static const size_t bounds[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, BOUND_MAX - 1, BOUND_MAX};
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        test_bound(bounds[i], 5000);
    }
    return check_finish("bitset");
}
