/* SPDX-License-Identifier: MIT */
/* ACPI's power management timer. Source: ACPI specification 6.5, 4.8.3.3. */
#pragma once
#include <stdint.h>

constexpr uint32_t PM_TIMER_HZ = 3'579'545;

/* Does it count? */
bool pm_timer_start(uint16_t port);
uint32_t pm_timer_read(uint16_t port);
