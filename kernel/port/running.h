/* SPDX-License-Identifier: MIT */
/* The program whose code runs on this core. */
#pragma once
#include <arch/cpu.h>
#include <arch/trap.h>
#include <engine/context.h>
#include <stddef.h>

/* engine.c: does the arena of compiled code reach there? Takes no lock. */
bool port_code_holds(uintptr_t address);
/* The same, when one runs. */
bool running_owns(uintptr_t address);
/* Its frames, innermost first; 0 when none runs. `registers`: of the exception; NULL when there was
 * none. */
size_t running_trace(const struct trap_frame *registers, struct frame *frames, size_t capacity);
/* The frame of the kernel that entered it; false when none runs, or it cannot be told. */
bool running_entry(struct cpu_frame *out);
