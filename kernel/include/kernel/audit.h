/* SPDX-License-Identifier: MIT */
/*
 * W^X, proved by walking the page tables as the CPU does: no page is writable and executable, and
 * no frame that can be executed at one address can be written at another, the direct map included.
 */
#pragma once
#include <abi/status.h>
#include <arch/mmu.h>
#include <kernel/heap.h>

struct audit {
    size_t writable, executable; /* mapped pages of 4 KiB */
    bool good;
    uintptr_t offender; /* unless good: the first page that is writable and should not be */
};

/* Walks the tree of `root`; takes a bit per frame from `heap` meanwhile. ERR_NO_MEMORY: not done.
 */
status_t audit_walk(physical_t root, struct heap *heap, struct audit *out);
