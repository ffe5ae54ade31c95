/* SPDX-License-Identifier: MIT */
/* Registers in memory, of 32 bits: mapped as device memory, so accesses happen once, in order. */
#pragma once
#include <stdint.h>

static inline uint32_t mmio_read32(uintptr_t base, unsigned offset) {
    return *(volatile uint32_t *)(base + offset);
}

static inline void mmio_write32(uintptr_t base, unsigned offset, uint32_t value) {
    *(volatile uint32_t *)(base + offset) = value;
}
