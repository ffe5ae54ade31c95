/* SPDX-License-Identifier: MIT */
/* See chip/counter.h. */
#include <chip/counter.h>

/* A reading that is "ahead" by more than half of the way round is behind: another core has looked
 * in the meantime. */
uint64_t counter_extend(uint64_t *last, uint64_t raw, unsigned bits) {
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    uint64_t old = __atomic_load_n(last, __ATOMIC_ACQUIRE);
    for (;;) {
        uint64_t ahead = (raw - old) & mask;
        if (ahead == 0 || ahead > mask / 2) {
            return old;
        }
        if (__atomic_compare_exchange_n(last, &old, old + ahead, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            return old + ahead;
        }
    }
}
