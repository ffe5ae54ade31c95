/* SPDX-License-Identifier: MIT */
/* What the control channel needs of a kernel, pretended: a port with what comes in and what goes
 * out, a clock that the test sets, and a switch that only notes what it was given. */
#pragma once
#include "../reload.h"
#include <base/frame.h>
#include <chip/uart.h>

constexpr size_t PRETEND_OUT = 1 << 20;

extern struct pretend {
    struct uart uart;
    const uint8_t *in; /* what has come and was not read */
    size_t in_size;
    uint8_t out[PRETEND_OUT];
    size_t out_size;
    uint64_t now_ns;
    size_t allocated;
    size_t memory_limit;
    unsigned switches;
    uint32_t set;
    uint32_t running;              /* the set that came by a switch already */
    char files[CONTROL_KINDS][64]; /* beginnings of what was switched to */
} pretend;
