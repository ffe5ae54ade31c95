/* SPDX-License-Identifier: MIT */
/* The clock protocol. Operations: clock.def. */
#pragma once
#include <stdint.h>

enum clock_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/clock.def>
#undef OP
};

enum clock : uint32_t {
    CLOCK_WALL = 0,
    CLOCK_MONOTONIC = 1, /* what the gate time_get tells */
    CLOCK_PROCESS = 2,   /* CPU time of the asking process */
    CLOCK_THREAD = 3,    /* the same: a process has one thread */
};
