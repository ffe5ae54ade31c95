/* SPDX-License-Identifier: MIT */
/*
 * Stands in for compiled code: when the kernel enters a program, a script of the test runs instead,
 * on the C stack, and calls the program's imports as its code would.
 */
#pragma once
#include <engine/engine.h>

extern void (*double_script)(struct context *context, struct function *function);
extern const struct frame *double_frames; /* what the next trace tells */
extern size_t double_frame_count;
