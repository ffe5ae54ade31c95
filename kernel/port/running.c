/* SPDX-License-Identifier: MIT */
/*
 * Exceptions find their owner here. In this order: a touch of a promised page is made good; a fault
 * of compiled code is its program's trap; all the rest is ours, and the end.
 */
#include "running.h"
#include "alarm.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <engine/engine.h>
#include <engine/port.h>
#include <kernel/machine.h>
#include <kernel/memory.h>
#include <kernel/panic.h>
#include <kernel/port.h>
#include <kernel/target.h>
#include <kernel/trace.h>

/* Per core. Each is written by its own core only; another reads it when it has stopped that one.
 * Where several cores run it may be gone, unless compiled code runs on its core: that code is its
 * own. */
static struct context *current[CORES_MAX];

void port_context_set(struct context *context) {
    current[core_index()] = context;
}

bool running_owns(uintptr_t address) {
    const struct context *context = current[core_index()];
    return context != nullptr && port_code_holds(address);
}

/* Where compiled code was left: by the exception itself, or through the gate or helper in which the
 * kernel now is, whose return address lies on top of the process stack. */
static bool find_exit(const struct trap_frame *registers, struct context *view) {
    uintptr_t sp = view->process_sp;
    if (registers != nullptr && running_owns(trap_frame_pc(registers))) {
        view->trap_pc = trap_frame_pc(registers);
        view->trap_sp = trap_frame_sp(registers);
        return true;
    }
    if (sp % sizeof(uintptr_t) != 0 || sp < view->stack_base || sp >= view->stack_top ||
        !memory_readable(sp)) {
        return false;
    }
    view->trap_pc = *(const uintptr_t *)sp;
    view->trap_sp = sp + kernel_target->linkage_size;
    return true;
}

size_t running_trace(const struct trap_frame *registers, struct frame *frames, size_t capacity) {
    const struct context *context = current[core_index()];
    if (context == nullptr) {
        return 0;
    }
    static struct context view; /* of the one core that panics; not on a stack that may be short */
    view = *context;
    return find_exit(registers, &view) ? context_trace(&view, frames, capacity) : 0;
}

bool running_entry(struct cpu_frame *out) {
    const struct context *context = current[core_index()];
    uintptr_t sp = context != nullptr ? context->kernel_sp : 0;
    uintptr_t frame_pointer = sp + kernel_target->entry_frame_pointer;
    uintptr_t back = sp + kernel_target->entry_return;
    if (sp == 0 || sp % sizeof(uintptr_t) != 0 || !memory_readable(frame_pointer) ||
        !memory_readable(back)) {
        return false;
    }
    *out = (struct cpu_frame){*(const uintptr_t *)frame_pointer, *(const uintptr_t *)back, nullptr};
    return true;
}

/* Could correct code fault here? Guards are not mapped and lie among the ranges. Code that is
 * stopped by the rights of a page, or anywhere else, got past the compiler: that is ours. */
static bool may_be_guard(const struct trap_cause *cause) {
    return !cause->present && !cause->execute && cause->address >= memory_layout()->ranges &&
           cause->address < memory_layout()->ranges_end;
}

static bool is_trap(struct trap_frame *frame, const struct trap_cause *cause) {
    struct context *context = current[core_index()];
    if (context == nullptr || !port_code_holds(trap_frame_pc(frame)) || cause->fatal ||
        cause->kind == TRAP_KIND_OTHER || (cause->kind == TRAP_KIND_PAGE && !may_be_guard(cause))) {
        return false;
    }
    struct fault fault = {
        .pc = trap_frame_pc(frame),
        .sp = trap_frame_sp(frame),
        .address = cause->address,
        .memory = cause->kind == TRAP_KIND_PAGE || cause->kind == TRAP_KIND_ACCESS,
    };
    struct resume resume;
    if (!context_fault(context, &fault, &resume)) {
        return false;
    }
    trap_frame_redirect(frame, resume.pc, resume.sp, resume.argument);
    return true;
}

static bool (*is_wanted)(void);

void port_alarm_start(void (*rings)(void), bool (*wanted)(void)) {
    alarm_set_handler(ALARM_CORE, rings);
    __atomic_store_n(&is_wanted, wanted, __ATOMIC_RELEASE);
}

void trap_interrupted(struct trap_frame *frame) {
    struct context *context = current[core_index()];
    bool (*wanted)(void) = __atomic_load_n(&is_wanted, __ATOMIC_ACQUIRE);
    struct resume registers = {trap_frame_pc(frame), trap_frame_sp(frame),
                               trap_frame_argument(frame)};
    bool compiled = context != nullptr && port_code_holds(registers.pc);
    if (wanted != nullptr && wanted() && compiled && context_preempt(context, &registers)) {
        trap_frame_redirect(frame, registers.pc, registers.sp, registers.argument);
    }
}

static const char *page_fault_kind(const struct trap_cause *cause) {
    const char *overflow = cpu_stack_overflow(cause->address);
    return overflow != nullptr ? overflow
           : cause->execute    ? "execution"
           : cause->write      ? "write"
                               : "read";
}

void trap_handle(struct trap_frame *frame, const struct trap_cause *cause) {
    if (cause->kind == TRAP_KIND_PAGE && !cause->present && memory_resolve(cause->address)) {
        trace_record(TRACE_FAULT, cause->address, trap_frame_pc(frame));
        return;
    }
    trace_record(TRACE_TRAP, cause->kind, trap_frame_pc(frame));
    if (is_trap(frame, cause)) {
        return;
    }
    if (cause->kind == TRAP_KIND_PAGE) {
        panic_at(frame, "page fault: %s at %016lx, %s", page_fault_kind(cause), cause->address,
                 cause->present ? "not permitted" : "not mapped");
    }
    panic_at(frame, "%s", cause->name);
}
