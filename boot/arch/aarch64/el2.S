/* SPDX-License-Identifier: MIT */
/* For the kernel, whose cores may be started by firmware: goes on at x9 in EL1. */
#include "el2.inc"

        .text
        .globl  el2_leave
el2_leave:
        leave_el2
        .ltorg
