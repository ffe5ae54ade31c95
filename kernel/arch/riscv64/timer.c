/* SPDX-License-Identifier: MIT */
/*
 * Time for <arch/timer.h>: the counter `time`, which all harts read alike, to one tick; how fast it
 * counts the device tree says. The alarm is a register to compare with (Sstc) where the CPU has it
 * for supervisors, and the firmware's (SBI) else.
 *
 * Source: RISC-V Unprivileged ISA, 10.1 (time); Sstc 1.0; SBI 1.0, chapter 6.
 */
#include "platform.h"
#include "registers.h"
#include "wake.h"
#include <abi/sbi.h>
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/panic.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr uint64_t ALARM_MAX_NS = SECOND_NS;
constexpr uint64_t HZ_MIN = 1'000, HZ_MAX = 8'000'000'000;

extern uint64_t entry_cycles; /* entry.S: the counter when the kernel was entered */

static uint64_t hz; /* 0: not started */
static bool by_register;
static uint64_t latest_ns; /* atomic: what was told last */
static void (*handler)(void);

/* ticks * 10^9 / hz, without more than 64 bits in between. */
static uint64_t ns_of(uint64_t ticks) {
    return ticks / hz * SECOND_NS + ticks % hz * SECOND_NS / hz;
}

static uint64_t ticks_of(uint64_t ns) {
    return ns / SECOND_NS * hz + (ns % SECOND_NS * hz + SECOND_NS - 1) / SECOND_NS;
}

void timer_start(struct text key) {
    const struct device_tree *tree = platform_tree();
    uint64_t told = 0;
    if (tree != nullptr) {
        (void)device_tree_number(tree, device_tree_find_path(tree, text_of("/cpus")),
                                 "timebase-frequency", &told);
    }
    if (key.size > 0 && !text_equal(key, text_of("time"))) {
        log_write(LOG_WARNING, "timer", "no clock %.*s", (int)key.size, key.bytes);
    }
    if (told < HZ_MIN || told > HZ_MAX) {
        panic("nobody says how fast time counts");
    }
    bool enabled = cpu_interrupts_disable();
    by_register = csr_has_stimecmp();
    if (enabled) {
        cpu_interrupts_enable();
    }
    hz = told;
    timer_core_start();
    log_write(LOG_DEBUG, "timer", "alarm by %s", by_register ? "register" : "firmware");
}

static void alarm_set(uint64_t ticks) {
    if (by_register) {
        __asm__ volatile("csrw %0, %1" : : "i"(CSR_STIMECMP), "r"(ticks) : "memory");
    } else {
        sbi_call(SBI_TIME, SBI_TIME_SET, ticks, 0, 0);
    }
}

void timer_quiet(void) {
    alarm_set(UINT64_MAX);
}

void timer_core_start(void) {
    timer_quiet();
    csr_set(sie, 1 << INTERRUPT_TIMER);
}

/* Harts may differ by a tick: what one has read, none reads less of. */
uint64_t timer_now_ns(void) {
    if (hz == 0) {
        return 0;
    }
    uint64_t now = ns_of(csr_read(time) - entry_cycles);
    uint64_t latest = __atomic_load_n(&latest_ns, __ATOMIC_RELAXED);
    while (latest < now && !__atomic_compare_exchange_n(&latest_ns, &latest, now, true,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return latest < now ? now : latest;
}

uint64_t timer_ticks(void) {
    return csr_read(time);
}

uint64_t timer_ticks_ns(uint64_t ticks) {
    return hz == 0 ? 0 : ns_of(ticks - entry_cycles);
}

uint64_t timer_entry_ns(void) {
    return ns_of(entry_cycles);
}

void timer_alarm(uint64_t deadline_ns) {
    uint64_t now = timer_now_ns();
    uint64_t wait = deadline_ns > now ? deadline_ns - now : 0;
    alarm_set(csr_read(time) + ticks_of(wait < ALARM_MAX_NS ? wait : ALARM_MAX_NS));
}

void timer_set_handler(void (*chosen)(void)) {
    __atomic_store_n(&handler, chosen, __ATOMIC_RELEASE);
}

/* It rings until it is set anew. Most alarms only wake a core that sleeps. */
void timer_interrupt(void) {
    void (*chosen)(void) = __atomic_load_n(&handler, __ATOMIC_ACQUIRE);
    alarm_set(UINT64_MAX);
    if (chosen != nullptr) {
        chosen();
    }
}

const char *timer_describe(void) {
    return "time counter";
}

uint64_t timer_frequency_hz(void) {
    return hz;
}
