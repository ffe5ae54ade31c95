/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines and those who have bound them. An interrupt masks its line at the controller and
 * leaves a mark (decision 19: interrupts only move bytes); devices_poll() turns marks into messages
 * to all who have bound the line, each of whom owes an acknowledgement. When the last has
 * acknowledged, or ended, the line is unmasked.
 *
 *   quiet --interrupt--> masked, marked --poll--> all owe --the last acknowledges--> quiet
 *
 * A controller may forget that a line was raised while it was masked (an edge at an I/O APIC). Such
 * a line is left unmasked while its first interrupt is owed for, masked at the second, and when it
 * is unmasked its drivers are told once more, because something may have been missed.
 *
 * A line that nobody has bound is masked: when its last driver dies, it stays so.
 *
 * lines_lock guards all but what is marked atomic. It is taken before a process's.
 */
#include "device.h"
#include <base/ensure.h>
#include <kernel/port.h>

constexpr unsigned LINES = 64; /* that are bound at a time */

struct line {
    uint32_t key;   /* atomic: its number + 1; 0: free */
    uint32_t marks; /* atomic: interrupts since the last poll */
    bool latched;   /* the controller remembers */
    bool masked;    /* atomic */
    bool again;     /* atomic, if not latched: one interrupt may come without masking */
    unsigned owing; /* of the bindings */
    struct list bindings;
};

static struct line lines[LINES];
static struct lock lines_lock = LOCK_INIT(LOCK_DEVICES);
static bool due; /* atomic: there are marks */

static struct line *find(uint32_t key) {
    for (unsigned i = 0; i < LINES; i++) {
        if (__atomic_load_n(&lines[i].key, __ATOMIC_ACQUIRE) == key) {
            return &lines[i];
        }
    }
    return nullptr;
}

static void mark(struct line *line) {
    __atomic_fetch_add(&line->marks, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&due, true, __ATOMIC_RELEASE);
}

/* In an interrupt. The number is looked up: what it was bound as may just have been given up. */
static void interrupted(void *data) {
    uint32_t number = (uint32_t)(uintptr_t)data;
    struct line *line = find(number + 1);
    bool stays = line != nullptr && !line->latched &&
                 __atomic_exchange_n(&line->again, false, __ATOMIC_ACQ_REL);
    if (!stays) {
        port_line_mask(number);
    }
    if (line != nullptr) {
        if (!stays) {
            __atomic_store_n(&line->masked, true, __ATOMIC_RELEASE);
        }
        mark(line);
        core_look();
    }
}

/* Nobody owes for it. */
static void line_open(struct line *line) {
    __atomic_store_n(&line->again, true, __ATOMIC_RELEASE);
    if (__atomic_exchange_n(&line->masked, false, __ATOMIC_ACQ_REL)) {
        port_line_unmask(line->key - 1);
        if (!line->latched) {
            mark(line);
        }
    }
}

static void settle(struct binding *binding) {
    struct line *line = binding->line;
    if (binding->owes) {
        binding->owes = false;
        if (--line->owing == 0) {
            line_open(line);
        }
    }
}

/* ---- binding ---- */

static status_t line_claim(uint32_t number, struct line **out) {
    struct line *line = find(number + 1);
    *out = line;
    if (line != nullptr) {
        return OK;
    }
    line = find(0);
    if (line == nullptr) {
        return ERR_FULL;
    }
    *line = (struct line){.latched = port_line_is_latched(number), .masked = true};
    list_init(&line->bindings);
    status_t status = port_line_open(number, interrupted, (void *)(uintptr_t)number);
    if (status == OK) {
        __atomic_store_n(&line->key, number + 1, __ATOMIC_RELEASE);
        *out = line;
    }
    return status;
}

status_t line_bind(unsigned number, struct binding *binding) {
    struct line *line;
    lock_acquire(&lines_lock);
    status_t status = number != UINT32_MAX ? line_claim(number, &line) : ERR_NOT_SUPPORTED;
    if (status == OK) {
        bool first = list_is_empty(&line->bindings);
        binding->line = line;
        list_append(&line->bindings, &binding->node);
        __atomic_fetch_add(&core_at(0)->expecting, 1, __ATOMIC_RELAXED);
        if (first) {
            line_open(line);
        }
    }
    lock_release(&lines_lock);
    return status;
}

void line_unbind(struct binding *binding) {
    struct line *line = binding->line;
    lock_acquire(&lines_lock);
    list_remove(&binding->node);
    __atomic_fetch_sub(&core_at(0)->expecting, 1, __ATOMIC_RELAXED);
    if (list_is_empty(&line->bindings)) {
        port_line_close(line->key - 1);
        __atomic_store_n(&line->key, 0, __ATOMIC_RELEASE);
    } else {
        settle(binding);
    }
    lock_release(&lines_lock);
    notice_withdraw(binding->process, &binding->notice);
}

void line_acknowledge(struct binding *binding) {
    lock_acquire(&lines_lock);
    settle(binding);
    lock_release(&lines_lock);
}

/* ---- polling ---- */

static void tell(struct line *line, uint32_t count) {
    for (struct list_node *at = line->bindings.head.next; at != &line->bindings.head;
         at = at->next) {
        struct binding *binding = list_owner(at, struct binding, node);
        line->owing += !binding->owes;
        binding->owes = true;
        notice_post(binding->process, &binding->notice, count);
    }
}

bool devices_are_due(void) {
    return __atomic_load_n(&due, __ATOMIC_ACQUIRE);
}

void devices_poll(void) {
    lock_acquire(&lines_lock);
    if (__atomic_exchange_n(&due, false, __ATOMIC_ACQ_REL)) {
        for (unsigned i = 0; i < LINES; i++) {
            struct line *line = &lines[i];
            bool bound = line->key != 0;
            uint32_t count = bound ? __atomic_exchange_n(&line->marks, 0, __ATOMIC_ACQ_REL) : 0;
            if (count > 0) {
                tell(line, count);
            }
        }
    }
    lock_release(&lines_lock);
}
