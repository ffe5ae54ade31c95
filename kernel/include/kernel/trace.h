/* SPDX-License-Identifier: MIT */
/*
 * What happened last: a ring of events per core, which a panic prints. Recording is a few stores:
 * no lock, no format; from anywhere, interrupts and exceptions included. An event that is being
 * overwritten while another core reads it is left out of a replay.
 */
#pragma once
#include <base/format.h>
#include <stdint.h>

enum trace_kind : uint8_t {
    TRACE_SWITCH,    /* to process: 16 bytes of its name, see trace_switch() */
    TRACE_SEND,      /* operation, handle */
    TRACE_RECEIVE,   /* operation, badge */
    TRACE_INTERRUPT, /* vector */
    TRACE_TRAP,      /* trap, pc */
    TRACE_COMPILE,   /* function, bytes of code */
    TRACE_FAULT,     /* address, pc: a page that was promised is put there */
    TRACE_CALL,      /* IPI: work for all cores */
    TRACE_KIND_COUNT,
};
constexpr unsigned TRACE_EVENTS = 256; /* per core */
constexpr unsigned TRACE_CORES = 64;   /* events of other cores are dropped */

/* Core 0 has a ring from the start. Gives one to each core below `count`, from the heap; without
 * memory, events of the rest are dropped. Called by one core. */
void trace_start(unsigned count);

void trace_record(enum trace_kind kind, uint64_t first, uint64_t second);
/* TRACE_SWITCH, of a process with this name. */
void trace_switch(const char *name);
/* The last `count` events of all cores, oldest first, one line each: time, core, kind, words. */
void trace_replay(unsigned count, format_sink *sink, void *context);
