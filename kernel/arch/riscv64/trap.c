/* SPDX-License-Identifier: MIT */
/*
 * Exceptions as the CPU reports them, made into a struct trap_cause. It does not say whether
 * something is mapped where an access failed: the page tables do. Source: RISC-V Privileged
 * Architecture 1.12, 4.1.9 (scause), 4.3.2 (when a page fault is raised).
 *
 * Accesses that are not aligned are done by the CPU or, unseen, by the firmware, which has them
 * delegated only when asked to (SBI 3.0, FWFT: off at the start; we do not ask). Should they come
 * here all the same nobody can go on: the kernel panics. QEMU never raises one. (doc/engine.md)
 */
#include "frame.h"
#include "mmu.h"
#include <arch/core.h>
#include <arch/mmu.h>
#include <base/checked.h>
#include <kernel/trace.h>

void trap_dispatch(struct trap_frame *frame);

extern const uint8_t trap_entry[], trap_saved[];

static const char *const names[16] = {
    "misaligned instruction",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "misaligned load",
    "load access fault",
    "misaligned store",
    "store access fault",
    "user environment call",
    "environment call",
    nullptr,
    nullptr,
    "page fault",
    "page fault",
    nullptr,
    "page fault",
};

enum : uint64_t {
    ILLEGAL = 2,
    BREAKPOINT = 3,
    LOAD_MISALIGNED = 4,
    LOAD_ACCESS = 5,
    STORE_MISALIGNED = 6,
    STORE_ACCESS = 7,
    FETCH_FAULT = 12,
    LOAD_FAULT = 13,
    STORE_FAULT = 15,
};
constexpr uint64_t INTERRUPT = UINT64_C(1) << 63;

static bool is_page_fault(uint64_t cause) {
    return cause == FETCH_FAULT || cause == LOAD_FAULT || cause == STORE_FAULT;
}

static bool is_access_fault(uint64_t cause) {
    return cause >= LOAD_MISALIGNED && cause <= STORE_ACCESS;
}

static enum trap_kind kind_of(uint64_t cause) {
    return is_page_fault(cause)                      ? TRAP_KIND_PAGE
           : is_access_fault(cause)                  ? TRAP_KIND_ACCESS
           : cause == ILLEGAL || cause == BREAKPOINT ? TRAP_KIND_ILLEGAL
                                                     : TRAP_KIND_OTHER;
}

/* A translation that allows the access is there by now: this hart had remembered that there was
 * none, which the architecture lets it. */
static bool is_outdated(const struct trap_cause *cause) {
    uint32_t rights;
    return mmu_look(cause->address, &rights) && (!cause->write || (rights & MMU_WRITE)) &&
           (!cause->execute || (rights & MMU_EXECUTE));
}

/* While a frame was being made for another: that one is told. */
static bool is_double(const struct trap_frame *frame) {
    return frame->pc - (uintptr_t)trap_entry < (uintptr_t)(trap_saved - trap_entry);
}

static void exception_dispatch(struct trap_frame *frame) {
    const char *name = frame->cause < COUNT_OF(names) ? names[frame->cause] : nullptr;
    struct trap_cause cause = {
        .kind = kind_of(frame->cause),
        .name = name != nullptr ? name : "reserved exception",
    };
    if (is_double(frame)) {
        frame->pc = core_here()->pc;
        cause = (struct trap_cause){.kind = TRAP_KIND_OTHER, .name = "double fault", .fatal = true};
    } else if (cause.kind == TRAP_KIND_ACCESS) {
        cause.address = frame->value;
    } else if (cause.kind == TRAP_KIND_PAGE) {
        uint32_t rights;
        cause.address = frame->value;
        cause.write = frame->cause == STORE_FAULT;
        cause.execute = frame->cause == FETCH_FAULT;
        cause.present = mmu_look(cause.address, &rights);
        if (is_outdated(&cause)) {
            mmu_flush_all(); /* the table may be new, too */
            return;
        }
    }
    trap_handle(frame, &cause);
}

void trap_dispatch(struct trap_frame *frame) {
    if ((frame->cause & INTERRUPT) == 0) {
        exception_dispatch(frame);
    } else {
        trace_record(TRACE_INTERRUPT, frame->cause & ~INTERRUPT, 0);
        interrupt_dispatch(frame->cause & ~INTERRUPT);
        trap_interrupted(frame);
    }
}

/* Registers by number: x1 is the first in the frame. */
enum : unsigned { REGISTER_RA = 1, REGISTER_SP = 2, REGISTER_S0 = 8, REGISTER_A0 = 10 };

static uint64_t get(const struct trap_frame *frame, unsigned number) {
    return frame->x[number - 1];
}

uintptr_t trap_frame_pc(const struct trap_frame *frame) {
    return frame->pc;
}

uintptr_t trap_frame_sp(const struct trap_frame *frame) {
    return get(frame, REGISTER_SP);
}

uintptr_t trap_frame_pointer(const struct trap_frame *frame) {
    return get(frame, REGISTER_S0);
}

uintptr_t trap_frame_argument(const struct trap_frame *frame) {
    return get(frame, REGISTER_A0);
}

uintptr_t trap_frame_link(const struct trap_frame *frame) {
    return get(frame, REGISTER_RA);
}

const struct trap_frame *trap_frame_keep(const struct trap_frame *frame) {
    static struct trap_frame kept;
    kept = *frame;
    return &kept;
}

void trap_frame_redirect(struct trap_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument) {
    frame->pc = pc;
    frame->x[REGISTER_SP - 1] = sp;
    frame->x[REGISTER_A0 - 1] = argument;
}

void trap_frame_print(const struct trap_frame *frame, format_sink *sink, void *context) {
    static const char registers[31][4] = {
        "ra ", "sp ", "gp ", "tp ", "t0 ", "t1 ", "t2 ", "s0 ", "s1 ", "a0 ", "a1 ",
        "a2 ", "a3 ", "a4 ", "a5 ", "a6 ", "a7 ", "s2 ", "s3 ", "s4 ", "s5 ", "s6 ",
        "s7 ", "s8 ", "s9 ", "s10", "s11", "t3 ", "t4 ", "t5 ", "t6 ",
    };
    for (size_t i = 0; i < COUNT_OF(registers); i++) {
        format_to(sink, context, "%s %016llx%s", registers[i], (unsigned long long)frame->x[i],
                  i % 4 == 3 ? "\n" : "  ");
    }
    format_to(sink, context, "pc  %016llx\nsts %016llx  cse %016llx  val %016llx\n",
              (unsigned long long)frame->pc, (unsigned long long)frame->status,
              (unsigned long long)frame->cause, (unsigned long long)frame->value);
}
