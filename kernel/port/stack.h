/* SPDX-License-Identifier: MIT */
/* The kernel stack of this core: mapped, with a guard page below it. */
#pragma once
#include <stdint.h>

/* Leaves the boot stack for good and goes on in `function`. */
[[noreturn]] void stack_start(void (*function)(void));
/* Does an address lie in the guard page? */
bool stack_guard_holds(uintptr_t address);
