/* SPDX-License-Identifier: MIT */
/*
 * Which devices the machine has, as objects to be given to drivers. A device is named by its kind
 * and a number among those of its kind: "16550/0", "ps2/0"; "16550" is the first.
 */
#pragma once
#include <base/string.h>
#include <kernel/device.h>

/* When there is memory. ERR_NO_MEMORY. */
status_t devices_start(void);
/* The serial port of that name stays the kernel's: it is not there for drivers. */
void devices_keep(struct text serial);
/* The kernel's own use of it, if it has any, ends: so a serial port is silent until its driver
 * speaks, but for panics. Borrowed; there as long as the kernel is. NULL: there is none. */
struct device *devices_take(struct text name);
/* Names and what they are, for people: calls `tell` once for each. */
void devices_visit(void (*tell)(void *context, const char *name, const struct device_info *info),
                   void *context);
