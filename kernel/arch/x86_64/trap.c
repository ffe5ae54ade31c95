/* SPDX-License-Identifier: MIT */
/*
 * Exceptions as the CPU reports them, made into a struct trap_cause. Source: Intel SDM volume 3,
 * 6.15.
 */
#include "frame.h"
#include "machine_check.h"
#include "registers.h"
#include "wake.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <base/checked.h>
#include <chip/cores.h>
#include <kernel/trace.h>

void trap_dispatch(struct trap_frame *frame);

static const char *const names[32] = {
    "divide error",
    "debug exception",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor overrun",
    "invalid TSS",
    "segment not present",
    "stack fault",
    "general protection fault",
    "page fault",
    "reserved exception",
    "x87 error",
    "alignment check",
    "machine check",
    "SIMD error",
    "virtualisation exception",
    "control protection exception",
};

enum : unsigned {
    DIVIDE = 0,
    NMI = 2,
    ILLEGAL = 6,
    DOUBLE_FAULT = 8,
    PAGE = 14,
    MACHINE_CHECK = 18,
};

static enum trap_kind kind_of(uint64_t vector) {
    return vector == PAGE      ? TRAP_KIND_PAGE
           : vector == DIVIDE  ? TRAP_KIND_ARITHMETIC
           : vector == ILLEGAL ? TRAP_KIND_ILLEGAL
                               : TRAP_KIND_OTHER;
}

static void exception_dispatch(struct trap_frame *frame) {
    if (frame->vector == NMI) {
        cores_stop_here();
    }
    const char *name = names[frame->vector];
    struct trap_cause cause = {
        .kind = kind_of(frame->vector),
        .name = name != nullptr ? name : "reserved exception",
        .fatal = frame->vector == DOUBLE_FAULT || frame->vector == MACHINE_CHECK,
    };
    if (frame->vector == PAGE) {
        __asm__ volatile("mov %%cr2, %0" : "=r"(cause.address));
        cause.present = frame->error & 1;
        cause.write = frame->error & 2;
        cause.execute = frame->error & 16;
        cause.fatal = frame->error & 8; /* a table entry that makes no sense */
    }
    trap_handle(frame, &cause);
}

void trap_dispatch(struct trap_frame *frame) {
    if (frame->vector < 32) {
        exception_dispatch(frame);
    } else {
        trace_record(TRACE_INTERRUPT, frame->vector, 0);
        interrupt_dispatch((unsigned)frame->vector);
        trap_interrupted(frame);
    }
}

uintptr_t trap_frame_pc(const struct trap_frame *frame) {
    return frame->rip;
}

uintptr_t trap_frame_sp(const struct trap_frame *frame) {
    return frame->rsp;
}

uintptr_t trap_frame_pointer(const struct trap_frame *frame) {
    return frame->rbp;
}

uintptr_t trap_frame_argument(const struct trap_frame *frame) {
    return frame->rdi;
}

uintptr_t trap_frame_link(const struct trap_frame *frame) {
    return 0;
}

const struct trap_frame *trap_frame_keep(const struct trap_frame *frame) {
    static struct trap_frame kept;
    kept = *frame;
    return &kept;
}

void trap_frame_redirect(struct trap_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument) {
    frame->rip = pc;
    frame->rsp = sp;
    frame->rdi = argument;
}

void trap_frame_print(const struct trap_frame *frame, format_sink *sink, void *context) {
    const struct {
        const char *name;
        uint64_t value;
    } registers[] = {
        {"rax", frame->rax}, {"rbx", frame->rbx}, {"rcx", frame->rcx},    {"rdx", frame->rdx},
        {"rsi", frame->rsi}, {"rdi", frame->rdi}, {"rbp", frame->rbp},    {"rsp", frame->rsp},
        {"r8 ", frame->r8},  {"r9 ", frame->r9},  {"r10", frame->r10},    {"r11", frame->r11},
        {"r12", frame->r12}, {"r13", frame->r13}, {"r14", frame->r14},    {"r15", frame->r15},
        {"rip", frame->rip}, {"cs ", frame->cs},  {"flg", frame->rflags}, {"err", frame->error},
    };
    for (size_t i = 0; i < COUNT_OF(registers); i++) {
        format_to(sink, context, "%s %016llx%s", registers[i].name,
                  (unsigned long long)registers[i].value, i % 4 == 3 ? "\n" : "  ");
    }
    uint64_t cr2, cr3;
    __asm__ volatile("mov %%cr2, %0\n\tmov %%cr3, %1" : "=r"(cr2), "=r"(cr3));
    format_to(sink, context, "cr2 %016llx  cr3 %016llx\n", (unsigned long long)cr2,
              (unsigned long long)cr3);
    if (frame->vector == MACHINE_CHECK) {
        machine_check_print(sink, context);
    }
}
