/* SPDX-License-Identifier: MIT */
/*
 * Cores of an aarch64 machine that wait to be told where to go on: untranslated and without caches,
 * each at a word in memory, 0 as long as it is to wait, by wfe. Whoever ends before a kernel is
 * entered, firmware or the kernel that was there before, leaves them so; the landing (boot/)
 * fetches them from there.
 */
#pragma once
#include <stdint.h>

constexpr unsigned SPIN_CORES_MAX = 64;

struct spin_core {
    uint64_t id;   /* MPIDR's affinities */
    uint64_t word; /* its physical address */
};

/* None: the others, if there are any, are off, and PSCI starts them. */
extern struct spin_core spin_cores[SPIN_CORES_MAX];
extern unsigned spin_core_count;
