/* SPDX-License-Identifier: MIT */
/*
 * What a process is born with: its arguments, its environment and its first handles, as one record
 * that the gate `birth` copies out.
 *
 *   struct birth          header
 *   struct birth_handle   handle_count of them
 *   strings               NUL-terminated: argument_count arguments, environment_count "KEY=value",
 *                         then one name per handle, in the order of the handles
 *
 * A name says what a handle is for: "stdin", "stdout", "stderr" (protocol console), "clock",
 * "random", and for each directory given to the program the path at which it sees it (protocol
 * file). A socket (protocol socket) has the name that whoever gave it thought of.
 */
#pragma once
#include <abi/handle.h>
#include <stdint.h>

constexpr uint32_t BIRTH_MAGIC = 0x48545242; /* "BRTH" */
constexpr uint32_t BIRTH_MAX = 64 * 1024; /* bytes; more arguments than fit are refused at spawn */

enum protocol : uint32_t {
    PROTOCOL_CONSOLE = 1,
    PROTOCOL_CLOCK = 2,
    PROTOCOL_RANDOM = 3,
    PROTOCOL_FILE = 4,
    PROTOCOL_SOCKET = 5,
    PROTOCOL_KERNEL = 6,
    PROTOCOL_DEVICE = 7, /* no protocol: a device (abi/device.h) */
    PROTOCOL_STREAM = 8,
    PROTOCOL_KEYS = 9,
    PROTOCOL_SCREEN = 10,
    PROTOCOL_LOG = 11,
};

struct birth {
    uint32_t magic;
    uint32_t size; /* of the whole record, in bytes */
    uint32_t argument_count;
    uint32_t environment_count;
    uint32_t handle_count;
    uint32_t strings_size; /* bytes after the handles */
};

struct birth_handle {
    handle_t handle;
    uint32_t protocol; /* enum protocol */
};
static_assert(sizeof(struct birth) == 24 && sizeof(struct birth_handle) == 8);
