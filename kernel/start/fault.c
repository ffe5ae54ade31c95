/* SPDX-License-Identifier: MIT */
/* One function per way to break the kernel; their names are what a test finds in the trace. */
#include "fault.h"
#include <arch/core.h>
#include <arch/fault.h>
#include <arch/timer.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/memory.h>
#include <kernel/panic.h>

extern uint8_t kernel_text_start[];

[[gnu::noinline]] static void fault_null(void) {
    *(volatile int *)8 = 1;
}

[[gnu::noinline]] static void fault_illegal(void) {
    __builtin_trap();
}

/* Touches only the low end of each frame: the guard is reached and not jumped over all the same,
 * since no frame of the kernel is as large as it. */
[[gnu::noinline]] static unsigned fault_stack(unsigned depth) {
    volatile uint8_t frame[1800];
    volatile uint8_t *place = &frame[depth % 16];
    *place = (uint8_t)depth;
    return depth == UINT32_MAX ? *place : fault_stack(depth + 1) + *place;
}

static void fault_stack_start(void) {
    log_write(LOG_ERROR, "start", "stack depth %u", fault_stack(0));
}

[[gnu::noinline]] static void fault_text(void) {
    *(volatile uint8_t *)kernel_text_start = 0xCC;
}

[[gnu::noinline]] static void fault_execute(void) {
    static uint8_t code[] = {0xC3, 0xC3, 0xC3, 0xC3};
    void (*volatile function)(void) = (void (*)(void))(uintptr_t)code;
    function();
    __asm__ volatile("" : : : "memory"); /* a call, so that its return address tells who made it */
}

[[gnu::noinline]] static void fault_ensure(void) {
    volatile int one = 1;
    ensure(one == 2);
}

/* A panic that breaks on its own way out, once. */
static void breaking_sink(void *uart, const char *bytes, size_t size) {
    static unsigned calls;
    serial_sink(uart, bytes, size);
    if (++calls == 20) {
        fault_null();
    }
}

[[gnu::noinline]] static void fault_twice(void) {
    panic_set_sink(breaking_sink, serial_find(text_of("serial0")));
    fault_illegal();
}

/* A second mapping of code, of which only a walk of the page tables can know. */
[[gnu::noinline]] static void fault_alias(void) {
    physical_t physical;
    uint32_t rights;
    ensure(space_find(&kernel_space, (uintptr_t)kernel_text_start, &physical, &rights));
    ensure(memory_map_physical(physical, PAGE_SIZE, MMU_WRITE) != nullptr);
    memory_audit();
}

/* ---- stacks ---- */

[[gnu::noinline]] static unsigned recurse(unsigned depth) {
    volatile unsigned kept = depth;
    return depth == UINT32_MAX ? kept : recurse(depth + 1) + kept;
}

/* Runs over the stack that it is called on, once. */
static void recursing_sink(void *uart, const char *bytes, size_t size) {
    static bool broken;
    if (!broken) {
        broken = true;
        recurse(0);
    }
    serial_sink(uart, bytes, size);
}

/* A panic is told on the stack of its exception. */
[[gnu::noinline]] static void fault_exception_stack(void) {
    panic_set_sink(recursing_sink, serial_find(text_of("serial0")));
    fault_illegal();
}

/* ---- the heap ---- */

constexpr size_t BLOCK_SIZE = 72;

[[gnu::noinline]] static void fault_double_free(void) {
    void *block = heap_allocate(&kernel_heap, BLOCK_SIZE);
    heap_release(&kernel_heap, block, BLOCK_SIZE);
    heap_release(&kernel_heap, block, BLOCK_SIZE);
    __asm__ volatile("" : : : "memory");
}

[[gnu::noinline]] static void fault_overrun(void) {
    volatile uint8_t *block = heap_allocate(&kernel_heap, BLOCK_SIZE);
    block[BLOCK_SIZE] = 1;
    heap_release(&kernel_heap, (void *)block, BLOCK_SIZE);
    __asm__ volatile("" : : : "memory");
}

/* ---- other cores ---- */

static void null_work(void *data) {
    fault_null();
}

[[noreturn]] static void pause_for_ever(void) {
    for (;;) {
        core_pause();
    }
}

[[gnu::noinline]] static void fault_core(void) {
    ensure(core_count() > 1 && core_post(1, null_work, nullptr));
    pause_for_ever();
}

/* All at once. */
static void meet_and_break(void *data) {
    static unsigned here;
    __atomic_add_fetch(&here, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&here, __ATOMIC_ACQUIRE) < core_count()) {
        core_pause();
    }
    fault_null();
}

[[gnu::noinline]] static void fault_all(void) {
    for (unsigned i = 1; i < core_count(); i++) {
        ensure(core_post(i, meet_and_break, nullptr));
    }
    meet_and_break(nullptr);
}

/* Of all that are interrupted core 0 breaks in the handler. */
static void break_first(void *data) {
    if (core_index() == 0) {
        fault_null();
    }
}

static void break_caller(void *delay_ns) {
    uint64_t end = timer_now_ns() + *(const uint64_t *)delay_ns;
    while (timer_now_ns() < end) {
        core_pause();
    }
    cores_call(break_first, nullptr);
}

[[gnu::noinline]] static void fault_interrupt(void) {
    static const uint64_t delay_ns = 0;
    ensure(core_count() > 1 && core_post(1, break_caller, (void *)&delay_ns));
    for (;;) {
        __asm__ volatile("" : : : "memory"); /* core_pause() would answer without the interrupt */
    }
}

/* ---- while a program waits in a gate ---- */

/* Some time later, so that the program will be running again. */
[[gnu::noinline]] static void fault_program(void) {
    static const uint64_t delay_ns = 1'000'000'000;
    ensure(core_count() > 1);
    (void)core_post(1, break_caller, (void *)&delay_ns);
}

static uintptr_t compiled_code(physical_t *physical) {
    constexpr uintptr_t STEP = 64 * 1024;
    uint32_t rights;
    for (uintptr_t at = memory_layout()->ranges; at < memory_layout()->ranges_end; at += STEP) {
        if (space_find(&kernel_space, at, physical, &rights) && rights == MMU_EXECUTE) {
            return at;
        }
    }
    panic("no compiled code");
}

[[gnu::noinline]] static void fault_code(void) {
    physical_t physical;
    *(volatile uint8_t *)compiled_code(&physical) = 0xCC;
}

[[gnu::noinline]] static void fault_direct(void) {
    physical_t physical;
    (void)compiled_code(&physical);
    *(volatile uint8_t *)memory_at(physical) = 0xCC;
}

[[gnu::noinline]] static void fault_window(void) {
    *(volatile uint8_t *)MEMORY_WINDOW_BASE = 0xCC;
}

static void (*armed)(void);

void fault_in_gate(void) {
    if (armed != nullptr) {
        armed();
    }
}

void fault_cause_early(struct text kind) {
    if (text_equal(kind, text_of("early"))) {
        fault_illegal(); /* at NULL the loader may well have mapped something */
    }
}

void fault_cause(struct text kind) {
    static const struct {
        const char *kind;
        void (*function)(void);
        bool in_gate;
    } faults[] = {
        {"null", fault_null, false},
        {"ud", fault_illegal, false},
        {"text", fault_text, false},
        {"execute", fault_execute, false},
        {"ensure", fault_ensure, false},
        {"alias", fault_alias, false},
        {"double", cpu_fault_double, false},
        {"twice", fault_twice, false},
        {"stack", fault_stack_start, false},
        {"bad-stack", cpu_fault_stack, false},
        {"exception-stack", fault_exception_stack, false},
        {"double-free", fault_double_free, false},
        {"overrun", fault_overrun, false},
        {"core", fault_core, false},
        {"all", fault_all, false},
        {"interrupt", fault_interrupt, false},
        {"program", fault_program, true},
        {"gate", fault_null, true},
        {"code", fault_code, true},
        {"direct", fault_direct, true},
        {"window", fault_window, true},
    };
    if (kind.size == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (text_equal(kind, text_of(faults[i].kind))) {
            armed = faults[i].function;
            if (!faults[i].in_gate) {
                armed();
            }
            return;
        }
    }
    log_write(LOG_ERROR, "start", "fault=%.*s: nothing broke", (int)kind.size, kind.bytes);
}
