/* SPDX-License-Identifier: MIT */
/*
 * Calls, posts, and the end.
 *
 * A call is described in the caller's own link; a bit per caller in `asked` of the called core says
 * that it is due there. Whoever takes the bits makes those calls and counts them off at their
 * callers. So nothing is queued or allocated, and any number of cores may call at once: each that
 * waits looks after its own bits meanwhile. What always holds: a caller's description stays until
 * its count is 0. Stores before a bit, a count or a post are seen after it (release, acquire).
 */
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <chip/cores.h>

constexpr uint64_t STOP_NS = 3'000'000'000;
constexpr unsigned STOP_PATIENCE = 100'000'000;

/* What another core asks this one to do when it is idle. */
enum post : uint32_t { POST_NONE, POST_FILLING, POST_READY, POST_RUNNING };

static struct [[gnu::aligned(64)]] link {
    bool calling; /* within cores_call() */
    bool stopped; /* atomic; for ever */

    uint64_t asked; /* atomic; bit n: core n waits for its call to be made here */
    core_work *call;
    void *call_data;
    uint32_t call_left; /* atomic; cores that have not made it yet */

    enum post post; /* atomic */
    core_work *post_work;
    void *post_data;
} links[CORES_MAX];
static_assert(CORES_MAX <= 64, "a bit for each");

static unsigned running = 1; /* atomic; changes once */
static uint32_t stopper;     /* atomic; 1 + the core that stops all others; 0: none */

unsigned core_count(void) {
    return __atomic_load_n(&running, __ATOMIC_ACQUIRE);
}

void cores_count_set(unsigned count) {
    __atomic_store_n(&running, count, __ATOMIC_RELEASE);
}

/* ---- calls ---- */

/* Interrupts are masked. */
void cores_serve(void) {
    uint64_t asked = __atomic_exchange_n(&links[core_index()].asked, 0, __ATOMIC_ACQ_REL);
    for (; asked != 0; asked &= asked - 1) {
        struct link *caller = &links[__builtin_ctzll(asked)];
        caller->call(caller->call_data);
        __atomic_sub_fetch(&caller->call_left, 1, __ATOMIC_ACQ_REL);
    }
}

/* Also a core that no interrupt reaches ends here when all are to stop. */
void core_pause(void) {
    cores_stop_here();
    if (__atomic_load_n(&links[core_index()].asked, __ATOMIC_RELAXED) != 0) {
        bool enabled = cpu_interrupts_disable();
        cores_serve();
        if (enabled) {
            cpu_interrupts_enable();
        }
    }
    core_relax();
}

/* Where bits were set already the interrupt is on its way. */
static void ask(unsigned index, uint64_t bit) {
    if (__atomic_fetch_or(&links[index].asked, bit, __ATOMIC_ACQ_REL) == 0) {
        core_signal(index);
    }
}

static uint64_t all_cores(unsigned count) {
    return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

/* Those that are at work, after all that was stored before. A core that is taken for idle has yet
 * to store that it is not, and what is done then comes after both. */
static uint64_t busy_cores(unsigned count) {
    uint64_t busy = all_cores(count);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (unsigned i = 1; i < count; i++) {
        if (__atomic_load_n(&links[i].post, __ATOMIC_SEQ_CST) != POST_RUNNING) {
            busy &= ~(UINT64_C(1) << i);
        }
    }
    return busy;
}

/* Interrupts are masked. */
static void call(struct link *core, uint64_t which, core_work *work, void *data) {
    ensure(!core->calling); /* work must not call in its turn */
    core->calling = true;
    core->call = work;
    core->call_data = data;
    __atomic_store_n(&core->call_left, (uint32_t)__builtin_popcountll(which), __ATOMIC_RELAXED);
    for (; which != 0; which &= which - 1) {
        ask((unsigned)__builtin_ctzll(which), UINT64_C(1) << (core - links));
    }
    while (__atomic_load_n(&core->call_left, __ATOMIC_ACQUIRE) != 0) {
        core_pause();
    }
    core->calling = false;
}

static void call_of(uint64_t (*choose)(unsigned count), core_work *work, void *data) {
    unsigned count = core_count();
    if (count == 1 || __atomic_load_n(&stopper, __ATOMIC_RELAXED) != 0) {
        return;
    }
    bool enabled = cpu_interrupts_disable();
    unsigned self = core_index();
    call(&links[self], choose(count) & ~(UINT64_C(1) << self), work, data);
    if (enabled) {
        cpu_interrupts_enable();
    }
}

void cores_call(core_work *work, void *data) {
    call_of(all_cores, work, data);
}

void cores_call_busy(core_work *work, void *data) {
    call_of(busy_cores, work, data);
}

void core_wake(unsigned index) {
    bool enabled = cpu_interrupts_disable();
    core_signal(index);
    if (enabled) {
        cpu_interrupts_enable();
    }
}

/* ---- posts ---- */

bool core_post(unsigned index, core_work *work, void *data) {
    ensure(index < core_count());
    struct link *core = &links[index];
    enum post expected = POST_NONE;
    if (index == 0 || !__atomic_compare_exchange_n(&core->post, &expected, POST_FILLING, false,
                                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return false;
    }
    core->post_work = work;
    core->post_data = data;
    __atomic_store_n(&core->post, POST_READY, __ATOMIC_RELEASE);
    core_wake(index);
    return true;
}

/* From the look until the sleep interrupts are masked: one that comes in between ends the sleep. */
[[noreturn]] void core_idle(void) {
    struct link *core = &links[core_index()];
    for (;;) {
        cpu_interrupts_disable();
        if (__atomic_load_n(&core->post, __ATOMIC_ACQUIRE) != POST_READY) {
            cpu_wait();
            continue;
        }
        __atomic_store_n(&core->post, POST_RUNNING, __ATOMIC_SEQ_CST);
        cpu_refetch(); /* cores_call_busy() has asked nothing of this core */
        cpu_interrupts_enable();
        core->post_work(core->post_data);
        __atomic_store_n(&core->post, POST_NONE, __ATOMIC_RELEASE);
    }
}

/* ---- the end ---- */

[[noreturn]] static void stop(void) {
    __atomic_store_n(&links[core_index()].stopped, true, __ATOMIC_RELEASE);
    cpu_halt();
}

void cores_stop_here(void) {
    if (__atomic_load_n(&stopper, __ATOMIC_RELAXED) == 0) {
        return;
    }
    uint32_t by = __atomic_load_n(&stopper, __ATOMIC_ACQUIRE);
    if (by != 0 && by != core_index() + 1) {
        stop();
    }
}

static bool all_stopped(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (i != core_index() && !__atomic_load_n(&links[i].stopped, __ATOMIC_ACQUIRE)) {
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
            core_signal_stop(i);
        }
    }
    uint64_t end = timer_now_ns() + STOP_NS;
    for (unsigned i = 0; i < STOP_PATIENCE && !all_stopped(count) && timer_now_ns() < end; i++) {
        core_relax();
    }
}
