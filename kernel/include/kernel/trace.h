/* SPDX-License-Identifier: MIT */
/*
 * What happened last: a ring of events per core, which a panic prints. Recording is a few stores:
 * no lock, no format, no time but what a counter says. Code of the kernel and interrupts have rings
 * of their own, so that either may record at any time; kernel code that may itself be preempted
 * masks that while it records. An event that is being overwritten while another core reads it is
 * left out of a replay.
 */
#pragma once
#include <base/format.h>
#include <stdint.h>

enum trace_kind : uint8_t {
    TRACE_SWITCH,    /* to process: 16 bytes of its name */
    TRACE_SEND,      /* operation, handle */
    TRACE_RECEIVE,   /* operation, badge */
    TRACE_REPLY,     /* reply handle */
    TRACE_INTERRUPT, /* vector; of interrupts, as is TRACE_CALL */
    TRACE_TRAP,      /* trap, pc */
    TRACE_COMPILE,   /* function, bytes of code */
    TRACE_FAULT,     /* address, pc: a page that was promised is put there */
    TRACE_CALL,      /* IPI: work for all cores */
    TRACE_KIND_COUNT,
};
constexpr unsigned TRACE_EVENTS = 256; /* per core, and as many of its interrupts */
constexpr unsigned TRACE_CORES = 64;   /* events of other cores are dropped */

/* Core 0 has a ring from the start. Gives one to each core below `count`, from the heap; without
 * memory, events of the rest are dropped. Called by one core. */
void trace_start(unsigned count);

void trace_record(enum trace_kind kind, uint64_t first, uint64_t second);
/* The ticks of the event that this core recorded just now: to look at the counter takes longer than
 * all else. Not of interrupts. */
uint64_t trace_last_ticks(void);
/* The same, with ticks that were read just now. Not of interrupts. */
void trace_record_at(uint64_t ticks, enum trace_kind kind, uint64_t first, uint64_t second);
/* The last `count` events of all cores, oldest first, one line each: time, core, kind, words. */
void trace_replay(unsigned count, format_sink *sink, void *context);
