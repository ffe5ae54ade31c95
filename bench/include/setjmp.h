/* SPDX-License-Identifier: MIT */
/* WASI's C library has no <setjmp.h>. Lua includes it, but is told (mk/bench.mk) to stop at an
 * error instead of jumping: the benchmark makes none. */
#pragma once
