/* SPDX-License-Identifier: MIT */
/* Breaking the kernel on purpose, so that tests see what it tells: fault= in CONFIG. */
#pragma once
#include <base/string.h>

/* null, ud, stack, text, execute, ensure, twice: does not return. gate: breaks when fault_in_gate()
 * is called. "": nothing happens. Any other word is logged. */
void fault_cause(struct text kind);
/* A place that is reached by a program's call of a gate. */
void fault_in_gate(void);
