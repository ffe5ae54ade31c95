/* SPDX-License-Identifier: MIT */
/*
 * <kernel/port.h> in the kernel: time, sleep, random bytes. Where the CPU has no generator the
 * entropy is what interrupts, boot and the clocks happen to be: see doc/security.md.
 */
#include "alarm.h"
#include "random.h"
#include <abi/bootinfo.h>
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/interrupt.h>
#include <arch/machine.h>
#include <arch/timer.h>
#include <chip/date.h>
#include <kernel/control.h>
#include <kernel/device.h>
#include <kernel/display.h>
#include <kernel/lock.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/port.h>
#include <kernel/trace.h>

constexpr uint64_t POLL_NS = 5'000'000; /* between looks at ports that do not interrupt */
constexpr int64_t SECOND_NS = 1'000'000'000;
constexpr unsigned JITTER_SAMPLES = 64;
static_assert(TRACE_CORES >= CORES_MAX);

static struct random generator;
static struct lock generator_lock = LOCK_INIT(LOCK_RANDOM);
static int64_t wall_start_ns; /* when the monotonic clock was 0; 0: unknown */

uint64_t port_time_ns(void) {
    return timer_now_ns();
}

uint64_t port_ticks(void) {
    return timer_ticks();
}

uint64_t port_ticks_time_ns(uint64_t ticks) {
    return timer_ticks_ns(ticks);
}

unsigned port_core(void) {
    return core_index();
}

int64_t port_wall_time_ns(void) {
    return wall_start_ns == 0 ? 0 : wall_start_ns + (int64_t)timer_now_ns();
}

static uint64_t sooner(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

/* ---- sleep ---- */

static bool woken[CORES_MAX]; /* atomic: by another core, since it slept last */

void port_core_wake(unsigned core) {
    __atomic_store_n(&woken[core], true, __ATOMIC_SEQ_CST);
    core_wake(core);
}

/* Interrupts are masked from the look until the CPU waits, so that none is slept through. */
static void sleep_until(uint64_t deadline_ns) {
    alarm_set(ALARM_SLEEP, deadline_ns);
    cpu_wait();
    cpu_interrupts_disable();
}

static bool may_sleep(uint64_t deadline_ns) {
    bool called = __atomic_exchange_n(&woken[core_index()], false, __ATOMIC_SEQ_CST);
    return !called && timer_now_ns() < deadline_ns;
}

static void wait_plainly(uint64_t deadline_ns) {
    cpu_interrupts_disable();
    if (may_sleep(deadline_ns)) {
        sleep_until(deadline_ns);
    }
    cpu_interrupts_enable();
}

/* What interrupts bring is told here, because they may strike within the kernel. */
static void wait_for_devices(uint64_t deadline_ns) {
    display_refresh();
    cpu_interrupts_disable();
    if (!serial_tell() && !devices_are_due() && !display_is_pending() && may_sleep(deadline_ns)) {
        sleep_until(serial_is_polled() ? sooner(deadline_ns, timer_now_ns() + POLL_NS)
                                       : deadline_ns);
        serial_tell();
    }
    cpu_interrupts_enable();
    control_poll();
}

/* The devices that the kernel drives itself are the first core's. */
void port_wait(uint64_t deadline_ns) {
    if (core_index() == 0) {
        wait_for_devices(deadline_ns);
    } else {
        wait_plainly(deadline_ns);
    }
}

/* ---- chance ---- */

static void mix_moment(void) {
    uint64_t word;
    if (cpu_random(&word)) {
        random_mix(&generator, word);
    }
    random_mix(&generator, cpu_cycles());
}

void port_random(void *to, size_t size) {
    lock_acquire(&generator_lock);
    mix_moment();
    random_fill(&generator, to, size);
    lock_release(&generator_lock);
}

static void random_start(void) {
    const uint64_t *words = (const uint64_t *)BOOTINFO_ADDRESS;
    for (unsigned i = 0; i < 4096 / 8; i++) {
        if (words[i] != 0) {
            random_mix(&generator, words[i]);
        }
    }
    for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
        mix_moment();
    }
    random_mix(&generator, (uint64_t)wall_start_ns);
}

/* The loader's date is local time, some minutes old and may be all zero: second choice. */
static bool wall_seconds(int64_t *out) {
    if (machine_clock_read(out)) {
        return true;
    }
    struct date date;
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    if (date_from_bcd(info->date, &date) && date_to_seconds(&date, out)) {
        *out -= info->timezone_minutes * 60;
        return true;
    }
    return false;
}

void system_start(const struct machine_choice *choice) {
    interrupt_start(choice->legacy_interrupts);
    timer_start(choice->clock);
    alarm_start();
    int64_t seconds;
    if (wall_seconds(&seconds)) {
        wall_start_ns = seconds * SECOND_NS - (int64_t)timer_now_ns();
    }
    random_start();
    cpu_interrupts_enable();
    log_write(LOG_INFO, "timer", "%s at %llu kHz; entered %llu us after reset", timer_describe(),
              (unsigned long long)timer_frequency_hz() / 1000,
              (unsigned long long)timer_entry_ns() / 1000);
    if (!choice->single) {
        cores_start();
    }
    trace_start(core_count());
}
