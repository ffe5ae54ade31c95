/* SPDX-License-Identifier: MIT */
/* The interrupt of the alarm of <arch/timer.h>: calls the handler, if there is one. */
#pragma once

void alarm_interrupt(void);
