/* SPDX-License-Identifier: MIT */
/* See user/driver.h. */
#include <user/driver.h>

void driver_not_needed(void) {
    system_exit(0);
}

handle_t driver_device(struct device_info *info) {
    handle_t device = birth_find(PROTOCOL_DEVICE, nullptr);
    if (device == HANDLE_NONE) {
        driver_not_needed();
    }
    if (system_device_info(device, info, sizeof *info) != OK) {
        __builtin_trap();
    }
    return device;
}

uint32_t resource_find(const struct device_info *info, enum device_resource_kind kind, uint32_t n) {
    for (uint32_t i = 0; i < info->resource_count; i++) {
        if (info->resources[i].kind == kind && n-- == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

struct registers registers_open(handle_t device, uint32_t index, void *place, size_t room) {
    struct registers registers = {.device = device, .index = index};
    struct device_info info;
    if (place != nullptr && system_device_info(device, &info, sizeof info) == OK &&
        index < info.resource_count && info.resources[index].size <= room &&
        system_device_map(device, index, place) == OK) {
        registers.base = (uintptr_t)place;
    }
    return registers;
}

static uint32_t ask(const struct registers *registers, uint32_t offset, uint32_t width) {
    int64_t value = system_device_port(registers->device, registers->index, offset, width, 0);
    return value >= 0 ? (uint32_t)value : UINT32_MAX;
}

static void tell(const struct registers *registers, uint32_t offset, uint32_t width,
                 uint32_t value) {
    (void)system_device_port(registers->device, registers->index, offset, width | DEVICE_WRITE,
                             value);
}

uint8_t register_read8(const struct registers *registers, uint32_t offset) {
    return registers->base != 0 ? *(volatile uint8_t *)(registers->base + offset)
                                : (uint8_t)ask(registers, offset, 8);
}

uint16_t register_read16(const struct registers *registers, uint32_t offset) {
    return registers->base != 0 ? *(volatile uint16_t *)(registers->base + offset)
                                : (uint16_t)ask(registers, offset, 16);
}

uint32_t register_read32(const struct registers *registers, uint32_t offset) {
    return registers->base != 0 ? *(volatile uint32_t *)(registers->base + offset)
                                : ask(registers, offset, 32);
}

void register_write8(const struct registers *registers, uint32_t offset, uint8_t value) {
    if (registers->base != 0) {
        *(volatile uint8_t *)(registers->base + offset) = value;
    } else {
        tell(registers, offset, 8, value);
    }
}

void register_write16(const struct registers *registers, uint32_t offset, uint16_t value) {
    if (registers->base != 0) {
        *(volatile uint16_t *)(registers->base + offset) = value;
    } else {
        tell(registers, offset, 16, value);
    }
}

void register_write32(const struct registers *registers, uint32_t offset, uint32_t value) {
    if (registers->base != 0) {
        *(volatile uint32_t *)(registers->base + offset) = value;
    } else {
        tell(registers, offset, 32, value);
    }
}

void register_ring32(const struct registers *registers, uint32_t offset, uint32_t value) {
    tell(registers, offset, 32, value);
}

void register_ring16(const struct registers *registers, uint32_t offset, uint16_t value) {
    tell(registers, offset, 16, value);
}
