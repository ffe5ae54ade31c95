/* SPDX-License-Identifier: MIT */
/* The random protocol: bytes fit for keys. Operations: random.def. */
#pragma once
#include <stdint.h>

enum random_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/random.def>
#undef OP
};
