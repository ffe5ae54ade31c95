/* SPDX-License-Identifier: MIT */
/*
 * What it takes to hand the machine over to another kernel (kernel/reload), as a loader would: all
 * of memory at its physical address, and no interrupt on its way.
 */
#pragma once
#include <arch/mmu.h>

constexpr unsigned LEAVE_TABLES = 5;
constexpr uint64_t LEAVE_IDENTITY_SIZE = UINT64_C(4) << 30;

/* Can this core lead the others into another kernel? */
bool leave_possible(void);
/* Maps [0, LEAVE_IDENTITY_SIZE) to itself, writable and executable, in the tables that this core
 * walks. The frames hold the tables from now on, for good: other cores may remember them. */
void leave_identity_map(const physical_t tables[LEAVE_TABLES]);
/* Takes the mapping back, when it came to nothing. */
void leave_identity_unmap(void);
/* Masks every source of interrupts that the kernel has unmasked, and stops the other cores where
 * the landing cannot. Interrupts are masked here, too. */
void leave_quiet(void);

/* Calls `visit` for each frame that the last 2 MiB of addresses of a loader's tables hold, and for
 * the tables themselves. Only where memory is mapped at its physical address. */
void leave_visit_loader(physical_t root, void (*visit)(void *data, physical_t frame), void *data);
