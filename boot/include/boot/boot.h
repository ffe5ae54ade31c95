/* SPDX-License-Identifier: MIT */
/* The loader's portable half: from a firmware that answers <boot/firmware.h> to the kernel. */
#pragma once

/* Loads and enters the kernel, or says what is wrong and stops. */
[[noreturn]] void boot_run(void);
