/* SPDX-License-Identifier: MIT */
/*
 * Cores among themselves, tested from inside. Each test tells what it counted, for the test outside
 * to compare with what it should be.
 */
#include "selftest.h"
#include "probe.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/probe.h>
#include <arch/timer.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/panic.h>

constexpr unsigned CALLS = 800; /* of all cores together */
constexpr unsigned POSTS = 200;
constexpr unsigned READINGS = 20'000, ALARMS = 5, TICKS = 10;
constexpr uint64_t ALARM_NS = 5'000'000;

static struct record {
    uint64_t called;   /* atomic; calls of this core that others made */
    uint64_t returned; /* calls of this core that came back with all of them made */
    uint64_t ran;      /* posts that ran here */
    uint64_t spins;    /* atomic */
} records[CORES_MAX];

static unsigned arrived, left; /* atomic */

static uint64_t load(uint64_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* Until all cores are here. */
static void meet(unsigned *counter) {
    __atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < core_count()) {
        core_pause();
    }
}

/* With interrupts masked, on any core but the one that calls. */
static void count_call(void *data) {
    struct record *caller = data;
    ensure(caller != &records[core_index()] && !cpu_interrupts_disable());
    __atomic_add_fetch(&caller->called, 1, __ATOMIC_RELAXED);
}

/* Every second time with interrupts masked. */
static void call_all(void *data) {
    struct record *mine = &records[core_index()];
    meet(&arrived);
    for (unsigned i = 0; i < CALLS / core_count(); i++) {
        bool masked = i % 2 == 1 && cpu_interrupts_disable();
        uint64_t before = load(&mine->called);
        cores_call(count_call, mine);
        mine->returned += load(&mine->called) - before == core_count() - 1;
        if (masked) {
            cpu_interrupts_enable();
        }
    }
    meet(&left);
}

static void post_others(core_work *work) {
    for (unsigned i = 1; i < core_count(); i++) {
        while (!core_post(i, work, &records[i])) {
            core_pause();
        }
    }
}

static void test_calls(void) {
    post_others(call_all);
    call_all(&records[0]);
    uint64_t called = 0, returned = 0;
    for (unsigned i = 0; i < core_count(); i++) {
        called += load(&records[i].called);
        returned += records[i].returned;
    }
    log_write(LOG_INFO, "test", "calls: %llu returned, made %llu times",
              (unsigned long long)returned, (unsigned long long)called);
}

/* Interrupts are enabled, and this is the core that was meant. */
static void count_post(void *data) {
    struct record *record = data;
    ensure(record == &records[core_index()]);
    bool enabled = cpu_interrupts_disable();
    record->ran += enabled ? 1 : 0;
    if (enabled) {
        cpu_interrupts_enable();
    }
}

static void hold(void *data) {
    while (__atomic_load_n(&left, __ATOMIC_ACQUIRE) != 0) {
        core_pause();
    }
}

/* A core that is at work takes no second post, one that has finished does. */
static void test_posts(void) {
    unsigned refused = 0;
    post_others(hold);
    for (unsigned i = 0; i < core_count(); i++) {
        refused += core_post(i, hold, nullptr) ? 0 : 1;
    }
    __atomic_store_n(&left, 0, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < POSTS; i++) {
        post_others(count_post);
    }
    __atomic_store_n(&left, 1, __ATOMIC_RELEASE);
    post_others(hold); /* taken only when the last is done */
    uint64_t ran = 0;
    for (unsigned i = 1; i < core_count(); i++) {
        ran += records[i].ran;
    }
    __atomic_store_n(&left, 0, __ATOMIC_RELEASE);
    log_write(LOG_INFO, "test", "posts: %llu ran, %u refused", (unsigned long long)ran, refused);
}

static void test_cores(void) {
    test_calls();
    test_posts();
}

/* ---- time ---- */

static uint64_t latest_ns, went_back; /* atomic */

static void maximum_raise(uint64_t *maximum, uint64_t value) {
    uint64_t old = load(maximum);
    while (old < value && !__atomic_compare_exchange_n(maximum, &old, value, true, __ATOMIC_ACQ_REL,
                                                       __ATOMIC_ACQUIRE)) {
    }
}

/* What another core has read before, this one may not read less of. */
static void read_time(void *data) {
    struct record *mine = &records[core_index()];
    meet(&arrived);
    for (unsigned i = 0; i < READINGS; i++) {
        uint64_t latest = load(&latest_ns);
        uint64_t now = timer_now_ns();
        if (now < latest) {
            __atomic_add_fetch(&went_back, 1, __ATOMIC_RELAXED);
        }
        maximum_raise(&latest_ns, now);
        mine->returned++;
    }
    meet(&left);
}

/* Sleeps by this core's own alarm: nothing else would wake it, so that it must not come before. */
static void sleep(void *data) {
    for (unsigned i = 0; i < ALARMS; i++) {
        uint64_t end = timer_now_ns() + ALARM_NS;
        cpu_interrupts_disable();
        while (timer_now_ns() < end) {
            timer_alarm(end);
            cpu_wait();
            cpu_interrupts_disable();
        }
        cpu_interrupts_enable();
        records[core_index()].ran++;
    }
    meet(&arrived);
}

static void test_clock(void) {
    post_others(read_time);
    read_time(nullptr);
    __atomic_store_n(&arrived, 0, __ATOMIC_RELEASE);
    post_others(sleep);
    sleep(nullptr);
    uint64_t readings = 0, alarms = 0;
    for (unsigned i = 0; i < core_count(); i++) {
        readings += records[i].returned;
        alarms += records[i].ran;
    }
    log_write(LOG_INFO, "test", "clock: %llu readings, %llu went back, %llu alarms",
              (unsigned long long)readings, (unsigned long long)load(&went_back),
              (unsigned long long)alarms);
}

/* ---- a device's interrupts ---- */

static void test_line(void) {
    static uint64_t ticks; /* atomic */
    ensure(probe_edge_start(&ticks));
    while (load(&ticks) < TICKS) {
        cpu_wait();
    }
    log_write(LOG_INFO, "test", "line: %llu ticks", (unsigned long long)load(&ticks));
}

static void test_level(void) {
    static uint64_t due, empty; /* atomic */
    ensure(probe_level_start(&due, &empty));
    while (load(&due) < 2) {
        cpu_wait();
    }
    probe_level_stop();
    log_write(LOG_INFO, "test", "level: %llu came, %llu without a reason",
              (unsigned long long)load(&due), (unsigned long long)load(&empty));
}

/* Odd cores spin with interrupts masked, even ones with interrupts enabled; every fourth waits as a
 * lock does. */
static void spin(void *data) {
    struct record *record = data;
    if (core_index() % 2 == 1) {
        cpu_interrupts_disable();
    }
    for (;;) {
        __atomic_add_fetch(&record->spins, 1, __ATOMIC_RELAXED);
        if (core_index() % 4 == 3) {
            core_pause();
        }
    }
}

static unsigned count_changing(void) {
    uint64_t before[CORES_MAX];
    for (unsigned i = 0; i < core_count(); i++) {
        before[i] = load(&records[i].spins);
    }
    for (uint64_t end = timer_now_ns() + 50'000'000; timer_now_ns() < end;) {
    }
    unsigned changing = 0;
    for (unsigned i = 0; i < core_count(); i++) {
        changing += load(&records[i].spins) != before[i];
    }
    return changing;
}

static void test_stop(void) {
    post_others(spin);
    for (unsigned i = 1; i < core_count(); i++) {
        while (load(&records[i].spins) == 0) {
        }
    }
    cores_stop();
    log_write(LOG_INFO, "test", "stop: %u of %u still spin", count_changing(), core_count() - 1);
}

static void break_here(void *data) {
    panic("core %u breaks on purpose", core_index());
}

/* The last core panics, while those before it spin. */
static void test_panic(void) {
    unsigned last = core_count() - 1;
    for (unsigned i = 1; i < last; i++) {
        ensure(core_post(i, spin, &records[i]));
        while (load(&records[i].spins) == 0) {
        }
    }
    ensure(core_post(last, break_here, nullptr));
    spin(&records[0]);
}

void selftest_run(struct text kind) {
    static const struct {
        const char *kind;
        void (*function)(void);
    } tests[] = {{"cores", test_cores},    {"clock", test_clock}, {"line", test_line},
                 {"level", test_level},    {"stop", test_stop},   {"panic", test_panic},
                 {"memory", probe_memory}, {"stale", probe_stale}};
    if (kind.size == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(tests); i++) {
        if (text_equal(kind, text_of(tests[i].kind))) {
            tests[i].function();
            return;
        }
    }
    log_write(LOG_ERROR, "test", "test=%.*s: nothing was tested", (int)kind.size, kind.bytes);
}
