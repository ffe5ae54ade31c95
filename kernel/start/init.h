/* SPDX-License-Identifier: MIT */
/* init, the program that carries out the wiring file (doc/wiring.md): the first process when CONFIG
 * has init=PATH. */
#pragma once
#include "setting.h"

/* Its exit code; 1 when it could not be started, which the log then explains. If it traps the
 * machine stops. */
uint32_t run_init(const struct setting *setting);
