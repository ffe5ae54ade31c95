/* SPDX-License-Identifier: MIT */
/*
 * Cores among themselves, played by threads: who is called, and that a core which was taken for
 * idle fetches anew before it does what it is posted. A thread that sleeps looks at its interrupts;
 * one that waits for another core serves in core_pause().
 */
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <chip/cores.h>
#include <pthread.h>
#include <stdlib.h>
#include <test/check.h>

constexpr unsigned CORES = 4;

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

static thread_local unsigned self;
static bool signalled[CORES];          /* atomic */
static unsigned refetched[CORES];      /* atomic */
static unsigned called[CORES];         /* atomic */
static unsigned fetched_before[CORES]; /* what `refetched` was when a post ran */
static unsigned holding, held;         /* atomic */
static unsigned halted;                /* atomic */
static bool deaf;                      /* atomic: no interrupt comes through */

unsigned core_index(void) {
    return self;
}

void core_signal(unsigned index) {
    __atomic_store_n(&signalled[index], true, __ATOMIC_RELEASE);
}

void core_signal_stop(unsigned index) {
    core_signal(index);
}

void core_relax(void) {
    sched_yield();
}

bool cpu_interrupts_disable(void) {
    return true;
}

void cpu_interrupts_enable(void) {
}

void cpu_wait(void) {
    if (!__atomic_load_n(&deaf, __ATOMIC_ACQUIRE) &&
        __atomic_exchange_n(&signalled[self], false, __ATOMIC_ACQ_REL)) {
        cores_serve();
    }
    sched_yield();
}

[[noreturn]] void cpu_halt(void) {
    __atomic_add_fetch(&halted, 1, __ATOMIC_RELEASE);
    for (;;) {
        sched_yield();
    }
}

void cpu_refetch(void) {
    __atomic_add_fetch(&refetched[self], 1, __ATOMIC_RELEASE);
}

uint64_t timer_now_ns(void) {
    return 0;
}

static void *core_run(void *data) {
    self = (unsigned)(uintptr_t)data;
    core_idle();
}

static void count(void *data) {
    __atomic_add_fetch(&called[self], 1, __ATOMIC_RELEASE);
}

static unsigned calls(void) {
    unsigned sum = 0;
    for (unsigned i = 0; i < CORES; i++) {
        sum += __atomic_load_n(&called[i], __ATOMIC_ACQUIRE);
    }
    return sum;
}

static void hold(void *data) {
    fetched_before[self] = __atomic_load_n(&refetched[self], __ATOMIC_ACQUIRE);
    __atomic_add_fetch(&held, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&holding, __ATOMIC_ACQUIRE) != 0) {
        core_pause();
    }
    __atomic_sub_fetch(&held, 1, __ATOMIC_ACQ_REL);
}

static void post(unsigned index) {
    unsigned before = __atomic_load_n(&held, __ATOMIC_ACQUIRE);
    while (!core_post(index, hold, nullptr)) {
        core_pause();
    }
    while (__atomic_load_n(&held, __ATOMIC_ACQUIRE) == before) {
        core_pause();
    }
}

static void let_go(void) {
    __atomic_store_n(&holding, 0, __ATOMIC_RELEASE);
    while (__atomic_load_n(&held, __ATOMIC_ACQUIRE) != 0) {
        core_pause();
    }
}

static void test_alone(void) {
    cores_call(count, nullptr);
    cores_call_busy(count, nullptr);
    CHECK(calls() == 0);
}

/* All are called, whatever they do. */
static void test_all(void) {
    unsigned before = calls();
    cores_call(count, nullptr);
    CHECK(calls() == before + CORES - 1 && called[0] == 0);
}

/* Only those at work; the others fetch anew when they come to work. Nothing was posted before. */
static void test_busy(void) {
    unsigned before = calls();
    __atomic_store_n(&holding, 1, __ATOMIC_RELEASE);
    cores_call_busy(count, nullptr);
    CHECK(calls() == before);
    for (unsigned i = 1; i < CORES; i++) {
        unsigned mine = called[i], fetched = refetched[i];
        post(i);
        CHECK(fetched_before[i] == fetched + 1);
        cores_call_busy(count, nullptr);
        CHECK(called[i] == mine + 1 && calls() == before + i * (i + 1) / 2);
    }
    let_go();
}

/* Cores that wait stop, though no interrupt reaches them; the one that asked goes on. */
static void test_stop(void) {
    __atomic_store_n(&deaf, true, __ATOMIC_RELEASE);
    __atomic_store_n(&holding, 1, __ATOMIC_RELEASE);
    for (unsigned i = 1; i < CORES; i++) {
        post(i);
    }
    cores_stop();
    CHECK(__atomic_load_n(&halted, __ATOMIC_ACQUIRE) == CORES - 1);
    core_pause();
    CHECK(__atomic_load_n(&held, __ATOMIC_ACQUIRE) == CORES - 1);
}

int main(void) {
    test_alone();
    for (uintptr_t i = 1; i < CORES; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, nullptr, core_run, (void *)i) == 0);
        (void)pthread_detach(thread);
    }
    cores_count_set(CORES);
    for (unsigned i = 0; i < 100; i++) {
        test_all();
    }
    test_busy();
    test_all();
    test_stop();
    return check_finish("cores");
}
