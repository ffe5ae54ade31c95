/* SPDX-License-Identifier: MIT */
/* What a loader for this CPU looks for. */
#include <boot/firmware.h>
#include <boot/kernel.h>

const uint16_t firmware_machine = KERNEL_AARCH64;
const char firmware_initrd_name[] = "BOOTBOOT/AARCH64";
