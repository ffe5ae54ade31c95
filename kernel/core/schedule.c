/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is. For now all processes of a core share its kernel stack: a native handler's turn
 * is a C call, so whoever waits lies below whoever runs, and can go on only when everything above
 * it has returned. `stacked` marks those processes: they take no turns, and a call to one of them
 * could never be answered (that is every cycle of calls, found in constant time; when processes
 * have stacks of their own it becomes a walk along the callers).
 *
 * A handler that is not stacked and has messages is in core.ready, oldest first.
 */
#include "core.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>
#include <kernel/trace.h>

static struct core core = {
    .ready = {.head = {.next = &core.ready.head, .previous = &core.ready.head}}};

struct core *core_get(void) {
    return &core;
}

struct process *process_current(void) {
    return core.current;
}

struct process *process_switch(struct process *to) {
    struct process *from = core.current;
    core.current = to;
    return from;
}

bool process_can_run(const struct process *process) {
    return process->turn != nullptr && !process->stacked && !process->dead &&
           !mailbox_is_empty(&process->mailbox);
}

void process_wake(struct process *process) {
    if (process_can_run(process) && process->ready.next == nullptr) {
        list_append(&core.ready, &process->ready);
    }
}

/* The handler may have used its struct to make an answer: the receive buffer is the one that it
 * named at first. */
static bool fill_buffer(struct process *process) {
    process->buffer->payload = process->buffer_payload;
    process->buffer->payload_capacity = process->buffer_capacity;
    struct envelope *oldest = mailbox_take(&process->mailbox);
    return envelope_deliver(process, oldest, process->buffer);
}

void process_run(struct process *process) {
    ensure(process_can_run(process));
    if (process->ready.next != nullptr) {
        list_remove(&process->ready);
    }
    if (fill_buffer(process)) {
        struct process *previous = process_switch(process);
        trace_switch(process->name);
        trace_record(TRACE_RECEIVE, process->buffer->operation, process->buffer->badge);
        process->stacked = true;
        core.depth++;
        process->turn(process, process->data, process->buffer);
        core.depth--;
        process->stacked = false;
        process_switch(previous);
    }
    process_wake(process);
}

/* One turn of whoever has been ready for longest; false when nobody is. */
static bool step(void) {
    if (list_is_empty(&core.ready)) {
        return false;
    }
    process_run(list_owner(core.ready.head.next, struct process, ready));
    return true;
}

status_t core_wait(wait_condition *is_done, void *data, uint64_t deadline_ns) {
    while (!is_done(data)) {
        bool ran = step();
        if (is_done(data)) {
            break;
        }
        if (deadline_ns < DEADLINE_NEVER && port_time_ns() >= deadline_ns) {
            return ERR_TIMED_OUT;
        }
        if (ran) {
            continue;
        }
        if (deadline_ns >= DEADLINE_NEVER && core.expecting == 0) {
            return ERR_DEADLOCK;
        }
        port_wait(deadline_ns);
    }
    return OK;
}

void process_wait(bool (*is_done)(void *data), void *data, uint64_t deadline_ns) {
    (void)core_wait(is_done, data, deadline_ns); /* the deadline is no failure */
}

bool stack_enter(struct process *process) {
    bool before = process->stacked;
    process->stacked = true;
    return before;
}

void stack_leave(struct process *process, bool before) {
    process->stacked = before;
    process_wake(process);
}

void process_yield(struct process *process) {
    if (core.depth == 0) {
        bool before = stack_enter(process);
        step();
        stack_leave(process, before);
    }
}

void process_expect_interrupts(struct process *process) {
    if (!process->expects_interrupts) {
        process->expects_interrupts = true;
        core.expecting++;
    }
}

void process_interrupt(struct process *process) {
    ensure(process->expects_interrupts && !process->dead);
    struct envelope *interrupt = &process->interrupt;
    interrupt->message.words[0]++;
    if (interrupt->node.next == nullptr) {
        interrupt->kind = ENVELOPE_INTERRUPT;
        interrupt->message.operation = MESSAGE_INTERRUPT;
        mailbox_put(&process->mailbox, interrupt);
        process_wake(process);
    }
}
