/* SPDX-License-Identifier: MIT */
/* Breaking the kernel on purpose, so that tests see what it tells: fault= in CONFIG. */
#pragma once
#include <base/string.h>

/* The kinds are in fault.c. Most break at once and do not return; gate, program, code, direct and
 * window break when fault_in_gate() is called. "": nothing happens. A word that is no kind is
 * logged. */
void fault_cause(struct text kind);
/* The same for the kind early, which breaks before there is a log, memory or a screen. */
void fault_cause_early(struct text kind);
/* A place that is reached by a program's call of a gate. */
void fault_in_gate(void);
