/* SPDX-License-Identifier: MIT */
/* Registers in memory: each access between two barriers for everything; loaders have the time. */
#include <boot/device.h>

uint8_t device_read8(uintptr_t address) {
    device_barrier();
    uint8_t value = *(volatile uint8_t *)address;
    device_barrier();
    return value;
}

uint16_t device_read16(uintptr_t address) {
    device_barrier();
    uint16_t value = *(volatile uint16_t *)address;
    device_barrier();
    return value;
}

uint32_t device_read32(uintptr_t address) {
    device_barrier();
    uint32_t value = *(volatile uint32_t *)address;
    device_barrier();
    return value;
}

void device_write8(uintptr_t address, uint8_t value) {
    device_barrier();
    *(volatile uint8_t *)address = value;
    device_barrier();
}

void device_write16(uintptr_t address, uint16_t value) {
    device_barrier();
    *(volatile uint16_t *)address = value;
    device_barrier();
}

void device_write32(uintptr_t address, uint32_t value) {
    device_barrier();
    *(volatile uint32_t *)address = value;
    device_barrier();
}
