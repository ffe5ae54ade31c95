/* SPDX-License-Identifier: MIT */
/*
 * The kernel file: what of it goes where.
 *
 * Source: BOOTBOOT protocol specification; System V ABI (ELF64). The first PT_LOAD in the topmost
 * GiB is the kernel; at level 2 symbols of the file say where the rest of the hand-over is wanted.
 */
#pragma once
#include <base/bytes.h>
#include <boot/complaint.h>

constexpr uint16_t KERNEL_X86_64 = 62; /* ELF's number of a machine */
constexpr uint16_t KERNEL_AARCH64 = 183;
constexpr uint16_t KERNEL_RISCV64 = 243;

constexpr uint64_t KERNEL_WINDOW = 0xFFFF'FFFF'C000'0000; /* everything of it lies from here on */
constexpr uint64_t KERNEL_SIZE_MAX = 16 * 1024 * 1024;
constexpr uint32_t KERNEL_STACK_MAX = 16384;

struct kernel {
    struct bytes contents; /* what the file holds of it; the rest is zero */
    uint64_t address;      /* page aligned */
    uint64_t size;         /* in memory */
    uint64_t entry;
    uint64_t bootinfo; /* where the kernel wants these to be: symbols of it, or the defaults */
    uint64_t environment;
    uint64_t framebuffer;
    uint32_t stack_size; /* per core */
};

/* `machine` is what this loader can start. The result borrows from the file. */
[[nodiscard]] bool kernel_parse(struct bytes file, uint16_t machine, struct kernel *out,
                                struct complaint *complaint);
