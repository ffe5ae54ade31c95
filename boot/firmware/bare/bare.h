/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: the machine, either a Raspberry Pi or what a tree tells. */
#pragma once
#include <tree/device_tree.h>

/* Until firmware_finish(). */
extern struct device_tree bare_tree;
extern bool bare_has_tree;

/* Devices of a Raspberry Pi; 0: another machine. */
extern uint64_t bare_mmio;

/* Microseconds from some moment on. */
uint64_t bare_now_us(void);

/* Reads the memory map; the loader's own memory and the tree are used. False: it says too much, or
 * nothing. */
bool bare_memory_start(void);
