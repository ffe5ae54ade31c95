/* SPDX-License-Identifier: MIT */
/*
 * Rings of events: trace.c writes them, replay.c reads them from any core.
 *
 * A ring has one writer at a time. So each core has two: of what it does, and of what interrupts
 * it, which may strike in the midst of an event. (An exception may, too: that is a panic, which
 * writes over the event and stays.)
 *
 *   event `number` lies at number % TRACE_EVENTS
 *   stamp   0: nobody's, or being written; (number + 1) << 8 | kind: it is there, whole
 */
#pragma once
#include <kernel/trace.h>

struct trace_event {
    uint64_t stamp; /* atomic, as are the others: a reader may be overtaken in the midst */
    uint64_t ticks;
    uint64_t first, second;
};

struct trace_ring {
    uint64_t next; /* atomic: number of the next event */
    struct trace_event events[TRACE_EVENTS];
};

enum trace_source : uint8_t { TRACE_OWN, TRACE_INTERRUPTS, TRACE_SOURCES };

/* NULL: the core has none. */
struct trace_ring *trace_ring_of(unsigned core, enum trace_source source);
