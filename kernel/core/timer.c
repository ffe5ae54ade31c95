/* SPDX-License-Identifier: MIT */
/*
 * Deadlines: a pairing heap per core, of the processes that wait with one on that core, and of the
 * timers that they have set there. Arming is constant time; taking out the first, or any other, is
 * logarithmic on average.
 *
 *   root                 no parent's deadline is after its child's
 *    |child
 *   first -> sibling -> sibling ...        `previous` leads back, or up from the first
 *
 * Only the core itself arms and runs its timers; any core may disarm. What has come due has left
 * the heap before it takes effect: its number says whether it is still wanted.
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

static void root_set(struct core *core, struct timer *root) {
    core->first_timer = root;
    __atomic_store_n(&core->timers_ns, root != nullptr ? root->deadline_ns : DEADLINE_NEVER,
                     __ATOMIC_RELAXED);
}

static void remove_timer(struct core *core, struct timer *timer) {
    struct timer *children = meld_siblings(timer->child);
    timer->child = nullptr;
    if (timer == core->first_timer) {
        root_set(core, children);
    } else {
        cut(timer);
        root_set(core, meld(core->first_timer, children));
    }
    __atomic_store_n(&timer->armed, false, __ATOMIC_RELEASE);
}

void timer_join(struct timer *timer, uint64_t deadline_ns, uint64_t number) {
    struct core *core = core_get();
    ensure(!__atomic_load_n(&timer->armed, __ATOMIC_ACQUIRE));
    timer->child = timer->sibling = timer->previous = nullptr;
    timer->deadline_ns = deadline_ns;
    timer->number = number;
    timer->core = port_core();
    lock_acquire(&core->timer_lock);
    __atomic_store_n(&timer->armed, true, __ATOMIC_RELAXED);
    root_set(core, meld(core->first_timer, timer));
    lock_release(&core->timer_lock);
}

void timer_leave(struct timer *timer) {
    if (!__atomic_load_n(&timer->armed, __ATOMIC_ACQUIRE)) {
        return;
    }
    struct core *core = core_at(timer->core);
    lock_acquire(&core->timer_lock);
    if (timer->armed) {
        remove_timer(core, timer);
    }
    lock_release(&core->timer_lock);
}

void timer_arm(struct process *process, uint64_t deadline_ns) {
    process->wait.timer.deadline_ns = deadline_ns;
    if (deadline_ns < DEADLINE_NEVER) {
        timer_join(&process->wait.timer, deadline_ns, latch_number(&process->wait.room));
    }
}

void timer_disarm(struct process *process) {
    timer_leave(&process->wait.timer);
}

/* What came due, with a reference to the process. */
struct due {
    struct process *process; /* NULL: nothing is due */
    struct alarm *alarm;     /* NULL: what it waits for */
    uint64_t number;
};

static struct due due_of(struct timer *timer) {
    if (!timer->rings) {
        return (struct due){list_owner(timer, struct process, wait.timer), nullptr, timer->number};
    }
    struct alarm *alarm = list_owner(timer, struct alarm, timer);
    return (struct due){alarm->process, alarm, timer->number};
}

/* The first that is due; when there is none, *deadline_ns says when the next will be. */
static struct due take_due(struct core *core, uint64_t *deadline_ns) {
    struct due due = {.process = nullptr};
    lock_acquire(&core->timer_lock);
    struct timer *first = core->first_timer;
    *deadline_ns = first != nullptr ? first->deadline_ns : DEADLINE_NEVER;
    if (first != nullptr && first->deadline_ns <= port_time_ns()) {
        due = due_of(first);
        process_acquire(due.process);
        remove_timer(core, first);
    }
    lock_release(&core->timer_lock);
    return due;
}

uint64_t timer_run(void) {
    uint64_t deadline_ns;
    struct due due;
    while ((due = take_due(core_get(), &deadline_ns)).process != nullptr) {
        if (due.alarm != nullptr) {
            alarm_ring(due.alarm, due.number);
        } else if (wait_expire(due.process, due.number)) {
            core_enqueue(due.process);
        }
        process_release(due.process);
    }
    return deadline_ns;
}
