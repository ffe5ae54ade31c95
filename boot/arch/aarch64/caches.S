/* SPDX-License-Identifier: MIT */
/* For the kernel, whose cores may leave it for another: caches_empty. */
        .text
        .globl  caches_empty
#include "caches.inc"
