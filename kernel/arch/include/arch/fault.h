/* SPDX-License-Identifier: MIT */
/* Breaking the CPU's own state on purpose, for tests (kernel/start/fault.c). None returns. */
#pragma once

/* A push to where no stack is. */
void cpu_fault_stack(void);
/* An exception that cannot be delivered: where the CPU tells such a thing apart. */
void cpu_fault_double(void);
