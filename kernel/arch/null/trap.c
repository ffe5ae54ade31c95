/* SPDX-License-Identifier: MIT */
/* Exceptions that never come. A port fills a struct trap_cause and calls trap_handle(); after an
 * interrupt it calls trap_interrupted(). */
#include <arch/trap.h>

struct trap_frame {
    uintptr_t pc, sp, frame_pointer, argument;
};

uintptr_t trap_frame_pc(const struct trap_frame *frame) {
    return frame->pc;
}

uintptr_t trap_frame_sp(const struct trap_frame *frame) {
    return frame->sp;
}

uintptr_t trap_frame_pointer(const struct trap_frame *frame) {
    return frame->frame_pointer;
}

uintptr_t trap_frame_argument(const struct trap_frame *frame) {
    return frame->argument;
}

uintptr_t trap_frame_link(const struct trap_frame *frame) {
    return 0;
}

const struct trap_frame *trap_frame_keep(const struct trap_frame *frame) {
    return frame;
}

void trap_frame_redirect(struct trap_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument) {
    frame->pc = pc;
    frame->sp = sp;
    frame->argument = argument;
}

void trap_frame_print(const struct trap_frame *frame, format_sink *sink, void *context) {
    format_to(sink, context, "pc %016lx  sp %016lx  fp %016lx\n", (unsigned long)frame->pc,
              (unsigned long)frame->sp, (unsigned long)frame->frame_pointer);
}
