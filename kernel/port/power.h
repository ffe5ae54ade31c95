/* SPDX-License-Identifier: MIT */
/* Switching the machine off, or starting it anew. */
#pragma once
#include <stdint.h>

/* Reads what the firmware's tables say about it; without them power_off() only halts. */
void power_start(void);
[[noreturn]] void power_off(void);
[[noreturn]] void power_reboot(void);
