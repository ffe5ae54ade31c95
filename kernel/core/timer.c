/* SPDX-License-Identifier: MIT */
/*
 * Deadlines: a pairing heap per core, of the processes that wait with one on that core. Arming is
 * constant time; taking out the first, or any other, is logarithmic on average.
 *
 *   root                 no parent's deadline is after its child's
 *    |child
 *   first -> sibling -> sibling ...        `previous` leads back, or up from the first
 *
 * Only the core itself arms and runs its timers; any core may disarm.
 */
#include "core.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>

static struct timer *meld(struct timer *one, struct timer *other) {
    if (one == nullptr || other == nullptr) {
        return one != nullptr ? one : other;
    }
    if (other->deadline_ns < one->deadline_ns) {
        struct timer *swap = one;
        one = other;
        other = swap;
    }
    other->previous = one;
    other->sibling = one->child;
    if (one->child != nullptr) {
        one->child->previous = other;
    }
    one->child = other;
    return one;
}

/* Melds siblings in pairs, then the pairs from the last to the first. */
static struct timer *meld_siblings(struct timer *first) {
    struct timer *pairs = nullptr; /* latest first, by `previous` */
    while (first != nullptr) {
        struct timer *second = first->sibling;
        struct timer *rest = second != nullptr ? second->sibling : nullptr;
        first->sibling = first->previous = nullptr;
        if (second != nullptr) {
            second->sibling = second->previous = nullptr;
        }
        struct timer *pair = meld(first, second);
        pair->previous = pairs;
        pairs = pair;
        first = rest;
    }
    struct timer *root = nullptr;
    while (pairs != nullptr) {
        struct timer *next = pairs->previous;
        pairs->previous = nullptr;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

/* Takes a timer with all below it out of its place. */
static void cut(struct timer *timer) {
    if (timer->previous->child == timer) {
        timer->previous->child = timer->sibling;
    } else {
        timer->previous->sibling = timer->sibling;
    }
    if (timer->sibling != nullptr) {
        timer->sibling->previous = timer->previous;
    }
    timer->sibling = timer->previous = nullptr;
}

static void remove_timer(struct core *core, struct timer *timer) {
    struct timer *children = meld_siblings(timer->child);
    timer->child = nullptr;
    if (timer == core->first_timer) {
        core->first_timer = children;
    } else {
        cut(timer);
        core->first_timer = meld(core->first_timer, children);
    }
    timer->armed = false;
}

void timer_arm(struct process *process, uint64_t deadline_ns) {
    struct timer *timer = &process->wait.timer;
    ensure(!timer->armed);
    if (deadline_ns >= DEADLINE_NEVER) {
        return;
    }
    struct core *core = core_get();
    *timer = (struct timer){.deadline_ns = deadline_ns, .armed = true};
    process->wait.core = port_core();
    lock_acquire(&core->timer_lock);
    core->first_timer = meld(core->first_timer, timer);
    lock_release(&core->timer_lock);
}

void timer_disarm(struct process *process) {
    if (!__atomic_load_n(&process->wait.timer.armed, __ATOMIC_ACQUIRE)) {
        return;
    }
    struct core *core = core_at(process->wait.core);
    lock_acquire(&core->timer_lock);
    if (process->wait.timer.armed) {
        remove_timer(core, &process->wait.timer);
    }
    lock_release(&core->timer_lock);
}

/* The first that is due, with a reference; NULL, and *deadline_ns says when the next will be. */
static struct process *take_due(struct core *core, uint64_t *deadline_ns) {
    struct process *process = nullptr;
    lock_acquire(&core->timer_lock);
    struct timer *first = core->first_timer;
    *deadline_ns = first != nullptr ? first->deadline_ns : DEADLINE_NEVER;
    if (first != nullptr && first->deadline_ns <= port_time_ns()) {
        process = list_owner(first, struct process, wait.timer);
        process_acquire(process);
        remove_timer(core, first);
    }
    lock_release(&core->timer_lock);
    return process;
}

uint64_t timer_run(void) {
    uint64_t deadline_ns;
    for (struct process *due; (due = take_due(core_get(), &deadline_ns)) != nullptr;) {
        if (wait_end(due, ERR_TIMED_OUT)) {
            core_enqueue(due);
        }
        process_release(due);
    }
    return deadline_ns;
}
