/* SPDX-License-Identifier: MIT */
/*
 * What CPUID says of the time-stamp counter. Source: Intel SDM volume 3, 18.17 (time-stamp counter,
 * leafs 15h and 16h); AMD APM volume 3, leaf 8000_0007h; leaf 4000_0010h is a custom of hypervisors
 * that began with VMware's.
 */
#pragma once
#include "registers.h"

struct rate {
    bool steady;       /* it never stops and never changes its rate */
    uint64_t hz;       /* 0: nothing is said */
    uint64_t alarm_hz; /* what drives the local APIC's timer; 0: nothing is said */
};

/* `read` gives a leaf, its subleaf 0. */
struct rate rate_read(struct cpuid (*read)(uint32_t leaf));
