/* SPDX-License-Identifier: MIT */
/* The screen protocol: pixels in rectangles. Operations: screen.def. */
#pragma once
#include <stdint.h>

enum screen_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/screen.def>
#undef OP
};
