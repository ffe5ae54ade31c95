/* SPDX-License-Identifier: MIT */
/*
 * A process's own timers (timer_set). Each has a key, and rings by a MESSAGE_TIMER of its own,
 * which takes no memory when it comes.
 *
 *   process->alarms --> struct alarm --> struct alarm ...     at most ALARMS_MAX
 *                         timer    in the heap of the core that set it (timer.c)
 *                         notice   in the mailbox once it has rung
 *
 * A record stays as long as its process, and is used again: so whoever has taken it out of the heap
 * may look at it, with a reference to the process. Whether what it finds due is still wanted is
 * said by `set`, which changes whenever the timer is set, or unset, under the process's lock.
 *
 * The list is the process's own; other cores ring.
 */
#include "core.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>

/* Its message is taken back, and what is about to ring will not. */
static void unset(struct process *process, struct alarm *alarm) {
    timer_leave(&alarm->timer);
    lock_acquire(&process->lock);
    alarm->set++;
    lock_release(&process->lock);
    notice_withdraw(process, &alarm->notice);
}

static struct alarm *find(struct process *process, uint64_t key, struct alarm **unused,
                          uint32_t *count) {
    *unused = nullptr;
    *count = 0;
    for (struct alarm *alarm = process->alarms; alarm != nullptr; alarm = alarm->next) {
        if (alarm->used && alarm->notice.envelope.message.badge == key) {
            return alarm;
        }
        *unused = alarm->used ? *unused : alarm;
        ++*count;
    }
    return nullptr;
}

static status_t create(struct process *process, struct alarm **out) {
    struct alarm *alarm = port_allocate(sizeof *alarm);
    if (alarm == nullptr) {
        return ERR_NO_MEMORY;
    }
    *alarm = (struct alarm){.timer = {.rings = true}, .process = process, .next = process->alarms};
    process->alarms = alarm;
    __atomic_fetch_add(&process->cost.kernel_bytes, sizeof *alarm, __ATOMIC_RELAXED);
    *out = alarm;
    return OK;
}

/* The record for this key. ERR_FULL, ERR_NO_MEMORY. */
static status_t obtain(struct process *process, uint64_t key, struct alarm **out) {
    uint32_t count;
    struct alarm *unused, *found = find(process, key, &unused, &count);
    status_t status = OK;
    if (found == nullptr) {
        found = unused;
    }
    if (found == nullptr) {
        status = count < ALARMS_MAX ? create(process, &found) : ERR_FULL;
    }
    *out = found;
    return status;
}

status_t process_timer_set(struct process *process, uint64_t key, uint64_t deadline_ns) {
    struct alarm *alarm;
    uint32_t count;
    if (deadline_ns >= DEADLINE_NEVER) {
        struct alarm *unused, *found = find(process, key, &unused, &count);
        if (found != nullptr) {
            unset(process, found);
            found->used = false;
        }
        return OK;
    }
    status_t status = obtain(process, key, &alarm);
    if (status != OK) {
        return status;
    }
    unset(process, alarm);
    alarm->used = true;
    alarm->notice.envelope.message = (struct message){.operation = MESSAGE_TIMER, .badge = key};
    timer_join(&alarm->timer, deadline_ns, alarm->set);
    return OK;
}

void alarm_ring(struct alarm *alarm, uint64_t set) {
    struct process *process = alarm->process;
    lock_acquire(&process->lock);
    bool wanted = alarm->set == set && process_state(process) != PROCESS_DEAD;
    bool claimed = wanted && notice_put(process, &alarm->notice, 1);
    lock_release(&process->lock);
    if (claimed) {
        core_enqueue(process);
    }
}

void process_timers_close(struct process *process) {
    for (struct alarm *alarm = process->alarms; alarm != nullptr; alarm = alarm->next) {
        if (alarm->used) {
            unset(process, alarm);
            alarm->used = false;
        }
    }
}

void alarms_destroy(struct process *process) {
    while (process->alarms != nullptr) {
        struct alarm *alarm = process->alarms;
        ensure(!alarm->timer.armed && alarm->notice.envelope.node.next == nullptr);
        process->alarms = alarm->next;
        port_release(alarm, sizeof *alarm);
    }
}
