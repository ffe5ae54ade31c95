/* SPDX-License-Identifier: MIT */
/* The locks that each core holds, as a stack: only its own core touches it. */
#include "../check.h"
#include <arch/core.h>
#include <kernel/panic.h>

static struct held {
    const struct lock *locks[LOCK_RANK_COUNT];
    unsigned count;
} held[CORES_MAX];

static const char *name_of(const struct lock *lock) {
    static const char *const names[LOCK_RANK_COUNT] = {
        "devices", "process", "core", "timers", "registry", "space", "spaces", "heap", "frames"};
    return names[lock->rank];
}

void check_lock_acquire(const struct lock *lock) {
    struct held *mine = &held[core_index()];
    const struct lock *last = mine->count > 0 ? mine->locks[mine->count - 1] : nullptr;
    if (last != nullptr && last->rank >= lock->rank) {
        panic("lock order: %s (%p) is taken while %s (%p) is held", name_of(lock),
              (const void *)lock, name_of(last), (const void *)last);
    }
    mine->locks[mine->count++] = lock;
}

void check_lock_release(const struct lock *lock) {
    struct held *mine = &held[core_index()];
    if (mine->count == 0 || mine->locks[mine->count - 1] != lock) {
        panic("lock order: %s (%p) is not the last that was taken", name_of(lock),
              (const void *)lock);
    }
    mine->count--;
}

void check_lock_none(void) {
    const struct held *mine = &held[core_index()];
    if (mine->count > 0) {
        panic("lock order: %s (%p) is held where none may be",
              name_of(mine->locks[mine->count - 1]), (const void *)mine->locks[mine->count - 1]);
    }
}
