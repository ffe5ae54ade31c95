/* SPDX-License-Identifier: MIT */
/* One function per way to break the kernel; their names are what a test finds in the trace. */
#include "fault.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/panic.h>

extern uint8_t kernel_text_start[];

[[gnu::noinline]] static void fault_null(void) {
    *(volatile int *)8 = 1;
}

[[gnu::noinline]] static void fault_illegal(void) {
    __builtin_trap();
}

/* Each call holds a page, so that the guard is reached and not jumped over. */
[[gnu::noinline]] static unsigned fault_stack(unsigned depth) {
    volatile uint8_t page[2048];
    page[0] = (uint8_t)depth;
    return depth == UINT32_MAX ? page[0] : fault_stack(depth + 1) + page[0];
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

static bool gate_is_armed;

static void fault_gate_arm(void) {
    gate_is_armed = true;
}

void fault_in_gate(void) {
    if (gate_is_armed) {
        fault_null();
    }
}

void fault_cause(struct text kind) {
    static const struct {
        const char *kind;
        void (*function)(void);
    } faults[] = {
        {"null", fault_null},     {"ud", fault_illegal},    {"stack", fault_stack_start},
        {"text", fault_text},     {"twice", fault_twice},   {"execute", fault_execute},
        {"ensure", fault_ensure}, {"gate", fault_gate_arm},
    };
    if (kind.size == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (text_equal(kind, text_of(faults[i].kind))) {
            faults[i].function();
            return;
        }
    }
    log_write(LOG_ERROR, "start", "fault=%.*s: nothing broke", (int)kind.size, kind.bytes);
}
