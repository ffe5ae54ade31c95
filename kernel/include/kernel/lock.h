/* SPDX-License-Identifier: MIT */
/*
 * Locks between cores: who waits spins, and is served in the order in which it came.
 *
 * The order of locks is that of enum lock_rank: a core that holds one takes only locks of higher
 * ranks, which the debug build checks. So no two of one rank are held together.
 *
 * Interrupts stay as they are, because their handlers take no locks (decision 19). What
 * cores_call() makes other cores do is such a handler: it takes none. cores_call() itself is not
 * called with a lock held: a core that waits for that lock with interrupts masked would never
 * answer. A page fault takes the lock of a space, so nobody touches demand-zero memory with any
 * lock held.
 */
#pragma once
#include <stdint.h>

enum lock_rank : uint8_t {
    LOCK_DEVICES,  /* lines, and who has bound them */
    LOCK_PROCESS,  /* its mailbox, and whether it waits */
    LOCK_CORE,     /* which processes are ready */
    LOCK_TIMERS,   /* of a core */
    LOCK_REGISTRY, /* all processes by number */
    LOCK_SPACE,    /* page tables and ranges of a space */
    LOCK_SPACES,   /* which spaces there are */
    LOCK_HEAP,     /* slabs of one class */
    LOCK_FRAMES,
    LOCK_RANDOM, /* the generator of random bytes */
    LOCK_RANK_COUNT,
};

struct lock {
    uint32_t next, serving; /* tickets: the next to be drawn, the one whose turn it is */
    enum lock_rank rank;
};

#define LOCK_INIT(of_rank) ((struct lock){.rank = (of_rank)})

void lock_acquire(struct lock *lock);
void lock_release(struct lock *lock);
/* For a loop that waits for another core, with no lock held that it could want: a moment. */
void lock_pause(void);
