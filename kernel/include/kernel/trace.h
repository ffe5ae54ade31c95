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
    TRACE_SWITCH,    /* to process */
    TRACE_SEND,      /* operation, handle */
    TRACE_RECEIVE,   /* operation, badge */
    TRACE_INTERRUPT, /* line */
    TRACE_TRAP,      /* trap, pc */
    TRACE_COMPILE,   /* function, bytes of code */
    TRACE_FAULT,     /* address, pc: a page that was promised is put there */
    TRACE_CALL,      /* IPI: work for all cores */
    TRACE_KIND_COUNT,
};
constexpr unsigned TRACE_EVENTS = 256; /* per core */

void trace_record(enum trace_kind kind, uint64_t first, uint64_t second);
/* The last `count` events of all cores, oldest first, one line each: time, core, kind, words. */
void trace_replay(unsigned count, format_sink *sink, void *context);
