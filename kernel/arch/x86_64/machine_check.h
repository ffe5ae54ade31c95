/* SPDX-License-Identifier: MIT */
/* Errors that the hardware finds in itself. Each bank of registers reports for one part of it. */
#pragma once
#include <base/format.h>

/* On every core: drops what was reported before us, and has errors raise a machine check. Without
 * it they reset the machine. */
void machine_check_start(void);
/* What is reported now, a line a bank. */
void machine_check_print(format_sink *sink, void *context);
