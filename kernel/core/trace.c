/* SPDX-License-Identifier: MIT */
/*
 * Recording events: a few plain stores, and one reading of a counter. What the counter says is made
 * a time when somebody reads (replay.c).
 */
#include "trace.h"
#include <base/string.h>
#include <kernel/port.h>

struct rings {
    struct trace_ring of[TRACE_SOURCES];
};

static struct rings first_rings;
static struct rings *rings[TRACE_CORES] = {&first_rings};

struct trace_ring *trace_ring_of(unsigned core, enum trace_source source) {
    struct rings *all =
        core < TRACE_CORES ? __atomic_load_n(&rings[core], __ATOMIC_ACQUIRE) : nullptr;
    return all != nullptr ? &all->of[source] : nullptr;
}

void trace_start(unsigned count) {
    for (unsigned core = 1; core < count && core < TRACE_CORES; core++) {
        bool has = trace_ring_of(core, TRACE_OWN) != nullptr;
        struct rings *all = has ? nullptr : port_allocate(sizeof *all);
        if (all != nullptr) {
            memset(all, 0, sizeof *all);
            __atomic_store_n(&rings[core], all, __ATOMIC_RELEASE);
        }
    }
}

/* Whoever sees a word of the new event sees that the old one is gone. */
static void put(struct trace_ring *ring, enum trace_kind kind, uint64_t ticks, uint64_t first,
                uint64_t second) {
    uint64_t number = __atomic_load_n(&ring->next, __ATOMIC_RELAXED);
    struct trace_event *event = &ring->events[number % TRACE_EVENTS];
    __atomic_store_n(&event->stamp, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&event->ticks, ticks, __ATOMIC_RELAXED);
    __atomic_store_n(&event->first, first, __ATOMIC_RELAXED);
    __atomic_store_n(&event->second, second, __ATOMIC_RELAXED);
    __atomic_store_n(&event->stamp, (number + 1) << 8 | kind, __ATOMIC_RELEASE);
    __atomic_store_n(&ring->next, number + 1, __ATOMIC_RELEASE);
}

static enum trace_source source_of(enum trace_kind kind) {
    return kind == TRACE_INTERRUPT || kind == TRACE_CALL ? TRACE_INTERRUPTS : TRACE_OWN;
}

void trace_record_at(uint64_t ticks, enum trace_kind kind, uint64_t first, uint64_t second) {
    struct trace_ring *ring = trace_ring_of(port_core(), TRACE_OWN);
    if (ring != nullptr) {
        put(ring, kind, ticks, first, second);
    }
}

void trace_record(enum trace_kind kind, uint64_t first, uint64_t second) {
    struct trace_ring *ring = trace_ring_of(port_core(), source_of(kind));
    if (ring != nullptr) {
        put(ring, kind, port_ticks(), first, second);
    }
}

uint64_t trace_last_ticks(void) {
    const struct trace_ring *ring = trace_ring_of(port_core(), TRACE_OWN);
    if (ring == nullptr) {
        return port_ticks();
    }
    uint64_t last = __atomic_load_n(&ring->next, __ATOMIC_RELAXED) - 1;
    return ring->events[last % TRACE_EVENTS].ticks;
}
