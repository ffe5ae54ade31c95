/* SPDX-License-Identifier: MIT */
/*
 * How bytes travel on a framed serial line (CONFIG stdin=framed), which has no end and no streams
 * of its own. The console server and `copper boot` are its two ends.
 *
 *     DLE DLE      the byte DLE itself
 *     DLE END      to the machine: the end of input
 *     DLE OUTPUT   from the machine: what follows is standard output
 *     DLE ERROR    from the machine: what follows is standard error
 *     DLE LOG      from the machine: what follows is the kernel's log, on a machine with one line
 *     DLE BACK     from the machine: the log's line is over, the stream before it goes on
 *
 * What comes before the first of these is none of the program's: firmware talks there. Whoever
 * writes to the line writes both bytes of a pair at once, so that nothing comes between them.
 */
#pragma once
#include <stdint.h>

constexpr uint8_t SERIAL_DLE = 0x10;
constexpr uint8_t SERIAL_END = 0x04;
constexpr uint8_t SERIAL_OUTPUT = 0x01;
constexpr uint8_t SERIAL_ERROR = 0x02;
constexpr uint8_t SERIAL_LOG = 0x03;
constexpr uint8_t SERIAL_BACK = 0x05;
