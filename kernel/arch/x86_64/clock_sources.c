/* SPDX-License-Identifier: MIT */
/* The four counters of clock.h. */
#include "clock.h"
#include "i8254.h"
#include "io.h"
#include "platform.h"
#include "pm_timer.h"
#include "tsc.h"
#include <arch/cpu.h>
#include <base/checked.h>
#include <chip/hpet.h>
#include <kernel/memory.h>

static volatile uint32_t *hpet;

static bool tsc_start(uint64_t *hz) {
    *hz = tsc_rate().hz;
    return true;
}

static bool hpet_open(uint64_t *hz) {
    uint64_t address = platform_get()->clocks.hpet;
    if (hpet == nullptr && address != 0 && address % 8 == 0 &&
        address < memory_layout()->direct_size) {
        hpet = memory_map_physical(address, HPET_SIZE, MMU_WRITE | MMU_DEVICE);
    }
    return hpet != nullptr && hpet_start(hpet, hz);
}

static uint64_t hpet_get(void) {
    return hpet_read(hpet);
}

static bool pm_start(uint64_t *hz) {
    *hz = PM_TIMER_HZ;
    clock_sources[CLOCK_PM].bits = platform_get()->clocks.pm_bits;
    return platform_get()->clocks.pm_timer != 0 && pm_timer_start(platform_get()->clocks.pm_timer);
}

static uint64_t pm_get(void) {
    return pm_timer_read(platform_get()->clocks.pm_timer);
}

/* Down is up, seen from the other side. The three accesses of a reading are one core's at a time;
 * but one that a panic has stopped in the middle of them holds nobody up. */
static uint64_t pit_get(void) {
    constexpr unsigned PATIENCE = 10'000'000;
    static bool busy;
    bool enabled = cpu_interrupts_disable();
    for (unsigned i = 0; i < PATIENCE && __atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE); i++) {
        __asm__ volatile("pause");
    }
    uint16_t value = i8254_read();
    __atomic_store_n(&busy, false, __ATOMIC_RELEASE);
    if (enabled) {
        cpu_interrupts_enable();
    }
    return (uint16_t)(0 - value);
}

static bool pit_start(uint64_t *hz) {
    constexpr unsigned PATIENCE = 10'000;
    *hz = I8254_HZ;
    i8254_start();
    uint64_t start = pit_get();
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (pit_get() != start) {
            return true;
        }
    }
    return false;
}

struct clock_source clock_sources[CLOCK_KINDS] = {
    [CLOCK_TSC] = {"tsc", "time-stamp counter", 64, tsc_start, cpu_cycles},
    [CLOCK_HPET] = {"hpet", "HPET", HPET_BITS, hpet_open, hpet_get},
    [CLOCK_PM] = {"pm", "ACPI timer", 24, pm_start, pm_get},
    [CLOCK_PIT] = {"pit", "interval timer", 16, pit_start, pit_get},
};

/* The counter that is not steady is taken only when it is asked for by its key. */
static bool may_be(enum clock_kind kind, struct text key, bool measured) {
    if (kind == CLOCK_TSC && (measured || (key.size == 0 && !tsc_rate().steady))) {
        return false;
    }
    return key.size == 0 || text_equal(key, text_of(clock_sources[kind].key));
}

enum clock_kind clock_choose(struct text key, bool measured, uint64_t *hz) {
    for (unsigned kind = 0; kind < CLOCK_KINDS; kind++) {
        if (may_be((enum clock_kind)kind, key, measured) && clock_sources[kind].start(hz)) {
            return (enum clock_kind)kind;
        }
    }
    return CLOCK_KINDS;
}
