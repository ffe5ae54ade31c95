/* SPDX-License-Identifier: MIT */
/*
 * The local APIC, through its page of registers, or through MSRs (x2APIC): where firmware has
 * switched it to that, or where there are cores that cannot be reached otherwise. All cores do as
 * the boot core does. Source: Intel SDM volume 3, chapter 11 (APIC), 11.12 (x2APIC).
 */
#include "apic.h"
#include "platform.h"
#include "registers.h"
#include <base/ensure.h>
#include <kernel/memory.h>

constexpr uint64_t BASE_X2APIC = 1 << 10, BASE_ENABLE = 1 << 11;
constexpr uint64_t BASE_ADDRESS = 0x000F'FFFF'FFFF'F000;
constexpr uint32_t MASKED = 1 << 16, EXTERNAL = 7 << 8, MODE_NMI = 4 << 8;
constexpr uint32_t SPURIOUS_ENABLE = 1 << 8;
constexpr uint32_t PENDING = 1 << 12, ASSERT = 1 << 14;
constexpr uint32_t SEND_NMI = 4 << 8, SEND_INIT = 5 << 8, SEND_START = 6 << 8;
constexpr uint32_t ID_MAX = 254; /* of the page's registers; 255 is everybody */
constexpr uint32_t TIMER_BY_DEADLINE = 2 << 17;
constexpr unsigned PATIENCE = 1'000'000;

/* Offsets of the page; a sixteenth of them are the numbers of the MSRs. */
enum : uint32_t {
    ID = 0x20,
    TASK_PRIORITY = 0x80,
    END = 0xB0,
    SPURIOUS = 0xF0,
    COMMAND = 0x300,
    COMMAND_TARGET = 0x310,
    ENTRY_TIMER = 0x320,
    ENTRY_LINE0 = 0x350,
    ENTRY_LINE1 = 0x360,
    ENTRY_ERROR = 0x370,
    TIMER_INITIAL = 0x380,
    TIMER_CURRENT = 0x390,
    TIMER_DIVIDE = 0x3E0,
};

static volatile uint32_t *page;
static bool x2apic; /* not by the page, but by MSRs */

static uint32_t get(uint32_t offset) {
    return x2apic ? (uint32_t)msr_read(MSR_X2APIC + offset / 16) : page[offset / 4];
}

static void set(uint32_t offset, uint32_t value) {
    if (x2apic) {
        msr_write(MSR_X2APIC + offset / 16, value);
    } else {
        page[offset / 4] = value;
    }
}

static bool x2apic_wanted(void) {
    constexpr uint32_t HAS_X2APIC = 1 << 21;
    const struct madt *madt = &platform_get()->madt;
    for (unsigned i = 0; i < madt->core_count; i++) {
        if (madt->cores[i] > ID_MAX) {
            return cpuid_read(1, 0).ecx & HAS_X2APIC;
        }
    }
    return false;
}

/* The boot core decides. */
static void mode_choose(uint64_t base) {
    x2apic = base & BASE_X2APIC || x2apic_wanted();
    if (!x2apic) {
        page = memory_map_physical(base & BASE_ADDRESS, PAGE_SIZE, MMU_WRITE | MMU_DEVICE);
        ensure(page != nullptr);
    }
}

/* From disabled to x2APIC there is no direct way. */
static void mode_set(uint64_t base) {
    msr_write(MSR_APIC_BASE, base | BASE_ENABLE);
    if (x2apic) {
        msr_write(MSR_APIC_BASE, base | BASE_ENABLE | BASE_X2APIC);
    }
}

void apic_start(void) {
    uint64_t base = msr_read(MSR_APIC_BASE);
    if (page == nullptr && !x2apic) {
        mode_choose(base);
    }
    mode_set(base);
    set(TASK_PRIORITY, 0);
    set(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    set(ENTRY_TIMER, MASKED | VECTOR_TIMER);
    set(ENTRY_LINE0, MASKED | EXTERNAL);
    set(ENTRY_LINE1, MODE_NMI);
    set(ENTRY_ERROR, MASKED | VECTOR_SPURIOUS);
    set(TIMER_DIVIDE, 0x3); /* by 16 */
    set(END, 0);
}

void apic_legacy_pass(void) {
    set(ENTRY_LINE0, EXTERNAL);
}

void apic_end(void) {
    set(END, 0);
}

bool apic_has_deadline(void) {
    constexpr uint32_t HAS_DEADLINE = 1 << 24;
    return cpuid_read(1, 0).ecx & HAS_DEADLINE;
}

/* The fence: the mode is set before the first deadline. */
void apic_timer_mode(bool by_deadline) {
    set(TIMER_INITIAL, 0);
    set(ENTRY_TIMER, by_deadline ? TIMER_BY_DEADLINE | VECTOR_TIMER : VECTOR_TIMER);
    __asm__ volatile("mfence" : : : "memory");
}

void apic_timer_set(uint32_t ticks) {
    set(TIMER_INITIAL, ticks);
}

void apic_timer_deadline(uint64_t cycles) {
    msr_write(MSR_DEADLINE, cycles > 0 ? cycles : 1);
}

uint32_t apic_timer_left(void) {
    return get(TIMER_CURRENT);
}

void apic_id_read(uint32_t *out) {
    *out = x2apic ? get(ID) : get(ID) >> 24;
}

bool apic_reaches(uint32_t id) {
    return x2apic || id <= ID_MAX;
}

/* Writing an MSR of the x2APIC waits for nothing: the fences make earlier stores seen. */
static void command_send(uint32_t id, uint32_t command) {
    if (x2apic) {
        __asm__ volatile("mfence\n\tlfence" : : : "memory");
        msr_write(MSR_X2APIC + COMMAND / 16, (uint64_t)id << 32 | command);
        return;
    }
    for (unsigned i = 0; i < PATIENCE && (get(COMMAND) & PENDING); i++) {
        __asm__ volatile("pause");
    }
    set(COMMAND_TARGET, id << 24);
    set(COMMAND, command);
}

void apic_send(uint32_t id, uint8_t vector) {
    command_send(id, ASSERT | vector);
}

void apic_send_nmi(uint32_t id) {
    command_send(id, ASSERT | SEND_NMI);
}

void apic_send_init(uint32_t id) {
    command_send(id, ASSERT | SEND_INIT);
}

void apic_send_start(uint32_t id, uint64_t at) {
    command_send(id, ASSERT | SEND_START | (uint32_t)(at >> 12));
}
