/* SPDX-License-Identifier: MIT */
/* The program whose code runs on this core. */
#pragma once
#include <engine/context.h>
#include <stddef.h>

/* Does its engine's compiled code lie there? Takes no lock. */
bool running_owns(uintptr_t address);
/* Its frames, innermost first; 0 when none runs. */
size_t running_trace(struct frame *frames, size_t capacity);
