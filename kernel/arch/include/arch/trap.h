/* SPDX-License-Identifier: MIT */
/*
 * Exceptions: the port turns what its CPU reports into a struct trap_cause and calls
 * trap_handle(), on a stack of the exception's own and with interrupts masked.
 */
#pragma once
#include <base/format.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame; /* the interrupted registers; the port's own */

enum trap_kind : uint8_t {
    TRAP_KIND_PAGE,       /* a memory access that the page tables do not allow */
    TRAP_KIND_ARITHMETIC, /* division by zero or overflow of a division */
    TRAP_KIND_ILLEGAL,    /* an instruction that is none */
    TRAP_KIND_ACCESS,     /* an access that the page tables allow, and a device's registers do not:
                             misaligned, or where nothing answers */
    TRAP_KIND_OTHER,      /* never a program's doing */
};

struct trap_cause {
    enum trap_kind kind;
    const char *name;  /* for people: "page fault" */
    uintptr_t address; /* TRAP_KIND_PAGE, _ACCESS: what was accessed */
    bool write, execute, present;
    bool fatal; /* the machine's state is lost: no resumption */
};

/* Provided by kernel/port: returns when the interrupted code is to go on, as *frame then says. */
void trap_handle(struct trap_frame *frame, const struct trap_cause *cause);

/* Provided by kernel/port: after each interrupt, on its stack and with interrupts masked, once its
 * handlers have run and its controller knows. May change where *frame goes on. */
void trap_interrupted(struct trap_frame *frame);

uintptr_t trap_frame_pc(const struct trap_frame *frame);
uintptr_t trap_frame_sp(const struct trap_frame *frame);
uintptr_t trap_frame_pointer(const struct trap_frame *frame);
/* What the first C argument's register held. */
uintptr_t trap_frame_argument(const struct trap_frame *frame);
/* Where a call that has only just come here would return to; 0: that lies on top of the stack. */
uintptr_t trap_frame_link(const struct trap_frame *frame);
/* A copy that stays when the exception's stack is used again: one per machine, for a panic. */
const struct trap_frame *trap_frame_keep(const struct trap_frame *frame);
/* Where to go on, with a first C argument. */
void trap_frame_redirect(struct trap_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument);
/* All registers, in lines. */
void trap_frame_print(const struct trap_frame *frame, format_sink *sink, void *context);
