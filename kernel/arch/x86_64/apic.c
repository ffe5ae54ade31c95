/* SPDX-License-Identifier: MIT */
/*
 * The local APIC, through its page of registers or, where firmware has switched it to that already,
 * through MSRs. Source: Intel SDM volume 3, chapter 11 (APIC), 11.12 (x2APIC).
 */
#include "apic.h"
#include "registers.h"
#include <base/ensure.h>
#include <kernel/memory.h>

constexpr uint64_t BASE_X2APIC = 1 << 10, BASE_ENABLE = 1 << 11;
constexpr uint64_t BASE_ADDRESS = 0x000F'FFFF'FFFF'F000;
constexpr uint32_t MASKED = 1 << 16, EXTERNAL = 7 << 8, MODE_NMI = 4 << 8;
constexpr uint32_t SPURIOUS_ENABLE = 1 << 8;

/* Offsets of the page; a sixteenth of them are the numbers of the MSRs. */
enum : uint32_t {
    TASK_PRIORITY = 0x80,
    END = 0xB0,
    SPURIOUS = 0xF0,
    ENTRY_TIMER = 0x320,
    ENTRY_LINE0 = 0x350,
    ENTRY_LINE1 = 0x360,
    ENTRY_ERROR = 0x370,
    TIMER_INITIAL = 0x380,
    TIMER_CURRENT = 0x390,
    TIMER_DIVIDE = 0x3E0,
};

static volatile uint32_t *page; /* NULL: MSRs */

static uint32_t get(uint32_t offset) {
    return page != nullptr ? page[offset / 4] : (uint32_t)msr_read(MSR_X2APIC + offset / 16);
}

static void set(uint32_t offset, uint32_t value) {
    if (page != nullptr) {
        page[offset / 4] = value;
    } else {
        msr_write(MSR_X2APIC + offset / 16, value);
    }
}

void apic_start(void) {
    uint64_t base = msr_read(MSR_APIC_BASE) | BASE_ENABLE;
    msr_write(MSR_APIC_BASE, base);
    if (!(base & BASE_X2APIC)) {
        page = memory_map_physical(base & BASE_ADDRESS, PAGE_SIZE, MMU_WRITE | MMU_DEVICE);
        ensure(page != nullptr);
    }
    set(TASK_PRIORITY, 0);
    set(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    set(ENTRY_TIMER, MASKED | VECTOR_TIMER);
    set(ENTRY_LINE0, EXTERNAL);
    set(ENTRY_LINE1, MODE_NMI);
    set(ENTRY_ERROR, MASKED | VECTOR_SPURIOUS);
    set(TIMER_DIVIDE, 0x3); /* by 16 */
    set(END, 0);
}

void apic_end(void) {
    set(END, 0);
}

void apic_timer_set(uint32_t ticks) {
    set(ENTRY_TIMER, VECTOR_TIMER);
    set(TIMER_INITIAL, ticks);
}

uint32_t apic_timer_left(void) {
    return get(TIMER_CURRENT);
}
