/* SPDX-License-Identifier: MIT */
/* Ticket locks. Whatever was written under a lock is seen by the next who holds it: the store that
 * passes it on releases, the load that sees one's own ticket acquires. */
#include "check.h"
#include <arch/core.h>
#include <kernel/lock.h>

void lock_acquire(struct lock *lock) {
    check_lock_acquire(lock);
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
        core_pause();
    }
}

void lock_release(struct lock *lock) {
    check_lock_release(lock);
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

void lock_pause(void) {
    core_pause();
}
