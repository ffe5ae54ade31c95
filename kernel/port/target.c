/* SPDX-License-Identifier: MIT */
/* The CPU that this kernel compiles for: its own. The build names it. */
#include <kernel/target.h>

#ifndef KERNEL_TARGET
#define KERNEL_TARGET target_null
#endif

const struct target *const kernel_target = &KERNEL_TARGET;
