/* SPDX-License-Identifier: MIT */
/* What reload.c and control.c need of the pretended firmware besides <boot/firmware.h>. */
#pragma once
#include <boot/complaint.h>
#include <stdint.h>

/* Before and after an attempt. Between the two, memory below 4 GiB is mapped at its physical
 * address, and what firmware_allocate() gives is noted; firmware_fail() gives it back. */
[[nodiscard]] bool firmware_begin(struct complaint *complaint);
void firmware_fail(void);

/* firmware_allocate(), but for what the next system has no more use for. */
[[nodiscard]] bool firmware_scratch(uint64_t size, uint64_t *address);
/* [address, + size), which was not allocated meanwhile, belongs to the next system: its initrd. */
void firmware_keep(uint64_t address, uint64_t size);
/* What firmware_finish() calls once nothing can fail any more. */
void firmware_on_leaving(void (*leaving)(void));
