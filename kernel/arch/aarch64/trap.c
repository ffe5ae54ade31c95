/* SPDX-License-Identifier: MIT */
/*
 * Exceptions as the CPU reports them, made into a struct trap_cause. Source: Arm ARM (DDI 0487),
 * D17.2.37 (ESR_EL1: classes, and the status codes of aborts).
 */
#include "frame.h"
#include "percpu.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <base/checked.h>
#include <chip/cores.h>
#include <kernel/trace.h>

void trap_dispatch(struct trap_frame *frame, unsigned vector);

enum : unsigned { NESTED = 4, VECTOR_KINDS = 4 }; /* vectors.S */
enum : unsigned { SYNCHRONOUS, INTERRUPT, FAST, ERROR };

enum : unsigned { /* exception classes */
                  UNKNOWN = 0x00,
                  FLOATS_OFF = 0x07,
                  ILLEGAL_STATE = 0x0E,
                  CODE_ABORT = 0x21,
                  PC_ALIGNMENT = 0x22,
                  DATA_ABORT = 0x25,
                  SP_ALIGNMENT = 0x26,
                  FLOATS = 0x2C,
                  BREAKPOINT = 0x3C,
};

static const struct {
    unsigned class;
    enum trap_kind kind;
    const char *name;
} classes[] = {
    {UNKNOWN, TRAP_KIND_ILLEGAL, "undefined instruction"},
    {FLOATS_OFF, TRAP_KIND_OTHER, "floating point is off"},
    {ILLEGAL_STATE, TRAP_KIND_OTHER, "illegal execution state"},
    {CODE_ABORT, TRAP_KIND_PAGE, "instruction abort"},
    {PC_ALIGNMENT, TRAP_KIND_OTHER, "pc alignment fault"},
    {DATA_ABORT, TRAP_KIND_PAGE, "data abort"},
    {SP_ALIGNMENT, TRAP_KIND_OTHER, "stack alignment fault"},
    {FLOATS, TRAP_KIND_ARITHMETIC, "floating-point exception"},
    {BREAKPOINT, TRAP_KIND_ILLEGAL, "breakpoint"},
};

/* Aborts whose status says neither of these are no page's doing. */
constexpr unsigned STATUS
= 0x3F, STATUS_LEVEL = 0x03;
constexpr unsigned ADDRESS_SIZE = 0x00, TRANSLATION = 0x04, PERMISSION = 0x0C, ALIGNMENT = 0x21;
constexpr unsigned EXTERNAL = 0x10; /* nobody answered, not in a walk of tables */
constexpr uint64_t WRITE = 1 << 6;

static unsigned class_of(const struct trap_frame *frame) {
    return frame->syndrome >> ESR_CLASS_SHIFT & 0x3F;
}

static void abort_fill(const struct trap_frame *frame, struct trap_cause *cause) {
    unsigned status = frame->syndrome & STATUS
    , group = status & ~STATUS_LEVEL;
    cause->address = frame->address;
    cause->execute = class_of(frame) == CODE_ABORT;
    cause->write = !cause->execute && (frame->syndrome & WRITE);
    cause->present = group == PERMISSION;
    if (group != ADDRESS_SIZE && group != TRANSLATION && group != PERMISSION) {
        bool precise = status == ALIGNMENT || status == EXTERNAL;
        cause->kind = precise && !cause->execute ? TRAP_KIND_ACCESS : TRAP_KIND_OTHER;
        cause->name = status == ALIGNMENT ? "alignment fault" : "external abort";
        cause->fatal = !precise;
    }
}

static void exception_dispatch(struct trap_frame *frame) {
    struct trap_cause cause = {.kind = TRAP_KIND_OTHER, .name = "unknown exception"};
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (classes[i].class == class_of(frame)) {
            cause.kind = classes[i].kind;
            cause.name = classes[i].name;
        }
    }
    if (cause.kind == TRAP_KIND_PAGE) {
        abort_fill(frame, &cause);
    }
    trap_handle(frame, &cause);
}

/* On the emergency stack nothing can go on: the frame of what was interrupted is below another. */
static bool stack_is_lost(const struct trap_frame *frame) {
    return (uintptr_t)frame - core_here()->exception_low >= EXCEPTION_STACK_SIZE;
}

static void lost(struct trap_frame *frame) {
    const char *overflow = cpu_stack_overflow(frame->address);
    struct trap_cause cause = {.kind = TRAP_KIND_OTHER,
                               .name = overflow != nullptr ? overflow : "exception without a stack",
                               .fatal = true};
    trap_handle(frame, &cause);
}

static void late_error(struct trap_frame *frame) {
    struct trap_cause cause = {.kind = TRAP_KIND_OTHER, .name = "system error", .fatal = true};
    trap_handle(frame, &cause);
}

void trap_dispatch(struct trap_frame *frame, unsigned vector) {
    unsigned kind = vector % VECTOR_KINDS;
    if (kind == FAST) {
        cores_stop_here();
    }
    if (vector >= NESTED && stack_is_lost(frame)) {
        lost(frame);
    }
    switch (kind) {
    case SYNCHRONOUS:
        exception_dispatch(frame);
        break;
    case INTERRUPT:
        trace_record(TRACE_INTERRUPT, 0, 0);
        interrupt_dispatch();
        trap_interrupted(frame);
        break;
    case ERROR:
        late_error(frame);
        break;
    default:
        break;
    }
}

uintptr_t trap_frame_pc(const struct trap_frame *frame) {
    return frame->pc;
}

uintptr_t trap_frame_sp(const struct trap_frame *frame) {
    return frame->sp;
}

uintptr_t trap_frame_pointer(const struct trap_frame *frame) {
    return frame->x[29];
}

uintptr_t trap_frame_argument(const struct trap_frame *frame) {
    return frame->x[0];
}

uintptr_t trap_frame_link(const struct trap_frame *frame) {
    return frame->x[30];
}

const struct trap_frame *trap_frame_keep(const struct trap_frame *frame) {
    static struct trap_frame kept;
    kept = *frame;
    return &kept;
}

void trap_frame_redirect(struct trap_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument) {
    frame->pc = pc;
    frame->sp = sp;
    frame->x[0] = argument;
}

void trap_frame_print(const struct trap_frame *frame, format_sink *sink, void *context) {
    for (unsigned i = 0; i < 31; i++) {
        format_to(sink, context, "x%-2u %016llx%s", i, (unsigned long long)frame->x[i],
                  i % 4 == 3 ? "\n" : "  ");
    }
    format_to(sink, context, "sp  %016llx\n", (unsigned long long)frame->sp);
    format_to(sink, context, "pc  %016llx  psr %016llx  esr %016llx  far %016llx\n",
              (unsigned long long)frame->pc, (unsigned long long)frame->status,
              (unsigned long long)frame->syndrome, (unsigned long long)frame->address);
}
