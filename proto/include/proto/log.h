/* SPDX-License-Identifier: MIT */
/* The log protocol: lines of text, each with a newline. Operations: log.def. */
#pragma once
#include <stdint.h>

enum log_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/log.def>
#undef OP
};
