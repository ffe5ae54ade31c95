/* SPDX-License-Identifier: MIT */
/*
 * Registers of devices that lie in memory, for loaders that drive devices themselves. Each access
 * is done once, with its width, and stands where it is written between all other accesses, to
 * memory that devices read and write, too. boot/device/registers.c has them,
 * boot/arch/<cpu>/device.c what depends on the CPU; a test pretends all.
 */
#pragma once
#include <stdint.h>

/* Registers below this address can be reached at it. */
extern const uint64_t device_space_end;

uint8_t device_read8(uintptr_t address);
uint16_t device_read16(uintptr_t address);
uint32_t device_read32(uintptr_t address);
void device_write8(uintptr_t address, uint8_t value);
void device_write16(uintptr_t address, uint16_t value);
void device_write32(uintptr_t address, uint32_t value);
/* What this CPU has written the device sees before what comes next; what the device has written
 * before what was read, this CPU sees from now on. */
void device_barrier(void);
