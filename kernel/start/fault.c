/* SPDX-License-Identifier: MIT */
/* One function per way to break the kernel; their names are what a test finds in the trace. */
#include "fault.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/log.h>

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
}

[[gnu::noinline]] static void fault_ensure(void) {
    volatile int one = 1;
    ensure(one == 2);
}

void fault_cause(struct text kind) {
    static const struct {
        const char *kind;
        void (*function)(void);
    } faults[] = {
        {"null", fault_null}, {"ud", fault_illegal},      {"stack", fault_stack_start},
        {"text", fault_text}, {"execute", fault_execute}, {"ensure", fault_ensure},
    };
    if (kind.size == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (text_equal(kind, text_of(faults[i].kind))) {
            faults[i].function();
        }
    }
    log_write(LOG_ERROR, "start", "fault=%.*s: nothing broke", (int)kind.size, kind.bytes);
}
