/* SPDX-License-Identifier: MIT */
/* See journal.h. Words are read and written one by one as atomics: a reader may be overtaken in the
 * midst, and then throws away what it has. */
#include "journal.h"

static uint64_t *place_of(const struct journal *journal, uint64_t number) {
    return journal->places + number % journal->capacity * (1 + (size_t)journal->words);
}

static bool claim(uint64_t *state, uint64_t number) {
    uint64_t before = __atomic_load_n(state, __ATOMIC_RELAXED);
    if (before % 2 != 0 || before >= 2 * number + 2 ||
        !__atomic_compare_exchange_n(state, &before, 2 * number + 3, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED)) {
        return false;
    }
    /* Whoever sees a word that follows sees that the place was taken. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    return true;
}

bool journal_put(struct journal *journal, const uint64_t *record) {
    uint64_t number = __atomic_fetch_add(&journal->next, 1, __ATOMIC_RELAXED);
    uint64_t *place = place_of(journal, number);
    if (!claim(place, number)) {
        return false;
    }
    for (uint32_t i = 0; i < journal->words; i++) {
        __atomic_store_n(place + 1 + i, record[i], __ATOMIC_RELAXED);
    }
    __atomic_store_n(place, 2 * number + 2, __ATOMIC_RELEASE);
    return true;
}

/* An older record that is still being written keeps its successor's writer from the place. */
static enum journal_record absent(uint64_t state, uint64_t number) {
    bool overtaken = state > 2 * number + 3 || (state < 2 * number + 2 && state % 2 != 0);
    return overtaken ? JOURNAL_LOST : JOURNAL_COMING;
}

enum journal_record journal_get(const struct journal *journal, uint64_t number, uint64_t *record) {
    const uint64_t *place = place_of(journal, number);
    uint64_t state = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (state != 2 * number + 2) {
        return absent(state, number);
    }
    for (uint32_t i = 0; i < journal->words; i++) {
        record[i] = __atomic_load_n(place + 1 + i, __ATOMIC_RELAXED);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(place, __ATOMIC_RELAXED) == state ? JOURNAL_THERE : JOURNAL_LOST;
}

uint64_t journal_next(const struct journal *journal) {
    return __atomic_load_n(&journal->next, __ATOMIC_ACQUIRE);
}

uint64_t journal_oldest(const struct journal *journal) {
    uint64_t next = journal_next(journal);
    return next > journal->capacity ? next - journal->capacity : 0;
}
