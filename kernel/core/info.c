/* SPDX-License-Identifier: MIT */
/*
 * What processes are told to be and have (struct process_info), and the number by which each is
 * known. Numbers of a moment: those of a process that runs elsewhere may be some gates old.
 */
#include "core.h"
#include <base/string.h>
#include <kernel/port.h>

/* Which is not the public one: that knows nothing of queues. */
static enum process_state_public state_of(const struct process *process) {
    switch (process_state(process)) {
    case PROCESS_RUNNING:
    case PROCESS_READY:
        return PROCESS_STATE_RUNNING;
    case PROCESS_IDLE:
    case PROCESS_CALLING:
    case PROCESS_SENDING:
        return PROCESS_STATE_WAITING;
    case PROCESS_RESTING:
        return process->life.begins == 0 ? PROCESS_STATE_CREATED : PROCESS_STATE_ENDED;
    case PROCESS_DEAD:
        break;
    }
    return PROCESS_STATE_ENDED;
}

static uint64_t kernel_bytes(const struct process *process) {
    const struct handle_table *table = &process->handles;
    return sizeof *process + process->mailbox.byte_count +
           process->mailbox.message_count * sizeof(struct envelope) +
           table->chunk_capacity * sizeof *table->chunks +
           (uint64_t)table->chunk_count * HANDLE_CHUNK * sizeof(struct handle_entry) +
           __atomic_load_n(&process->cost.kernel_bytes, __ATOMIC_RELAXED);
}

static uint64_t memory_bytes(const struct process *process) {
    constexpr uint64_t PAGE = 64 * 1024;
    return PAGE * __atomic_load_n(&process->cost.memory_pages, __ATOMIC_RELAXED) +
           __atomic_load_n(&process->cost.stack_bytes, __ATOMIC_RELAXED);
}

/* The rate is that of the port's moment: the later moment may be told as the earlier. */
uint64_t ticks_duration_ns(uint64_t ticks) {
    uint64_t now = port_ticks();
    uint64_t from_ns = port_ticks_time_ns(ticks < now ? now - ticks : 0);
    uint64_t to_ns = port_ticks_time_ns(now);
    return from_ns < to_ns ? to_ns - from_ns : 0;
}

/* What it has had on a core where it runs now; there this is not added up before it stops. */
static uint64_t ticks_since(const struct core *core, const struct process *process) {
    if (__atomic_load_n(&core->current, __ATOMIC_ACQUIRE) != process) {
        return 0;
    }
    uint64_t since = __atomic_load_n(&core->since, __ATOMIC_RELAXED), now = port_ticks();
    return since < now ? now - since : 0;
}

static uint64_t cpu_ns(const struct process *process) {
    uint64_t ticks = __atomic_load_n(&process->cost.ticks, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < cores_count(); i++) {
        ticks += ticks_since(core_at(i), process);
    }
    return ticks_duration_ns(ticks);
}

void process_info_get(struct process *process, struct process_info *out) {
    lock_acquire(&process->lock);
    const struct life *life = &process->life;
    *out = (struct process_info){
        .number = process->number,
        .guardian = life->guardian != nullptr ? life->guardian->number : 0,
        .state = state_of(process),
        .priority = process->priority,
        .cpu_ns = cpu_ns(process),
        .turns = process->mailbox.received,
        .memory_bytes = memory_bytes(process),
        .kernel_bytes = kernel_bytes(process),
        .handles = process->handles.used,
        .handle_limit = process->handles.limit,
        .messages = process->mailbox.message_count,
        .message_limit = process->mailbox.message_limit,
        .restarts = life->begins > 1 ? life->begins - 1 : 0,
    };
    memcpy(out->name, process->name, sizeof out->name);
    lock_release(&process->lock);
}

bool process_info_from(uint64_t number, struct process_info *out) {
    struct process *process = registry_find_from(number);
    if (process == nullptr) {
        return false;
    }
    process_info_get(process, out);
    process_release(process);
    return true;
}

status_t process_kill_number(uint64_t number) {
    struct process *process = registry_find_from(number);
    status_t status = ERR_NOT_FOUND;
    if (process != nullptr && process->number == number) {
        status = process->life.guardian != nullptr ? OK : ERR_DENIED;
    }
    if (status == OK) {
        process_kill(process);
    }
    if (process != nullptr) {
        process_release(process);
    }
    return status;
}

uint8_t process_priority(const struct process *process) {
    return process->priority;
}

/* ---- what it takes ---- */

void process_charge(struct process *process, uint64_t bytes) {
    process_acquire(process);
    __atomic_fetch_add(&process->cost.kernel_bytes, bytes, __ATOMIC_RELAXED);
}

void process_discharge(struct process *process, uint64_t bytes) {
    __atomic_fetch_sub(&process->cost.kernel_bytes, bytes, __ATOMIC_RELAXED);
    process_release(process);
}

uint32_t *process_memory_pages(struct process *process) {
    return &process->cost.memory_pages;
}

void process_set_stack(struct process *process, uint64_t bytes) {
    __atomic_store_n(&process->cost.stack_bytes, bytes, __ATOMIC_RELAXED);
}
