/* SPDX-License-Identifier: MIT */
/* How we got here, for panics: frames of the kernel with source lines, of interrupted code, of
 * compiled code with the names of its module, and of the kernel again that entered it. */
#pragma once
#include <arch/cpu.h>
#include <base/format.h>

void backtrace_print(struct cpu_frame frame, format_sink *sink, void *context);
/* One address of the kernel or of compiled code. `exact`: of an instruction; else a return address,
 * whose call is told. */
void backtrace_print_address(uintptr_t address, bool exact, format_sink *sink, void *context);
