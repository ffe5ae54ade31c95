/* SPDX-License-Identifier: MIT */
/* Firmware that stays: calls to it. Source: Arm PSCI 1.1 (DEN 0022), 5; SMC Calling Convention. */
#pragma once
#include "platform.h"

/* False: the machine has none. */
bool psci_find(const struct platform *platform);
/* Has a core begin at a physical address, untranslated. False: it runs already, or will not. */
bool psci_core_start(uint64_t id, uint64_t address);
/* Come back where it fails, or was not found. */
void psci_power_off(void);
void psci_reset(void);
