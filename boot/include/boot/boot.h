/* SPDX-License-Identifier: MIT */
/* The loader's portable half: from a firmware that answers <boot/firmware.h> to the kernel. */
#pragma once
#include <boot/complaint.h>
#include <boot/firmware.h>

/* Loads the kernel and lays everything out for it. After true only firmware_enter() may follow. */
[[nodiscard]] bool boot_load(struct entry *out, struct complaint *complaint);

/* Loads and enters the kernel, or says what is wrong and stops. */
[[noreturn]] void boot_run(void);
