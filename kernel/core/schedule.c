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

/* Of this core; others look whether it stands there. */
static void set_current(struct core *core, struct process *process) {
    __atomic_store_n(&core->current, process, __ATOMIC_RELEASE);
}

struct process *process_current(void) {
    return core_get()->current;
}

struct process *process_switch(struct process *to) {
    struct core *core = core_get();
    struct process *from = core->current;
    set_current(core, to);
    return from;
}

/* ---- the queue ---- */

static void set_ready(struct core *core, uint32_t set) {
    __atomic_store_n(&core->ready_set, set, __ATOMIC_RELAXED);
}

static void put(struct core *core, struct process *process, bool first) {
    struct list *queue = &core->ready[process->priority];
    lock_acquire(&core->lock);
    process->queued = (uint8_t)port_core();
    if (first) {
        list_prepend(queue, &process->ready);
    } else {
        list_append(queue, &process->ready);
    }
    set_ready(core, core->ready_set | 1u << process->priority);
    lock_release(&core->lock);
}

/* Its lock is held. */
static void drop_empty(struct core *core, uint32_t priority) {
    if (list_is_empty(&core->ready[priority])) {
        set_ready(core, core->ready_set & ~(1u << priority));
    }
}

/* A core that chooses anyway takes the only one itself. */
void core_enqueue(struct process *process) {
    struct core *core = core_get();
    bool soon = core->chooses && core->next == nullptr && core_priority(core) == PRIORITY_COUNT;
    put(core, process, false);
    if (!soon && cores_are_many()) {
        cores_invite();
    }
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

struct process *core_take(struct core *core) {
    lock_acquire(&core->lock);
    uint32_t first = core_priority(core);
    struct list_node *node = nullptr;
    if (first < PRIORITY_COUNT) {
        node = list_take(&core->ready[first]);
        drop_empty(core, first);
    }
    lock_release(&core->lock);
    return node != nullptr ? list_owner(node, struct process, ready) : nullptr;
}

static struct process *choose_queued(struct core *core) {
    struct process *chosen = nullptr;
    if (core->shares) { /* so that nobody waits for ever behind those who are more urgent there */
        core->shares = false;
        chosen = core_steal(core_priority(core));
    }
    if (chosen == nullptr) {
        chosen = core_take(core);
    }
    if (chosen == nullptr && cores_are_many()) {
        chosen = core_steal(PRIORITY_COUNT - 1);
    }
    if (chosen != nullptr) {
        core->direct_count = 0;
        slice_begin(core);
    }
    return chosen;
}

/* A direct switch takes no lock: `next` is this core's own, and who comes to the queue meanwhile is
 * seen the next time. */
static struct process *choose(struct core *core, bool *direct) {
    struct process *next = core->next;
    *direct = next != nullptr && next->priority <= core_priority(core);
    if (!*direct) {
        return choose_queued(core);
    }
    core->next = nullptr;
    return next;
}

/* Could anybody else go on instead of this process, or is its turn to be looked at? */
static bool is_watched(const struct core *core, const struct process *process) {
    return core_priority(core) <= process->priority || core->next != nullptr ||
           process->turns.limit_ns != 0 || cores_are_many();
}

/* Out of the queue that it is in, whoever it is in front of. */
static void dequeue(struct process *process) {
    struct core *core = core_at(process->queued);
    lock_acquire(&core->lock);
    if (core_get()->next == process) {
        core_get()->next = nullptr;
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
        set_current(core, nullptr);
    }
    if (process->expects_interrupts) {
        process->expects_interrupts = false;
        __atomic_fetch_sub(&core_at(0)->expecting, 1, __ATOMIC_RELAXED);
    }
}

bool process_claim(struct process *process) {
    bool idle = process_state(process) == PROCESS_IDLE;
    if (idle) {
        process_set_state(process, PROCESS_READY);
    }
    return idle;
}

/* ---- running ---- */

/* It waits for a message from now on. True: there is one, or it is to end, and it is ready. */
static bool end_turn(struct process *process) {
    lock_acquire(&process->lock);
    bool idles = mailbox_is_empty(&process->mailbox) && !process_is_doomed(process);
    process->wait.kind = WAIT_TURN;
    process_set_state(process, idles ? PROCESS_IDLE : PROCESS_READY);
    lock_release(&process->lock);
    return !idles;
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
    process_set_state(process, PROCESS_RUNNING);
    return wait_finish(process);
}

/* What went by since the last look was the current process's. */
static void account(struct core *core, uint64_t ticks) {
    if (core->current != nullptr) {
        uint64_t *sum = &core->current->cost.ticks, passed = ticks - core->since;
        if (cores_are_many()) { /* it may run on another by now */
            __atomic_fetch_add(sum, passed, __ATOMIC_RELAXED);
        } else {
            __atomic_store_n(sum, *sum + passed, __ATOMIC_RELAXED);
        }
    }
    __atomic_store_n(&core->since, ticks, __ATOMIC_RELAXED);
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
    set_current(core, process);
    memcpy(words, process->name, sizeof words);
    trace_record_at(ticks, TRACE_SWITCH, words[0], words[1]);
}

/* It is nobody's time from now on. */
static void run_nobody(struct core *core) {
    if (core->current != nullptr) {
        account(core, port_ticks());
        set_current(core, nullptr);
    }
}

static void run_native(struct core *core, struct process *process) {
    core->chooses = false;
    process->turn(process, process->data, process->buffer);
    core->chooses = true;
    process_turn_end(process);
}

/* True: its thread goes on. False: it waits again, or was a native handler, whose turn is over. */
static bool run(struct core *core, struct process *process, bool direct) {
    if (life_is_due(process)) {
        run_nobody(core); /* who waits for others to leave a process is waited for by nobody */
        life_go_on(process);
        return false;
    }
    process_set_state(process, PROCESS_RUNNING);
    if (!wait_finish(process)) {
        return false;
    }
    switch_to(core, process, direct);
    if (process->turn == nullptr) {
        core->chooses = false;
        (void)slice_watch(core, is_watched(core, process));
        return true;
    }
    run_native(core, process);
    return false;
}

static void wait_here(struct core *core, uint64_t deadline_ns) {
    __atomic_store_n(&core->sleeps, true, __ATOMIC_RELAXED);
    run_nobody(core);
    port_wait(deadline_ns);
    __atomic_store_n(&core->sleeps, false, __ATOMIC_RELAXED);
}

/* False: nothing can ever happen. */
static bool sleep(void) {
    uint64_t deadline_ns = timer_run();
    struct core *core = core_get();
    if (core_priority(core) < PRIORITY_COUNT || core->next != nullptr) {
        return true;
    }
    envelopes_release();
    if (cores_are_many()) {
        if (core_doze()) {
            wait_here(core, deadline_ns);
        }
        core_awake();
        return true;
    }
    if (deadline_ns >= DEADLINE_NEVER &&
        __atomic_load_n(&core_at(0)->expecting, __ATOMIC_RELAXED) == 0) {
        return false;
    }
    wait_here(core, deadline_ns);
    return true;
}

static void look_around(struct core *core) {
    core_looks(core);
    if (timers_are_set(core)) {
        (void)timer_run();
    }
    if (devices_are_due()) {
        devices_poll();
    }
}

struct process *core_schedule(void) {
    struct core *core = core_get();
    core->chooses = true;
    while (!core_returns()) {
        look_around(core);
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
    core->chooses = false;
    set_current(core, nullptr);
    return nullptr;
}

void core_return(unsigned number, bool leaves) {
    __atomic_store_n(&core_at(number)->leaves, leaves, __ATOMIC_SEQ_CST);
    if (leaves && number != port_core()) {
        core_look_at(number);
    }
}

bool core_returns(void) {
    return __atomic_load_n(&core_get()->leaves, __ATOMIC_SEQ_CST);
}

struct process *core_poll(void) {
    struct core *core = core_get();
    bool direct;
    core->chooses = true;
    core_looks(core);
    if (timers_are_set(core)) {
        (void)timer_run();
    }
    for (struct process *process; (process = choose(core, &direct)) != nullptr;) {
        if (run(core, process, direct)) {
            return process;
        }
    }
    core->chooses = false;
    set_current(core, nullptr);
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
    return wanted || life_is_due(process) || core_priority(core) < process->priority ||
           (core->next != nullptr && core->next->priority < process->priority);
}

void process_give_way(struct process *process) {
    struct core *core = core_get();
    bool spent = slice_is_spent(core);
    process->wait.kind = WAIT_NONE;
    process_set_state(process, PROCESS_READY);
    core->shares = spent && cores_are_many();
    put(core, process, !spent);
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
    ensure(process->expects_interrupts && process_state(process) != PROCESS_DEAD);
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
