/* SPDX-License-Identifier: MIT */
/* What the engine is to compile for in this kernel. */
#pragma once
#include <engine/target.h>

extern const struct target *const kernel_target;
