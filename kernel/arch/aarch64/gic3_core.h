/* SPDX-License-Identifier: MIT */
/* What a core has of a GICv3. */
#pragma once
#include <chip/gic3.h>

/* Can this core reach it by system registers? Firmware may have forbidden that. */
bool gic3_core_works(void);
extern const struct gic3_interface gic3_core;
