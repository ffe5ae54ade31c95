/* SPDX-License-Identifier: MIT */
/*
 * The kernel protocol: what is no gate because not everyone may do it, or because it is seldom
 * done. Operations: kernel.def.
 */
#pragma once
#include <stdint.h>

enum kernel_operation : uint32_t {
#define OP(name, number, right, text) name = (number),
#include <proto/kernel.def>
#undef OP
};

/* Bits of a handle's badge. */
enum kernel_right : uint32_t {
    KERNEL_MAY_LOG = 1,
    KERNEL_MAY_WATCH = 2, /* processes, memory, modules, log and trace */
    KERNEL_MAY_END = 4,
    KERNEL_MAY_POWER = 8,
    KERNEL_MAY_TIME = 16,
    KERNEL_MAY_RANDOM = 32,
    KERNEL_MAY_FILES = 64,
    KERNEL_MAY_DEVICES = 128,
    KERNEL_MAY_SHOW = 256, /* on the kernel's screen */
    KERNEL_MAY_ALL = 511,
};

enum kernel_power : uint32_t { KERNEL_POWER_OFF = 1, KERNEL_POWER_REBOOT = 2 };

constexpr uint32_t KERNEL_PATH_MAX = 512;   /* bytes of a payload: a path, a line ... */
constexpr uint32_t KERNEL_RANDOM_MAX = 256; /* bytes at a time */
constexpr uint32_t KERNEL_TRACE_MAX = 64;   /* events at a time */
constexpr uint32_t KERNEL_LIST_MAX = 32;    /* processes at a time */
constexpr uint32_t KERNEL_TEXT_MAX = 8192;  /* bytes of a text that is answered */

/* Bytes of physical memory. */
struct kernel_memory {
    uint64_t total;
    uint64_t free;     /* not handed out */
    uint64_t promised; /* of the free, to those who have not touched it yet */
    uint64_t tables, heap, code, programs, stacks, devices; /* handed out, for what */
};

/* What the engine has done so far. */
struct kernel_modules {
    uint64_t functions_compiled;
    uint64_t bytes_compiled; /* of wasm */
    uint64_t code_bytes;     /* of machine code that is there */
    uint64_t compile_time_ns;
    uint64_t cache_hits, cache_misses, cache_evictions;
};

enum kernel_file_kind : uint32_t {
    KERNEL_FILE_REGULAR,
    KERNEL_FILE_HARD_LINK, /* another name of an entry before it, the target */
    KERNEL_FILE_SYMLINK,
    KERNEL_FILE_DIRECTORY,
    KERNEL_FILE_OTHER,
};

/* An entry of the initrd, as base/archive.h has it; the texts of name and target follow, and zeros
 * up to a multiple of 8 bytes. */
struct kernel_file {
    uint64_t header, place, size; /* where its header and its bytes are */
    uint64_t modification_s;
    uint64_t file; /* which file it is, if it is `shared`: one of several names */
    enum kernel_file_kind kind;
    uint32_t shared;
    uint32_t name_size, target_size;
};
static_assert(sizeof(struct kernel_file) == 56);
