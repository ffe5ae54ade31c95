/* SPDX-License-Identifier: MIT */
/* See cache.h; and code that was written as data. */
#include "cache.h"
#include "registers.h"
#include <arch/core.h>
#include <arch/cpu.h>

constexpr uint64_t CODE_NEEDS_NO_CLEANING = 1 << 28,
                   CODE_NEEDS_NO_FORGETTING = 1 << 29; /* CTR_EL0 */

static size_t line_of_data(void) {
    return (size_t)4 << (system_read(ctr_el0) >> 16 & 15);
}

static size_t line_of_code(void) {
    return (size_t)4 << (system_read(ctr_el0) & 15);
}

#define each_line(operation, start, size, line)                                                    \
    for (uintptr_t at_ = (uintptr_t)(start) & ~((line) - 1), end_ = (uintptr_t)(start) + (size);   \
         at_ < end_; at_ += (line)) {                                                              \
        __asm__ volatile(operation ", %0" : : "r"(at_) : "memory");                                \
    }

void cache_clean(const void *start, size_t size) {
    size_t line = line_of_data();
    each_line("dc civac", start, size, line);
    barrier_all();
}

void cache_forget(const void *start, size_t size) {
    size_t line = line_of_data();
    each_line("dc ivac", start, size, line);
    barrier_all();
}

/* The data cache gives what was written to where the caches for code and data meet; all cores
 * forget what their caches for code held. What this core has fetched already is dropped; another
 * must do that by itself. */
void cpu_synchronise_code(const void *code, size_t size) {
    uint64_t kinds = system_read(ctr_el0);
    if (!(kinds & CODE_NEEDS_NO_CLEANING)) {
        size_t line = line_of_data();
        each_line("dc cvau", code, size, line);
    }
    __asm__ volatile("dsb ish" : : : "memory");
    if (!(kinds & CODE_NEEDS_NO_FORGETTING)) {
        size_t line = line_of_code();
        each_line("ic ivau", code, size, line);
        __asm__ volatile("dsb ish" : : : "memory");
    }
    barrier_instructions();
}

/* A core that stores to nobody's knowledge, dsb, isb: who does not see the store has done all that
 * came before its own look when this core begins to fetch. */
void cpu_refetch(void) {
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

static void refetch(void *data) {
    cpu_refetch();
}

/* Another core may have fetched from there what lay there before, by guess, and would run it,
 * though its caches hold nothing old any more: doc/decisions/0034. */
void cpu_publish_code(const void *code, size_t size) {
    cpu_synchronise_code(code, size);
    cores_call_busy(refetch, nullptr);
}
