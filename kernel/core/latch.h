/* SPDX-License-Identifier: MIT */
/*
 * Latches: of several who may end a wait exactly one does. The word is one atomic; whoever closes
 * it has the process that waits to himself.
 *
 *   closed --hold--> held --open--> open --close--> closed
 *                     ^ |            |
 *                     | +--drop------|------------> closed
 *                     +----seize-----+
 *
 * Held: the wait is being prepared, or the message of a call delivered. That is a matter of one
 * gate's time, in which the holder waits for nobody: so those who would close it spin. Each time
 * that it is held anew it has a new number.
 */
#pragma once
#include <base/ensure.h>
#include <kernel/lock.h>
#include <stdint.h>

enum latch_state : uint8_t { LATCH_CLOSED, LATCH_OPEN, LATCH_HELD };

struct latch {
    uint64_t word; /* atomic: number << 2 | enum latch_state */
};

static inline uint64_t latch_word(uint64_t number, enum latch_state state) {
    return number << 2 | state;
}

/* The number that it has now, or had last. */
static inline uint64_t latch_number(const struct latch *latch) {
    return __atomic_load_n(&latch->word, __ATOMIC_SEQ_CST) >> 2;
}

/* Is it the one of this number, and not closed? */
static inline bool latch_holds(const struct latch *latch, uint64_t number) {
    uint64_t word = __atomic_load_n(&latch->word, __ATOMIC_SEQ_CST);
    return word >> 2 == number && (word & 3) != LATCH_CLOSED;
}

static inline void latch_put(struct latch *latch, enum latch_state state, int order) {
    __atomic_store_n(&latch->word, latch_word(latch_number(latch), state), order);
}

/* One that is closed, by whoever is to wait. */
static inline void latch_hold(struct latch *latch) {
    uint64_t word = __atomic_load_n(&latch->word, __ATOMIC_RELAXED);
    ensure((word & 3) == LATCH_CLOSED);
    uint64_t number = (word >> 2) + 1;
    __atomic_store_n(&latch->word, latch_word(number, LATCH_HELD), __ATOMIC_SEQ_CST);
}

/* One that is closed: its number is used up. */
static inline void latch_pass(struct latch *latch) {
    uint64_t word = latch_word(latch_number(latch) + 1, LATCH_CLOSED);
    __atomic_store_n(&latch->word, word, __ATOMIC_RELAXED);
}

/* One that we hold. What was stored before is seen by whoever closes it. */
static inline void latch_open(struct latch *latch) {
    latch_put(latch, LATCH_OPEN, __ATOMIC_RELEASE);
}

static inline void latch_drop(struct latch *latch) {
    latch_put(latch, LATCH_CLOSED, __ATOMIC_RELEASE);
}

static inline bool latch_exchange(struct latch *latch, uint64_t from, uint64_t to) {
    return __atomic_compare_exchange_n(&latch->word, &from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_ACQUIRE);
}

/* Holds one that is open. False: it has been closed. */
static inline bool latch_seize(struct latch *latch) {
    uint64_t number = latch_number(latch);
    return latch_exchange(latch, latch_word(number, LATCH_OPEN), latch_word(number, LATCH_HELD));
}

/* False: it was closed before, or has another number. */
static inline bool latch_close(struct latch *latch, uint64_t number) {
    uint64_t open = latch_word(number, LATCH_OPEN), closed = latch_word(number, LATCH_CLOSED);
    while (!latch_exchange(latch, open, closed)) {
        if (__atomic_load_n(&latch->word, __ATOMIC_SEQ_CST) != latch_word(number, LATCH_HELD)) {
            return false;
        }
        lock_pause();
    }
    return true;
}
