/* SPDX-License-Identifier: MIT */
/*
 * Ticket locks between the threads that are cores here. The rank of a lock that is taken must be
 * above those that the thread holds: two stretches of one rank, or a wrong order, end the process.
 */
#include <base/ensure.h>
#include <kernel/lock.h>
#include <sched.h>

static thread_local uint32_t held; /* bit per rank */

void lock_acquire(struct lock *lock) {
    uint32_t rank = 1u << lock->rank;
    ensure(held < rank);
    held |= rank;
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
        (void)sched_yield();
    }
}

void lock_release(struct lock *lock) {
    held &= ~(1u << lock->rank);
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

void lock_pause(void) {
    (void)sched_yield();
}
