/* SPDX-License-Identifier: MIT */
/*
 * Cores among themselves. Each has its own queue, and only it puts somebody there: who is woken
 * goes on where he was woken, or is stolen.
 *
 *   enqueue --somebody sleeps--> wake him          sleep --nobody's queue has any--> sleeps
 *                                  |                  |
 *                                  +--> steals <------+ somebody's has
 *                                         ^
 *                 the end of a slice -----+ somebody is as urgent as who waits here
 *
 * Whoever enqueues does so first, then looks who sleeps; whoever wants to sleep says so first, then
 * looks at the queues: one of the two sees the other.
 *
 * A process that nothing refers to is freed when no core looks at it: as the one that it ran last,
 * or on its way along who waits for whom.
 */
#include "core.h"
#include <base/ensure.h>
#include <kernel/port.h>

static unsigned count = 1; /* atomic */
static uint64_t dozing;    /* atomic: a bit per core that sleeps, or is about to */
static_assert(CORES <= 64);

unsigned cores_count(void) {
    return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

void cores_use(unsigned number) {
    ensure(number > 0 && number <= CORES);
    for (unsigned i = 0; i < number; i++) {
        (void)core_at(i);
    }
    __atomic_store_n(&count, number, __ATOMIC_SEQ_CST);
}

/* ---- stealing ---- */

static uint64_t bit_of(unsigned number) {
    return UINT64_C(1) << number;
}

/* The one that takes a core's bit out wakes it. */
void cores_invite(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint64_t set = __atomic_load_n(&dozing, __ATOMIC_RELAXED);
    while (set != 0) {
        unsigned number = (unsigned)__builtin_ctzll(set);
        uint64_t before = __atomic_fetch_and(&dozing, ~bit_of(number), __ATOMIC_SEQ_CST);
        if ((before & bit_of(number)) != 0) {
            port_core_wake(number);
            return;
        }
        set = before & ~bit_of(number);
    }
}

/* From its neighbour on, so that not all rob the same. */
struct process *core_steal(uint32_t priority) {
    unsigned total = cores_count(), here = port_core();
    for (unsigned i = 1; i < total; i++) {
        unsigned other = (here + i) % total;
        struct process *process = nullptr;
        if (core_priority(core_at(other)) <= priority) {
            process = core_take(core_at(other));
        }
        if (process != nullptr) {
            return process;
        }
    }
    return nullptr;
}

bool core_doze(void) {
    __atomic_fetch_or(&dozing, bit_of(port_core()), __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < cores_count(); i++) {
        if (core_priority(core_at(i)) < PRIORITY_COUNT) {
            return false;
        }
    }
    return !core_returns();
}

void core_awake(void) {
    __atomic_fetch_and(&dozing, ~bit_of(port_core()), __ATOMIC_SEQ_CST);
}

/* ---- what may be freed ---- */

void core_walk_begin(void) {
    __atomic_store_n(&core_get()->walks, true, __ATOMIC_SEQ_CST);
}

void core_walk_end(void) {
    __atomic_store_n(&core_get()->walks, false, __ATOMIC_RELEASE);
}

static bool looks_at(const struct core *core, const struct process *process) {
    return __atomic_load_n(&core->walks, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&core->current, __ATOMIC_SEQ_CST) == process;
}

/* Those who wait here are waited for by nobody: what they look at is nothing. */
void cores_forget(struct process *process) {
    struct core *here = core_get();
    if (here->current == process) {
        __atomic_store_n(&here->current, nullptr, __ATOMIC_SEQ_CST);
    }
    for (unsigned i = 0; cores_are_many() && i < cores_count(); i++) {
        while (looks_at(core_at(i), process)) {
            lock_pause();
        }
    }
}
