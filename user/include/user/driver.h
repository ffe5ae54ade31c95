/* SPDX-License-Identifier: MIT */
/*
 * What drivers have in common: registers, which are mapped where that is possible and reached
 * through the kernel where it is not.
 */
#pragma once
#include <user/birth.h>

/* The device that this driver was born with, and what it is. A machine that has none needs no
 * driver: then it exits, with 0, and whoever asks it for something learns that it is gone. */
handle_t driver_device(struct device_info *info);
/* The device is not there, although it was given: the same. */
[[noreturn]] void driver_not_needed(void);

/* One window, or range of ports. */
struct registers {
    handle_t device;
    uint32_t index;
    uintptr_t base; /* where it is mapped; 0: it is not */
};

/* `place` is where it is mapped if it can be: `room` bytes, aligned to DEVICE_PAGE; they are part
 * of the device from then on. NULL: it is not mapped, as ports cannot be. */
struct registers registers_open(handle_t device, uint32_t index, void *place, size_t room);
/* One access each. What is no such register reads as all ones. Accesses to mapped registers keep
 * their order among each other; those through the kernel order everything. */
uint8_t register_read8(const struct registers *registers, uint32_t offset);
uint16_t register_read16(const struct registers *registers, uint32_t offset);
uint32_t register_read32(const struct registers *registers, uint32_t offset);
void register_write8(const struct registers *registers, uint32_t offset, uint8_t value);
void register_write16(const struct registers *registers, uint32_t offset, uint16_t value);
void register_write32(const struct registers *registers, uint32_t offset, uint32_t value);
/* Through the kernel, mapped or not: all that was written to memory is seen by the device first. */
void register_ring32(const struct registers *registers, uint32_t offset, uint32_t value);
void register_ring16(const struct registers *registers, uint32_t offset, uint16_t value);

/* The index of the n-th resource of a kind; UINT32_MAX: there is none. */
uint32_t resource_find(const struct device_info *info, enum device_resource_kind kind, uint32_t n);
