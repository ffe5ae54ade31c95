/* SPDX-License-Identifier: MIT */
/*
 * Where the BIOS loader keeps things below 1 MiB, for C and assembler alike, and calls of the BIOS.
 *
 *     0x00000  interrupt table and BIOS data (never free)
 *     0x07000  stack of the real mode calls, grows down from 0x7C00
 *     0x07C00  boot.bin, done by now
 *     0x08000  the landing: what the cores run last, stays when all else is gone (boot/arch)
 *     0x10000  loader.bin: at most 64 KiB, so that real mode reaches all of it by one segment
 *     0x30000  .bss: stack, page tables, variables
 *     0x60000  bounce buffer of disk reads, one whole 64 KiB block
 *     0x70000  not ours
 */
#pragma once

#define BIOS_REAL_STACK 0x7C00
#define BIOS_IMAGE      0x10000
#define BIOS_BOUNCE     0x60000
#define BIOS_LOW_MEMORY 448 /* KiB that must be there: up to the end of the bounce buffer */

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/* What a call takes and gives. start.S knows the order. */
struct bios_registers {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp, flags;
    uint16_t ds, es;
};
static_assert(offsetof(struct bios_registers, ds) == 32);

constexpr uint32_t BIOS_CARRY = 1;

/* In start.S: calls interrupt `number` in real mode with interrupts on. Not reentrant. */
void bios_call(uint8_t number, struct bios_registers *registers);

/* The drive that boot.bin was read from; 0xFF when nobody told (-kernel). */
extern const uint8_t bios_drive;

/* Addresses of our own objects, all below 1 MiB, as real mode wants them. */
static inline uint16_t bios_segment(const void *object) {
    return (uint16_t)((uintptr_t)object >> 4);
}

static inline uint16_t bios_offset(const void *object) {
    return (uint16_t)((uintptr_t)object & 15);
}
#endif
