/* SPDX-License-Identifier: MIT */
/*
 * The kernel's address space, with page tables of four levels, and of three:
 *
 *   0xFFFF8000_00000000  0xFFFFFFC0_00000000  direct map of RAM: all but the kernel and code frames
 *   0xFFFFC000_00000000  0xFFFFFFD0_00000000  ranges: wasm memories, stacks, code, large heap
 *                                             blocks, devices
 *   0xFFFFFFFF_C0000000  the same             windows, one per core, through which code is written
 *   0xFFFFFFFF_FFE00000  the same             bootinfo, environment, the kernel itself
 *
 * The lower half is not mapped, but for a core in a space of its own (kernel/space.h).
 */
#pragma once
#include <arch/mmu.h>
#include <base/format.h>
#include <kernel/frame.h>
#include <kernel/heap.h>
#include <kernel/space.h>

struct memory_layout {
    uintptr_t direct, direct_size;
    uintptr_t ranges, ranges_end;
};
/* By the number of levels: fixed once mmu_choose() was called. */
const struct memory_layout *memory_layout(void);

constexpr uintptr_t MEMORY_WINDOW_BASE = 0xFFFF'FFFF'C000'0000;

extern struct frames kernel_frames;
extern struct space kernel_space;
extern struct heap kernel_heap;
/* The loader's page tables: they, and what they map highest, are free once this kernel ends. */
extern physical_t memory_loader_root;

/* Takes over from the loader: finds what RAM is really free, builds page tables that allow each
 * part of the kernel what it needs and nothing more, and drops the loader's. Called once, after
 * cpu_start() and mmu_choose(). Devices that were reached through what the loader had mapped are
 * out of reach from then on, the log's too, until machine_map() and serial_move(). */
void memory_start(void);
/* How much there is, for the log. */
void memory_tell(void);

/* A range of physical memory or device registers, mapped until released; `physical` need not be
 * aligned. NULL: out of memory. */
void *memory_map_physical(physical_t physical, size_t size, uint32_t rights);
void memory_unmap_physical(const void *mapped, size_t size);

/* Walks all page tables and panics where they break W^X (kernel/audit.h); tells at level debug that
 * they do not. */
void memory_audit(void);

/* A frame, writable by this core alone until it is closed; with interrupts masked, one at a time.
 * Takes no memory. */
void *memory_window_open(physical_t frame);
void memory_window_close(void);

/* For an exception: something was touched where nothing is present. True: now there is. */
bool memory_resolve(uintptr_t address);

/* May these bytes be read without a fault? For stack traces: with interrupts masked. */
bool memory_readable(uintptr_t address);

/* Who has how much memory, in two lines; takes no lock, so that a panic can tell it. */
void memory_print(format_sink *sink, void *context);
/* The same to the log, at level debug. */
void memory_report(void);
