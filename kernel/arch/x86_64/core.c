/* SPDX-License-Identifier: MIT */
/*
 * Cores among themselves: calls, posts, and the end.
 *
 * A call is described in the caller's own struct core; a bit per caller in `asked` of the called
 * core says that it is due there. Whoever takes the bits makes those calls and counts them off at
 * their callers. So nothing is queued or allocated, and any number of cores may call at once: each
 * that waits looks after its own bits meanwhile. What always holds: a caller's description stays
 * until its count is 0. Stores before a bit, a count or a post are seen after it (release,
 * acquire).
 */
#include "apic.h"
#include "tables.h"
#include "wake.h"
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>

constexpr uint64_t STOP_NS = 3'000'000'000;
constexpr unsigned STOP_PATIENCE = 100'000'000;

struct core cores[CORES_MAX];
static unsigned running = 1; /* atomic; changes once, in cores_start() */
static uint32_t stopper;     /* atomic; 1 + the core that stops all others; 0: none */

unsigned core_count(void) {
    return __atomic_load_n(&running, __ATOMIC_ACQUIRE);
}

unsigned core_index(void) {
    uint32_t index;
    __asm__ volatile("movl %%gs:8, %0" : "=r"(index));
    return index;
}

void cores_start(void) {
    apic_id_read(&cores[0].apic);
    unsigned count = cores_wake();
    __atomic_store_n(&running, count, __ATOMIC_RELEASE);
    timer_cores_check();
}

/* ---- calls ---- */

/* Interrupts are masked. */
static void serve(struct core *core) {
    uint64_t asked = __atomic_exchange_n(&core->asked, 0, __ATOMIC_ACQ_REL);
    for (; asked != 0; asked &= asked - 1) {
        struct core *caller = &cores[__builtin_ctzll(asked)];
        caller->call(caller->call_data);
        __atomic_sub_fetch(&caller->call_left, 1, __ATOMIC_ACQ_REL);
    }
}

void core_interrupt(void) {
    apic_end();
    serve(core_here());
}

void core_pause(void) {
    struct core *core = core_here();
    if (__atomic_load_n(&core->asked, __ATOMIC_RELAXED) != 0) {
        bool enabled = cpu_interrupts_disable();
        serve(core);
        if (enabled) {
            cpu_interrupts_enable();
        }
    }
    __asm__ volatile("pause" : : : "memory");
}

/* Where bits were set already the interrupt is on its way. */
static void ask(struct core *core, uint64_t bit) {
    if (__atomic_fetch_or(&core->asked, bit, __ATOMIC_ACQ_REL) == 0) {
        apic_send(core->apic, VECTOR_CALL);
    }
}

void cores_call(core_work *work, void *data) {
    unsigned count = core_count();
    if (count == 1 || __atomic_load_n(&stopper, __ATOMIC_RELAXED) != 0) {
        return;
    }
    bool enabled = cpu_interrupts_disable();
    struct core *core = core_here();
    ensure(!core->calling); /* work must not call in its turn */
    core->calling = true;
    core->call = work;
    core->call_data = data;
    __atomic_store_n(&core->call_left, count - 1, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < count; i++) {
        if (i != core->index) {
            ask(&cores[i], UINT64_C(1) << core->index);
        }
    }
    while (__atomic_load_n(&core->call_left, __ATOMIC_ACQUIRE) != 0) {
        core_pause();
    }
    core->calling = false;
    if (enabled) {
        cpu_interrupts_enable();
    }
}

/* ---- posts ---- */

bool core_post(unsigned index, core_work *work, void *data) {
    ensure(index < core_count());
    struct core *core = &cores[index];
    enum post expected = POST_NONE;
    if (index == 0 || !__atomic_compare_exchange_n(&core->post, &expected, POST_FILLING, false,
                                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return false;
    }
    core->post_work = work;
    core->post_data = data;
    __atomic_store_n(&core->post, POST_READY, __ATOMIC_RELEASE);
    bool enabled = cpu_interrupts_disable();
    apic_send(core->apic, VECTOR_CALL);
    if (enabled) {
        cpu_interrupts_enable();
    }
    return true;
}

/* From the look until the sleep interrupts are masked: one that comes in between ends the sleep. */
[[noreturn]] void core_idle(void) {
    struct core *core = core_here();
    for (;;) {
        cpu_interrupts_disable();
        if (__atomic_load_n(&core->post, __ATOMIC_ACQUIRE) != POST_READY) {
            cpu_wait();
            continue;
        }
        __atomic_store_n(&core->post, POST_RUNNING, __ATOMIC_RELAXED);
        cpu_interrupts_enable();
        core->post_work(core->post_data);
        __atomic_store_n(&core->post, POST_NONE, __ATOMIC_RELEASE);
    }
}

/* ---- the end ---- */

[[noreturn]] static void stop(void) {
    __atomic_store_n(&core_here()->stopped, true, __ATOMIC_RELEASE);
    cpu_halt();
}

void core_nmi(void) {
    uint32_t by = __atomic_load_n(&stopper, __ATOMIC_ACQUIRE);
    if (by != 0 && by != core_index() + 1) {
        stop();
    }
}

static bool all_stopped(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (i != core_index() && !__atomic_load_n(&cores[i].stopped, __ATOMIC_ACQUIRE)) {
            return false;
        }
    }
    return true;
}

void cores_stop(void) {
    unsigned count = core_count();
    uint32_t none = 0, me = core_index() + 1;
    cpu_interrupts_disable();
    if (!__atomic_compare_exchange_n(&stopper, &none, me, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        if (none != me) {
            stop(); /* another core was first */
        }
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (i != me - 1) {
            apic_send_nmi(cores[i].apic);
        }
    }
    uint64_t end = timer_now_ns() + STOP_NS;
    for (unsigned i = 0; i < STOP_PATIENCE && !all_stopped(count) && timer_now_ns() < end; i++) {
        __asm__ volatile("pause");
    }
}
