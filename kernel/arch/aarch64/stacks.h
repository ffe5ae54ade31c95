/* SPDX-License-Identifier: MIT */
/* The stacks of a core, each above a page that is never mapped. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct stacks {
    uintptr_t kernel, exception, emergency; /* tops */
    size_t kernel_size;
};

/* False: out of memory. They stay for good, and in place: cpu_stack_overflow() looks at them. */
bool stacks_create(struct stacks *out, size_t kernel_size);
