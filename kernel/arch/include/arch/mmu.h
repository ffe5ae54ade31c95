/* SPDX-License-Identifier: MIT */
/*
 * Page tables: what differs between CPUs. The walk itself is portable (kernel/mem/page_table.c):
 * tables of 512 entries of 8 bytes, in 3 or 4 levels, level 0 mapping 4 KiB and level 1 mapping 2
 * MiB. Addresses have the sign of their highest translated bit: the kernel is in the upper half.
 *
 * An entry that maps nothing may still carry MMU_PROMISED: a demand-zero page. A frame is reserved
 * for it, the first touch puts it there. It is not present to the CPU.
 */
#pragma once
#include <base/string.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t physical_t;
typedef uint64_t mmu_entry_t;

constexpr size_t PAGE_SIZE = 4096;
constexpr unsigned PAGE_SHIFT = 12;
constexpr size_t LARGE_PAGE_SIZE = 2 * 1024 * 1024;
constexpr unsigned MMU_ENTRIES = 512;

/* Pages are always readable. WRITE and EXECUTE together are refused by the table code. */
enum mmu_rights : uint32_t {
    MMU_READ = 0,
    MMU_WRITE = 1,
    MMU_EXECUTE = 2,
    MMU_DEVICE = 4,  /* uncached, in order */
    MMU_COMBINE = 8, /* uncached, writes may wait and be joined: for pixels */
    MMU_SMALL = 16,  /* by small pages alone; a wish when mapping, no entry says it */
};

enum mmu_kind : uint8_t { MMU_EMPTY, MMU_PROMISED, MMU_TABLE, MMU_PAGE };

/* How many levels the tables have that mmu_root_set() takes: the most that the CPU knows, unless
 * `wish`, the CPU's own name of a format, is for fewer. What is no such name is told, and has no
 * effect. Called once, before memory_start(), while the loader's tables are walked. */
void mmu_choose(struct text wish);
unsigned mmu_levels(void);
/* Levels of the tables that this core walks now: a loader's may have fewer. */
unsigned mmu_levels_now(void);

/* Entries and what they say. `level` counts from 0, the level that maps 4 KiB. */
mmu_entry_t mmu_entry_page(physical_t frame, unsigned level, uint32_t rights);
mmu_entry_t mmu_entry_table(physical_t table);
mmu_entry_t mmu_entry_promised(void);
enum mmu_kind mmu_entry_kind(mmu_entry_t entry, unsigned level);
physical_t mmu_entry_address(mmu_entry_t entry);
uint32_t mmu_entry_rights(mmu_entry_t entry);

/* This core walks from `root` from now on. Everything that was reachable before must be as far as
 * the running code needs it. */
void mmu_root_set(physical_t root);
physical_t mmu_root_get(void);
/* These pages, for which the entries had said that there is nothing, are mapped now: a core that
 * accesses them after this either finds them, or has a fault that finds the entry present. */
void mmu_publish(uintptr_t address, size_t size);
/* May a large page become a table of small ones that map the same, while it is in use? Not every
 * CPU bears two sizes of a translation at a time. */
bool mmu_splits_in_use(void);
/* Drops what this core remembers of one page (of the last entry that leads to it, at least), of all
 * pages. */
void mmu_flush_page(uintptr_t address);
void mmu_flush_all(void);
/* A part of the addresses; what is not whole pages of it stands for them. */
struct mmu_part {
    uintptr_t base;
    size_t size;
};
/* Has every core of the machine forget the pages of these parts, or all pages when there are none,
 * whichever tables they walk, without asking the cores: for a CPU that can. When it returns, no
 * core knows any of it, nor of tables that lead nowhere else, and no access by it is under way.
 * False: it cannot; nothing was forgotten, and each core is to do it for itself, by
 * mmu_flush_page(), which there drops what it knows of such tables, too. Called with interrupts
 * masked or not. */
bool mmu_flush_cores(const struct mmu_part *parts, size_t count);
/* The address and manner of an access that faulted come with the trap: <arch/trap.h>. */
