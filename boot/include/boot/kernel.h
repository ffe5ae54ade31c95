/* SPDX-License-Identifier: MIT */
/*
 * The kernel file: what of it goes where.
 *
 * Source: BOOTBOOT protocol specification; System V ABI (ELF64); Microsoft, "PE Format" (PE32+). Of
 * an ELF file the first PT_LOAD in the topmost GiB is the kernel, of a PE file all its sections; at
 * level 2 symbols of the file say where the rest of the hand-over is wanted.
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

constexpr size_t KERNEL_PARTS_MAX = 32;

/* Bytes of the file, and where they go. They end within the kernel. */
struct kernel_part {
    uint64_t offset; /* from the kernel's address */
    struct bytes contents;
};

struct kernel {
    struct kernel_part parts[KERNEL_PARTS_MAX]; /* the rest is zero */
    size_t part_count;
    uint64_t address; /* page aligned */
    uint64_t size;    /* in memory */
    uint64_t entry;
    uint64_t bootinfo; /* where the kernel wants these to be: symbols of it, or the defaults */
    uint64_t environment;
    uint64_t framebuffer;
    uint32_t stack_size; /* per core */
};

/* `machine` is what this loader can start. The result borrows from the file. */
[[nodiscard]] bool kernel_parse(struct bytes file, uint16_t machine, struct kernel *out,
                                struct complaint *complaint);
