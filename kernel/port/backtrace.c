/* SPDX-License-Identifier: MIT */
/*
 * Stack traces. Nothing here takes memory or trusts a pointer that it follows: a frame is looked at
 * only where the page tables say that it can be read.
 *
 * Kernel code keeps frame pointers. Compiled code keeps none: the engine knows its frames, on the
 * process stack, and where on the kernel stack the program was entered; there it goes on.
 */
#include "backtrace.h"
#include "running.h"
#include <engine/module.h>
#include <kernel/line.h>
#include <kernel/memory.h>
#include <kernel/symbol.h>

constexpr unsigned FRAMES_MAX = 48;     /* that are told */
constexpr unsigned STEPS_MAX = 100'000; /* that are gone: the chain might be a circle */
constexpr size_t PROGRAM_FRAMES_MAX = 24;

struct output {
    format_sink *sink;
    void *context;
};

#define say(output, ...) format_to((output)->sink, (output)->context, __VA_ARGS__)

extern const uint8_t kernel_text_start[], kernel_end[];

/* Before the page tables are ours the kernel stands on what the loader mapped: itself. */
static bool readable(uintptr_t address) {
    return memory_direct != 0
               ? memory_readable(address)
               : address >= (uintptr_t)kernel_text_start && address < (uintptr_t)kernel_end;
}

static bool is_known(uintptr_t address) {
    size_t offset;
    return symbol_find(address, &offset) != nullptr || running_owns(address);
}

/* ---- one address ---- */

/* Calls that were inlined have no address of their own. */
static void print_kernel(const struct output *output, uintptr_t address, bool exact) {
    struct line_place places[LINE_PLACES_MAX];
    size_t offset;
    const char *name = symbol_find(address - !exact, &offset);
    size_t count = line_find(address - !exact, places);
    for (size_t i = 0; i < count && places[i].function[0] != 0; i++) {
        say(output, "  %16s  %s  %s:%u (inlined)\n", "", places[i].function, places[i].file,
            places[i].line);
    }
    say(output, "  %016lx  %s+0x%zx", address, name, offset + !exact);
    if (count > 0 && places[count - 1].function[0] == 0) {
        say(output, "  %s:%u", places[count - 1].file, places[count - 1].line);
    }
    say(output, "\n");
}

static void print_address(const struct output *output, uintptr_t address, bool exact) {
    size_t offset;
    if (symbol_find(address - !exact, &offset) != nullptr) {
        print_kernel(output, address, exact);
    } else {
        say(output, "  %016lx  %s\n", address, running_owns(address) ? "(compiled code)" : "?");
    }
}

void backtrace_print_address(uintptr_t address, bool exact, format_sink *sink, void *context) {
    print_address(&(struct output){sink, context}, address, exact);
}

/* A jump to where no code is: who called left its address where calls leave it, if it was a call.
 */
static void print_jump(const struct output *output, const struct trap_frame *interrupted) {
    if (is_known(trap_frame_pc(interrupted))) {
        return;
    }
    uintptr_t sp = trap_frame_sp(interrupted), caller = trap_frame_link(interrupted);
    if (caller == 0 && sp % sizeof(uintptr_t) == 0 && readable(sp)) {
        caller = *(const uintptr_t *)sp;
    }
    if (is_known(caller)) {
        say(output, "Perhaps called from:\n");
        print_address(output, caller, false);
    }
}

/* ---- compiled code ---- */

/* Names come from modules, and go to somebody's terminal. */
static void print_name(const struct output *output, struct text name) {
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.bytes[i];
        output->sink(output->context, byte >= ' ' && byte < 0x7F ? &byte : "?", 1);
    }
}

static void print_program(const struct output *output, const struct trap_frame *interrupted) {
    struct frame frames[PROGRAM_FRAMES_MAX];
    size_t count = running_trace(interrupted, frames, PROGRAM_FRAMES_MAX);
    if (count > 0) {
        say(output, "Program:\n");
    }
    for (size_t i = 0; i < count; i++) {
        struct text name = module_function_name(frames[i].module, frames[i].function);
        say(output, "  ");
        print_name(output, name);
        say(output, " (function %u, offset 0x%x)\n", frames[i].function, frames[i].offset);
    }
    if (count == PROGRAM_FRAMES_MAX) {
        say(output, "  ...\n");
    }
}

/* ---- all ---- */

static void print_frame(const struct output *output, const struct cpu_frame *frame, bool first) {
    if (frame->interrupted == nullptr) {
        print_address(output, frame->return_address, false);
        return;
    }
    if (!first) {
        say(output, "Interrupted:\n");
    }
    print_address(output, frame->return_address, true);
    print_jump(output, frame->interrupted);
}

static void print_repeated(const struct output *output, unsigned times) {
    if (times > 0) {
        say(output, "  ... the same %u times more\n", times);
    }
}

/* Prints frames of the kernel up to where it was called from compiled code, or interrupted it:
 * true, and *frame is that. Runaway recursion is told in short. */
static bool print_frames(const struct output *output, struct cpu_frame *frame) {
    uintptr_t last = 0;
    unsigned told = 0, same = 0;
    for (unsigned steps = 0; steps < STEPS_MAX && told < FRAMES_MAX; steps++) {
        if (frame->interrupted == nullptr && frame->return_address == last) {
            same++;
        } else {
            print_repeated(output, same);
            same = 0;
            print_frame(output, frame, told++ == 0);
            last = frame->return_address;
        }
        if (running_owns(frame->return_address)) {
            return true;
        }
        if (!cpu_frame_next(frame, readable)) {
            print_repeated(output, same);
            return false;
        }
    }
    print_repeated(output, same);
    say(output, "  ...\n");
    return false;
}

void backtrace_print(struct cpu_frame frame, format_sink *sink, void *context) {
    const struct output output = {sink, context};
    say(&output, "Stack:\n");
    if (!print_frames(&output, &frame)) {
        return;
    }
    print_program(&output, frame.interrupted);
    if (running_entry(&frame)) {
        say(&output, "Entered from:\n");
        print_frames(&output, &frame);
    }
}
