/* SPDX-License-Identifier: MIT */
/* The program that CONFIG names: found in the initrd, started with what it is due, run to its end.
 */
#pragma once
#include "setting.h"

/* Its exit code; 134 after a trap, 1 when it could not be started, which the log then explains. */
uint32_t run_program(const struct setting *setting);
