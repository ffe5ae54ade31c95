/* SPDX-License-Identifier: MIT */
/* The console protocol: a stream of bytes to a terminal, a file or a pipe. Operations: console.def.
 */
#pragma once
#include <stdint.h>

enum console_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/console.def>
#undef OP
};

enum console_kind : uint32_t {
    CONSOLE_STREAM = 0,   /* bytes without a position */
    CONSOLE_TERMINAL = 1, /* someone may be watching: programs flush lines */
    CONSOLE_FILE = 2,     /* standard input or output is a file of the host */
};

constexpr uint32_t CONSOLE_READY_READ = 1;
constexpr uint32_t CONSOLE_READY_WRITE = 2;

enum console_mode : uint32_t {
    CONSOLE_LINES =
        0, /* edited, echoed, read when a line is whole; Ctrl-C interrupts, Ctrl-D ends */
    CONSOLE_KEYS = 1, /* bytes as they come, not echoed; Ctrl-C interrupts */
    CONSOLE_RAW = 2,  /* the same, and Ctrl-C is byte 3 */
};

/* The badges of a program's three handles on the console server. */
enum console_badge : uint8_t { CONSOLE_INPUT = 1, CONSOLE_OUTPUT = 2, CONSOLE_ERROR = 3 };

/* The badge of whoever the terminal belongs to: reads, writes without the filter, sets the mode,
 * controls. */
constexpr uint8_t CONSOLE_OWNER = 4;
