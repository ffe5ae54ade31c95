/* SPDX-License-Identifier: MIT */
/* Which interrupt controller this machine has. */
#pragma once
#include "registers.h"
#include <chip/interrupt_chip.h>

/* Found, mapped and set up; panics where there is none that is known. */
const struct interrupt_chip *controller_find(void);
