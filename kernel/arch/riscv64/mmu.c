/* SPDX-License-Identifier: MIT */
/*
 * Entries of riscv64's page tables, Sv39 and Sv48, and the translations that a core remembers.
 * Source: RISC-V Privileged Architecture 1.12, 4.3 to 4.5, 4.2.1 (SFENCE.VMA), chapter 6 (Svpbmt).
 *
 *   bit  0 valid   1 readable   2 writable   3 executable   6 accessed   7 dirty
 *       10-53 number of the frame. Bits 8 and 9 are ours: 8 promised, or device when valid; 9
 *       combining. An entry that is valid and has no right leads to a table.
 *
 * Accessed and dirty are set from the start: not every CPU sets them. How memory is cached the
 * CPU knows from the address (its physical memory attributes), unless bits 61 and 62 tell it
 * (Svpbmt): 1 not cached, 2 a device. They are reserved, and fault, where the CPU does not know
 * them: they are set where the device tree says that every hart does. Firmware that says so has
 * allowed it (menvcfg.PBMTE, which only machine mode sees). Ours, 8 and 9, remember what was asked
 * for in any case. (QEMU checks the bits and caches nothing.) A core may remember that there was
 * nothing, too: mmu_publish() and trap.c.
 */
#include "mmu.h"
#include "isa.h"
#include "platform.h"
#include "registers.h"
#include <abi/sbi.h>
#include <arch/core.h>
#include <base/ensure.h>
#include <kernel/frame.h>
#include <kernel/log.h>

constexpr mmu_entry_t VALID = 1 << 0, READABLE = 1 << 1, WRITABLE = 1 << 2, EXECUTABLE = 1 << 3;
constexpr mmu_entry_t ACCESSED = 1 << 6, DIRTY = 1 << 7;
constexpr mmu_entry_t PROMISED = 1 << 8, DEVICE = 1 << 8, COMBINING = 1 << 9;
constexpr mmu_entry_t NOT_CACHED = UINT64_C(1) << 61, IO = UINT64_C(2) << 61;
constexpr mmu_entry_t NUMBER = 0x003F'FFFF'FFFF'FC00;
constexpr unsigned NUMBER_SHIFT = 10;
constexpr uint64_t ROOT_NUMBER = 0x0000'0FFF'FFFF'FFFF;
constexpr size_t SINGLY_MAX = 64 * PAGE_SIZE;

static unsigned levels = 3, loader_levels = 3;
static bool own;         /* the tables are the kernel's */
static bool tells_types; /* Svpbmt */

static unsigned levels_of(uint64_t satp) {
    return satp >> SATP_MODE_SHIFT == SATP_SV48 ? 4 : 3;
}

unsigned mmu_levels(void) {
    return levels;
}

unsigned mmu_levels_now(void) {
    return levels_of(csr_read(satp));
}

unsigned mmu_levels_loader(void) {
    return loader_levels;
}

uint64_t mmu_satp(physical_t root) {
    uint64_t mode = levels == 4 ? SATP_SV48 : SATP_SV39;
    return mode << SATP_MODE_SHIFT | root / PAGE_SIZE;
}

/* ---- which modes there are ---- */

static mmu_entry_t entry_of(const mmu_entry_t *table, uintptr_t address, unsigned level) {
    unsigned index = address >> (PAGE_SHIFT + 9 * level) & (MMU_ENTRIES - 1);
    return __atomic_load_n(&table[index], __ATOMIC_RELAXED);
}

/* The last entry of a walk. Tables are reached by memory_at(): at their own addresses as long as
 * they are the loader's. */
static mmu_entry_t walk(uintptr_t address, unsigned *level) {
    physical_t table = mmu_root_get();
    for (*level = mmu_levels_now() - 1;; (*level)--) {
        mmu_entry_t entry = entry_of(memory_at(table), address, *level);
        if (*level == 0 || mmu_entry_kind(entry, *level) != MMU_TABLE) {
            return entry;
        }
        table = mmu_entry_address(entry);
    }
}

/* A root of four levels whose first and last entry lead to the loader's root of three: the same
 * addresses mean the same. A mode that the CPU does not know leaves satp as it was. */
static bool has_four(void) {
    alignas(PAGE_SIZE) static mmu_entry_t root[MMU_ENTRIES];
    uint64_t before = csr_read(satp);
    if (levels_of(before) == 4) {
        return true;
    }
    unsigned level;
    mmu_entry_t entry = walk((uintptr_t)root, &level);
    uintptr_t span = (uintptr_t)PAGE_SIZE << (9 * level);
    physical_t physical = (mmu_entry_address(entry) & ~(span - 1)) | ((uintptr_t)root & (span - 1));
    root[0] = root[MMU_ENTRIES - 1] = mmu_entry_table(mmu_root_get());
    __asm__ volatile("sfence.vma" : : : "memory");
    csr_write(satp, (uint64_t)SATP_SV48 << SATP_MODE_SHIFT | physical / PAGE_SIZE);
    bool taken = levels_of(csr_read(satp)) == 4;
    csr_write(satp, before);
    __asm__ volatile("sfence.vma" : : : "memory");
    return taken;
}

void mmu_choose(struct text wish) {
    bool narrow = text_equal(wish, text_of("sv39"));
    if (wish.size > 0 && !narrow && !text_equal(wish, text_of("sv48"))) {
        log_write(LOG_WARNING, "mem", "no paging %.*s", (int)wish.size, wish.bytes);
    }
    loader_levels = mmu_levels_now();
    levels = !narrow && has_four() ? 4 : 3;
    tells_types = platform_tree() != nullptr && isa_everywhere(platform_tree(), text_of("svpbmt"));
    log_write(LOG_DEBUG, "mem", "page tables of %u levels; %s", levels,
              tells_types ? "types of memory by Svpbmt" : "types of memory by address");
}

/* ---- entries ---- */

static mmu_entry_t type_of(uint32_t rights) {
    return rights & MMU_DEVICE ? IO : rights & MMU_COMBINE ? NOT_CACHED : 0;
}

mmu_entry_t mmu_entry_page(physical_t frame, unsigned level, uint32_t rights) {
    ensure(frame % PAGE_SIZE == 0 && level <= 1);
    ensure(!(rights & MMU_WRITE) || !(rights & MMU_EXECUTE));
    mmu_entry_t entry = frame / PAGE_SIZE << NUMBER_SHIFT | VALID | READABLE | ACCESSED;
    entry |= rights & MMU_WRITE ? WRITABLE | DIRTY : 0;
    entry |= rights & MMU_EXECUTE ? EXECUTABLE : 0;
    entry |= rights & MMU_DEVICE ? DEVICE : rights & MMU_COMBINE ? COMBINING : 0;
    return entry | (tells_types ? type_of(rights) : 0);
}

mmu_entry_t mmu_entry_table(physical_t table) {
    return table / PAGE_SIZE << NUMBER_SHIFT | VALID;
}

mmu_entry_t mmu_entry_promised(void) {
    return PROMISED;
}

enum mmu_kind mmu_entry_kind(mmu_entry_t entry, unsigned level) {
    if (entry & VALID) {
        return entry & (READABLE | EXECUTABLE) ? MMU_PAGE : MMU_TABLE;
    }
    return entry & PROMISED ? MMU_PROMISED : MMU_EMPTY;
}

physical_t mmu_entry_address(mmu_entry_t entry) {
    return (entry & NUMBER) >> NUMBER_SHIFT << PAGE_SHIFT;
}

uint32_t mmu_entry_rights(mmu_entry_t entry) {
    return (entry & WRITABLE ? MMU_WRITE : 0u) | (entry & EXECUTABLE ? MMU_EXECUTE : 0u) |
           (entry & DEVICE ? MMU_DEVICE : 0u) | (entry & COMBINING ? MMU_COMBINE : 0u);
}

bool mmu_look(uintptr_t address, uint32_t *rights) {
    unsigned level;
    mmu_entry_t entry = own ? walk(address, &level) : 0;
    *rights = mmu_entry_rights(entry);
    return own && mmu_entry_kind(entry, level) == MMU_PAGE;
}

/* ---- this core ---- */

void mmu_root_set(physical_t root) {
    csr_write(satp, mmu_satp(root));
    mmu_flush_all();
    own = true;
}

physical_t mmu_root_get(void) {
    return (csr_read(satp) & ROOT_NUMBER) * PAGE_SIZE;
}

/* For other cores trap.c does this when they come upon it. */
void mmu_publish(uintptr_t address, size_t size) {
    if (size > SINGLY_MAX) {
        mmu_flush_all();
        return;
    }
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        mmu_flush_page(address + done);
    }
}

/* Whichever of the two is used, both say the same. */
bool mmu_splits_in_use(void) {
    return true;
}

/* Of the last entry of its walk; tables above it may be remembered (4.2.1). */
void mmu_flush_page(uintptr_t address) {
    __asm__ volatile("sfence.vma %0, zero" : : "r"(address) : "memory");
}

void mmu_flush_all(void) {
    __asm__ volatile("sfence.vma" : : : "memory");
}

static void forget(void *data) {
    mmu_flush_all();
}

/* Everything, whatever the parts are: tables may have gone, too, and a fence of an address is one
 * of its last entry only (4.2.1). The firmware interrupts the other harts in machine mode, which
 * nobody masks, and answers when all have done it; what they had stored before is stored by then
 * (OpenSBI counts them by operations that release). */
bool mmu_flush_cores(const struct mmu_part *parts, size_t count) {
    mmu_flush_all();
    if (core_count() > 1 && !sbi_fence(SBI_FENCE_TRANSLATIONS, 0, 0)) {
        cores_call(forget, nullptr);
    }
    return true;
}
