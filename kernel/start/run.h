/* SPDX-License-Identifier: MIT */
/* The program that CONFIG names: found in the initrd, started with what it is due, run to its end. */
#pragma once
#include "setting.h"

/* Says "copper: exit N" in the end, whatever the log level. */
void run_program(const struct setting *setting);
