/* SPDX-License-Identifier: MIT */
/* Clocks, for the calls that tell time and for poll_oneoff. */
#pragma once
#include "wasi.h"

/* Nanoseconds of the clock with this WASI id (which is also its number in the clock protocol).
 * ERRNO_INVAL: no such clock; ERRNO_NOTSUP: this system does not keep it. */
enum wasi_errno clock_now(uint32_t id, uint64_t *out);
