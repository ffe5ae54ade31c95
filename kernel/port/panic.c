/* SPDX-License-Identifier: MIT */
/*
 * Panics. Nothing here takes memory, waits for an interrupt or trusts a pointer that it follows:
 * the stack is walked only where the page tables say that it can be read.
 */
#include "running.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <base/ensure.h>
#include <engine/context.h>
#include <engine/module.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/memory.h>
#include <kernel/panic.h>
#include <kernel/symbol.h>

constexpr unsigned FRAMES_MAX = 48;

static enum panic_action action;
static format_sink *sink;
static void *sink_context;
static unsigned depth;

void panic_set_action(enum panic_action chosen) {
    action = chosen;
}

void panic_set_sink(format_sink *chosen, void *context) {
    sink_context = context;
    sink = chosen;
}

static void put(void *context, const char *bytes, size_t size) {
    if (sink != nullptr) {
        sink(sink_context, bytes, size);
    }
    display_panic_write(bytes, size);
}

#define say(...) format_to(put, nullptr, __VA_ARGS__)

static void print_address(uintptr_t address) {
    size_t offset;
    const char *name = symbol_find(address, &offset);
    if (name != nullptr) {
        say("  %016lx  %s+0x%zx\n", address, name, offset);
    } else if (running_owns(address)) {
        say("  %016lx  (compiled code)\n", address);
    } else {
        say("  %016lx  ?\n", address);
    }
}

/* A jump to where no code is: who called left its address on the stack, if it was a call. */
static void print_jump(const struct trap_frame *registers) {
    size_t offset;
    if (registers == nullptr || symbol_find(trap_frame_pc(registers), &offset) != nullptr ||
        running_owns(trap_frame_pc(registers))) {
        return;
    }
    uintptr_t sp = trap_frame_sp(registers);
    if (sp % sizeof(uintptr_t) == 0 && memory_readable(sp)) {
        say("Perhaps called from:\n");
        print_address(*(const uintptr_t *)sp);
    }
}

static void print_stack(struct cpu_frame frame) {
    say("Stack:\n");
    for (unsigned i = 0; i < FRAMES_MAX; i++) {
        print_address(frame.return_address);
        if (running_owns(frame.return_address) || !cpu_frame_next(&frame, memory_readable)) {
            return; /* compiled code keeps no frame pointers: the engine knows its frames */
        }
    }
    say("  ...\n");
}

/* Names come from modules, and go to somebody's terminal. */
static void print_name(struct text name) {
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.bytes[i];
        put(nullptr, byte >= ' ' && byte < 0x7F ? &byte : "?", 1);
    }
}

static void print_program(const struct trap_frame *registers) {
    struct frame frames[16];
    size_t count = running_trace(registers, frames, 16);
    if (count > 0) {
        say("Program:\n");
    }
    for (size_t i = 0; i < count; i++) {
        struct text name = module_function_name(frames[i].module, frames[i].function);
        say("  ");
        print_name(name);
        say(" (function %u, offset 0x%x)\n", frames[i].function, frames[i].offset);
    }
}

static void print_log_line(void *context, const char *line, size_t size) {
    say("  ");
    put(nullptr, line, size);
}

[[noreturn]] static void finish(void) {
    switch (action) {
    case PANIC_POWEROFF:
        power_off();
    case PANIC_REBOOT:
        power_reboot();
    case PANIC_HALT:
        break;
    }
    cpu_halt();
}

/* Each part may fault in its turn; the depth then skips what was begun. */
[[noreturn]] static void tell(const struct trap_frame *registers, struct cpu_frame frame,
                              const char *format, va_list arguments) {
    cpu_interrupts_disable();
    cores_stop();
    depth++;
    if (depth > 2) {
        cpu_halt();
    }
    if (depth == 1) {
        display_panic_start();
    }
    say("\n%s: ", depth == 1 ? "Guru Meditation" : "Guru Meditation within it");
    format_list(put, nullptr, format, arguments);
    say("\n");
    if (depth > 1) {
        print_address(frame.return_address);
        finish();
    }
    display_panic_body();
    if (registers != nullptr) {
        trap_frame_print(registers, put, nullptr);
    }
    print_jump(registers);
    print_stack(frame);
    print_program(registers);
    display_panic_tail();
    say("Log:\n");
    log_replay(print_log_line, nullptr);
    say("End of meditation.\n");
    finish();
}

[[noreturn]] void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(nullptr, cpu_frame_here(), format, arguments);
}

[[noreturn]] void panic_at(const struct trap_frame *frame, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(frame, (struct cpu_frame){trap_frame_pointer(frame), trap_frame_pc(frame)}, format,
         arguments);
}

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    panic("ensure(%s) failed at %s:%d", condition, file, line);
}
