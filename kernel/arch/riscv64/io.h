/* SPDX-License-Identifier: MIT */
/*
 * Registers of devices in memory. What was stored before a write, the device sees before it; what
 * is loaded after a read, is loaded after it. (QEMU orders everything; hardware only what fences
 * say.) Source: RISC-V Unprivileged ISA, A.5 (I/O fences as Linux's readl and writel have them).
 */
#pragma once
#include <stdint.h>

#ifdef __riscv
#define IO_FENCE(before, after) __asm__ volatile("fence " #before ", " #after : : : "memory")
#else /* a test: memory that plays registers */
#define IO_FENCE(before, after) __asm__ volatile("" : : : "memory")
#endif

static inline uint32_t io_read32(uintptr_t address) {
    uint32_t value = *(volatile uint32_t *)address;
    IO_FENCE(i, r);
    return value;
}

static inline void io_write32(uintptr_t address, uint32_t value) {
    IO_FENCE(rw, o);
    *(volatile uint32_t *)address = value;
}

static inline uint8_t io_read8(uintptr_t address) {
    uint8_t value = *(volatile uint8_t *)address;
    IO_FENCE(i, r);
    return value;
}

static inline void io_write8(uintptr_t address, uint8_t value) {
    IO_FENCE(rw, o);
    *(volatile uint8_t *)address = value;
}
