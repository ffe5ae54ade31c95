/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is on a core. Who is ready stands in the queue of its priority; who was woken by a
 * direct switch (a call, the answer to one) goes before all others of its priority, up to
 * DIRECT_MAX times in a row.
 *
 *   gate --WAITING--> core_schedule() --> choose --> finish what it waited for --> its thread
 *                          ^   |                                 |
 *                          |   +- nobody: sleep                  +-> native handler: its turn, here
 *                          +------------------------------------------------+
 *
 * What this file makes ready it has claimed: state is PROCESS_READY, and nobody else may.
 */
#include "core.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/device.h>
#include <kernel/port.h>
#include <kernel/trace.h>

constexpr uint32_t DIRECT_MAX = 64;
static_assert(PRIORITY_COUNT <= 32);

struct core core_states[CORES];

void core_init(struct core *core) {
    core->lock = LOCK_INIT(LOCK_CORE);
    core->timer_lock = LOCK_INIT(LOCK_TIMERS);
    for (uint32_t i = 0; i < PRIORITY_COUNT; i++) {
        list_init(&core->ready[i]);
    }
    list_init(&core->spares);
    core->is_ready = true;
    slices_init(core);
}

struct process *process_current(void) {
    return core_get()->current;
}

struct process *process_switch(struct process *to) {
    struct core *core = core_get();
    struct process *from = core->current;
    core->current = to;
    return from;
}

/* ---- the queue ---- */

static void append(struct core *core, struct process *process) {
    list_append(&core->ready[process->priority], &process->ready);
    core->ready_set |= 1u << process->priority;
}

static void drop_empty(struct core *core, uint32_t priority) {
    if (list_is_empty(&core->ready[priority])) {
        core->ready_set &= ~(1u << priority);
    }
}

void core_enqueue(struct process *process) {
    struct core *core = core_get();
    lock_acquire(&core->lock);
    append(core, process);
    lock_release(&core->lock);
}

void core_enqueue_next(struct process *process) {
    struct core *core = core_get();
    if (core->next == nullptr && core->direct_count < DIRECT_MAX) {
        core->next = process;
        core->direct_count++;
    } else {
        core_enqueue(process);
    }
}

/* The most urgent priority in the queue; PRIORITY_COUNT: nobody is in it. */
static uint32_t first_priority(const struct core *core) {
    uint32_t set = __atomic_load_n(&core->ready_set, __ATOMIC_RELAXED);
    return set != 0 ? (uint32_t)__builtin_ctz(set) : PRIORITY_COUNT;
}

static struct process *take_queued(struct core *core, uint32_t priority) {
    struct list_node *node = list_take(&core->ready[priority]);
    drop_empty(core, priority);
    core->direct_count = 0;
    return list_owner(node, struct process, ready);
}

static struct process *choose_queued(struct core *core) {
    lock_acquire(&core->lock);
    uint32_t first = first_priority(core);
    struct process *chosen = first < PRIORITY_COUNT ? take_queued(core, first) : nullptr;
    lock_release(&core->lock);
    if (chosen != nullptr) {
        slice_begin(core);
    }
    return chosen;
}

/* A direct switch takes no lock: `next` is this core's own, and who comes to the queue meanwhile is
 * seen the next time. */
static struct process *choose(struct core *core, bool *direct) {
    struct process *next = core->next;
    *direct = next != nullptr && next->priority <= first_priority(core);
    if (!*direct) {
        return choose_queued(core);
    }
    core->next = nullptr;
    return next;
}

/* Could anybody else go on instead of this process, or is its turn to be looked at? */
static bool is_watched(const struct core *core, const struct process *process) {
    return first_priority(core) <= process->priority || core->next != nullptr ||
           process->turns.limit_ns != 0;
}

/* Out of the queue of this core, whoever it is in front of. */
static void dequeue(struct process *process) {
    struct core *core = core_get();
    lock_acquire(&core->lock);
    if (core->next == process) {
        core->next = nullptr;
    } else if (process->ready.next != nullptr) {
        list_remove(&process->ready);
        drop_empty(core, process->priority);
    }
    lock_release(&core->lock);
}

void core_forget(struct process *process) {
    struct core *core = core_get();
    dequeue(process);
    if (core->current == process) {
        core->current = nullptr;
    }
    if (process->expects_interrupts) {
        process->expects_interrupts = false;
        __atomic_fetch_sub(&core_at(0)->expecting, 1, __ATOMIC_RELAXED);
    }
}

bool process_claim(struct process *process) {
    bool idle = process->state == PROCESS_IDLE;
    if (idle) {
        process->state = PROCESS_READY;
    }
    return idle;
}

/* ---- running ---- */

/* It waits for a message from now on. True: there is one, and the process is ready. */
static bool end_turn(struct process *process) {
    lock_acquire(&process->lock);
    bool empty = mailbox_is_empty(&process->mailbox);
    process->wait.kind = WAIT_TURN;
    process->state = empty ? PROCESS_IDLE : PROCESS_READY;
    lock_release(&process->lock);
    return !empty;
}

void process_turn_end(struct process *process) {
    if (end_turn(process)) {
        core_enqueue(process);
    }
}

/* Those that it has answered go first: `next`. */
bool process_turn_next(struct process *process) {
    if (!end_turn(process)) {
        return false;
    }
    if (core_get()->next != nullptr || process_is_preceded(process)) {
        core_enqueue(process);
        return false;
    }
    process->state = PROCESS_RUNNING;
    return wait_finish(process);
}

/* What went by since the last look was the current process's. */
static void account(struct core *core, uint64_t ticks) {
    if (core->current != nullptr) {
        uint64_t *sum = &core->current->cost.ticks;
        __atomic_store_n(sum, *sum + (ticks - core->since), __ATOMIC_RELAXED);
    }
    core->since = ticks;
}

uint64_t process_ticks(const struct process *process) {
    uint64_t sum = __atomic_load_n(&process->cost.ticks, __ATOMIC_RELAXED);
    const struct core *core = core_get();
    return core->current == process ? sum + (port_ticks() - core->since) : sum;
}

/* A direct switch follows an event, its request's or its answer's, and shares that one's time. */
static void switch_to(struct core *core, struct process *process, bool direct) {
    uint64_t ticks = direct ? trace_last_ticks() : port_ticks(), words[2];
    account(core, ticks);
    core->current = process;
    memcpy(words, process->name, sizeof words);
    trace_record_at(ticks, TRACE_SWITCH, words[0], words[1]);
}

/* True: its thread goes on. False: it waits again, or was a native handler, whose turn is over. */
static bool run(struct core *core, struct process *process, bool direct) {
    if (life_is_due(process)) {
        life_go_on(process);
        return false;
    }
    process->state = PROCESS_RUNNING;
    if (!wait_finish(process)) {
        return false;
    }
    switch_to(core, process, direct);
    if (process->turn == nullptr) {
        (void)slice_watch(core, is_watched(core, process));
        return true;
    }
    process->turn(process, process->data, process->buffer);
    process_turn_end(process);
    return false;
}

/* False: nothing can ever happen. */
static bool sleep(void) {
    uint64_t deadline_ns = timer_run();
    struct core *core = core_get();
    if (core->ready_set != 0 || core->next != nullptr) {
        return true;
    }
    envelopes_release();
    if (deadline_ns >= DEADLINE_NEVER &&
        __atomic_load_n(&core_at(0)->expecting, __ATOMIC_RELAXED) == 0) {
        return false;
    }
    __atomic_store_n(&core->sleeps, true, __ATOMIC_RELAXED);
    account(core, port_ticks());
    core->current = nullptr; /* nobody's time */
    port_wait(deadline_ns);
    __atomic_store_n(&core->sleeps, false, __ATOMIC_RELAXED);
    return true;
}

struct process *core_schedule(void) {
    struct core *core = core_get();
    while (!core->leaves) {
        core_looks(core);
        if (core->first_timer != nullptr) {
            (void)timer_run();
        }
        if (devices_are_due()) {
            devices_poll();
        }
        bool direct;
        struct process *process = choose(core, &direct);
        if (process != nullptr) {
            if (run(core, process, direct)) {
                return process;
            }
        } else if (!sleep()) {
            break;
        }
    }
    core->current = nullptr;
    return nullptr;
}

void core_return(bool leaves) {
    core_get()->leaves = leaves;
}

bool core_returns(void) {
    return core_get()->leaves;
}

struct process *core_poll(void) {
    struct core *core = core_get();
    bool direct;
    core_looks(core);
    if (core->first_timer != nullptr) {
        (void)timer_run();
    }
    for (struct process *process; (process = choose(core, &direct)) != nullptr;) {
        if (run(core, process, direct)) {
            return process;
        }
    }
    core->current = nullptr;
    return nullptr;
}

status_t process_status(const struct process *process) {
    return process->wait.status;
}

void process_unblock(struct process *process) {
    ensure(wait_end(process, ERR_DEADLOCK)); /* else somebody would be ready */
    core_enqueue(process);
}

status_t process_await(struct process *process) {
    struct process *next = core_schedule();
    if (next == nullptr) {
        process_unblock(process);
        next = core_schedule();
    }
    ensure(next == process);
    return process->wait.status;
}

bool process_is_preceded(const struct process *process) {
    struct core *core = core_get();
    bool wanted = slice_watch(core, is_watched(core, process));
    return wanted || life_is_due(process) || first_priority(core) < process->priority ||
           (core->next != nullptr && core->next->priority < process->priority);
}

void process_give_way(struct process *process) {
    struct core *core = core_get();
    bool spent = slice_is_spent(core);
    process->wait.kind = WAIT_NONE;
    process->state = PROCESS_READY;
    lock_acquire(&core->lock);
    if (spent) {
        list_append(&core->ready[process->priority], &process->ready);
    } else {
        list_prepend(&core->ready[process->priority], &process->ready);
    }
    core->ready_set |= 1u << process->priority;
    lock_release(&core->lock);
}

/* ---- interrupts ---- */

void process_expect_interrupts(struct process *process) {
    if (!process->expects_interrupts) {
        process->expects_interrupts = true;
        __atomic_fetch_add(&core_at(0)->expecting, 1, __ATOMIC_RELAXED);
    }
}

void process_interrupt(struct process *process) {
    struct envelope *interrupt = &process->interrupt;
    bool claimed = false;
    lock_acquire(&process->lock);
    ensure(process->expects_interrupts && process->state != PROCESS_DEAD);
    process->mailbox.interrupts++;
    if (interrupt->node.next == nullptr) {
        interrupt->kind = ENVELOPE_INTERRUPT;
        interrupt->message.operation = MESSAGE_INTERRUPT;
        mailbox_put(&process->mailbox, interrupt);
        claimed = process_claim(process);
    }
    lock_release(&process->lock);
    if (claimed) {
        core_enqueue(process);
    }
}
