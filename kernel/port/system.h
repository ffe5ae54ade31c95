/* SPDX-License-Identifier: MIT */
/* Clocks and randomness of the kernel's port, started once. */
#pragma once

void system_start(void);
