/* SPDX-License-Identifier: MIT */
/*
 * The first page tables that the kernel walks from: a root of its own, in the one format that the
 * rest of the kernel knows, above the loader's tables. The protocol promises addresses, and not how
 * many bits a loader translates: one that starts with 39 bits has no tables of level 3, one that
 * starts with 30, which reach a Raspberry Pi's memory and devices, none of level 2 either.
 *
 *      root   0 ------> what the loader maps low, up to 512 GiB
 *           511 ------> what the loader maps in the highest 512 GiB
 *
 * What this core has in its cache of the kernel's own memory is settled here as well: with caches
 * off memory is right and the cache is not, with caches on it is the other way round.
 */
#include "early.h"
#include "cache.h"
#include "percpu.h"
#include <abi/bootinfo.h>
#include <kernel/frame.h>

constexpr uint64_t TABLE = 3, ADDRESS = 0x0000'FFFF'FFFF'F000;
constexpr uint64_t BASE = 0x0000'FFFF'FFFF'FFFE; /* of a table of fewer than 512 entries, too */
constexpr unsigned TOP_BITS = 25; /* that are not translated where level 2 is the highest */
constexpr unsigned TOP_BITS_MAX = 33;
constexpr unsigned GIB_BITS = 34; /* where level 1 is the highest, and whole */

extern uint8_t kernel_text_start[], kernel_end[];

alignas(PAGE_SIZE) static uint64_t root[MMU_ENTRIES], low[MMU_ENTRIES], high[MMU_ENTRIES];

physical_t early_prepare(void);
static physical_t physical_of(const void *here) {
    uint64_t result;
    __asm__ volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1"
                     : "=r"(result)
                     : "r"(here)
                     : "memory");
    return (result & ADDRESS) | ((uintptr_t)here & (PAGE_SIZE - 1));
}

/* The loader's highest table for one half, whose unused address bits TCR tells. */
struct half {
    const uint64_t *table;
    unsigned unused_bits;
};

/* An entry of level 3 for the half's first or last 512 GiB. Where it has fewer than 512 entries for
 * that a table is made around them. */
static uint64_t entry_for(const struct half *half, bool last, uint64_t own[MMU_ENTRIES]) {
    if (half->unused_bits < TOP_BITS) {
        unsigned count = 1u << (TOP_BITS - half->unused_bits);
        return half->table[last ? count - 1 : 0];
    }
    if (half->unused_bits == TOP_BITS) {
        return (uintptr_t)half->table | TABLE;
    }
    if (half->unused_bits == GIB_BITS) {
        own[last ? MMU_ENTRIES - 1 : 0] = (uintptr_t)half->table | TABLE;
        return physical_of(own) | TABLE;
    }
    if (half->unused_bits > TOP_BITS_MAX) {
        return 0; /* no loader translates so little: what it did not map stays so */
    }
    unsigned count = MMU_ENTRIES >> (half->unused_bits - TOP_BITS);
    for (unsigned i = 0; i < count; i++) {
        own[last ? MMU_ENTRIES - count + i : i] = half->table[i];
    }
    return physical_of(own) | TABLE;
}

static void cache_settle(void) {
    bool on = system_read(sctlr_el1) & SCTLR_C;
    void (*settle)(const void *start, size_t size) = on ? cache_clean : cache_forget;
    settle(kernel_text_start, (size_t)(kernel_end - kernel_text_start));
    settle((const void *)BOOTINFO_ADDRESS, BOOTINFO_KERNEL_ADDRESS - BOOTINFO_ADDRESS);
}

physical_t early_loader_tables[2];

physical_t early_prepare(void) {
    uint64_t tcr = system_read(tcr_el1);
    const struct half lower = {(const uint64_t *)(system_read(ttbr0_el1) & BASE), tcr & 63};
    const struct half upper = {(const uint64_t *)(system_read(ttbr1_el1) & BASE), tcr >> 16 & 63};
    early_loader_tables[0] = (uintptr_t)lower.table;
    early_loader_tables[1] = (uintptr_t)upper.table;
    root[0] = entry_for(&lower, false, low);
    root[MMU_ENTRIES - 1] = entry_for(&upper, true, high);
    cache_settle();
    return physical_of(root);
}

static bool low_is_released;

uint64_t early_low_entry(void) {
    return low_is_released ? 0 : root[0];
}

void early_low_release(void) {
    low_is_released = true;
    *(volatile uint64_t *)memory_at(mmu_root_get()) = 0;
    mmu_flush_all();
}
