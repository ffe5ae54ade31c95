/* SPDX-License-Identifier: MIT */
/*
 * ensure(condition): what must hold or the fault is ours. On in release builds; stops the machine
 * (the kernel panics, the host port aborts). ensure_slow is for checks that cost: debug builds
 * only.
 */
#pragma once

/* Provided by whoever links base: the kernel's panic, the host port, a test. */
[[noreturn]] void ensure_failed(const char *condition, const char *file, int line);

#define ensure(condition)                                                                          \
    ((condition) ? (void)0 : ensure_failed(#condition, __FILE_NAME__, __LINE__))

#ifdef COPPER_DEBUG
#define ensure_slow(condition) ensure(condition)
#else
#define ensure_slow(condition) ((void)0)
#endif
