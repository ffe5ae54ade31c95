/* SPDX-License-Identifier: MIT */
/* The stream protocol: bytes both ways, by a serial port and the like. Operations: stream.def. */
#pragma once
#include <stdint.h>

enum stream_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/stream.def>
#undef OP
};
