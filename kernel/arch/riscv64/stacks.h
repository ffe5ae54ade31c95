/* SPDX-License-Identifier: MIT */
/* The stacks of a core, each above a page that is never mapped. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum : unsigned { STACK_EXCEPTION, STACK_TWICE, STACK_INTERRUPT, STACK_COUNT };

struct stacks {
    uintptr_t kernel; /* tops */
    uintptr_t traps[STACK_COUNT];
    size_t kernel_size;
};

/* False: out of memory. They stay for good, and in place: cpu_stack_overflow() looks at them. */
bool stacks_create(struct stacks *out, size_t kernel_size);
