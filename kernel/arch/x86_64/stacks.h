/* SPDX-License-Identifier: MIT */
/* The stacks of a core, each above a page that is never mapped. */
#pragma once
#include "registers.h"
#include <stddef.h>

struct stacks {
    uintptr_t kernel; /* tops */
    uintptr_t exceptions[STACK_COUNT];
    size_t kernel_size;
};

/* False: out of memory. They stay for good, and in place: cpu_stack_guard() looks at them. */
bool stacks_create(struct stacks *out, size_t kernel_size);
