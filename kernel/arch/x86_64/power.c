/* SPDX-License-Identifier: MIT */
/*
 * Power by the fixed registers of ACPI. Source: ACPI specification 6.5, 4.8.3.2 (PM1 control),
 * 4.8.3.6 (reset).
 */
#include "io.h"
#include <abi/bootinfo.h>
#include <arch/machine.h>
#include <chip/acpi.h>
#include <kernel/memory.h>

constexpr uint16_t ACPI_MODE = 1, SLEEP_ENABLE = 1 << 13, SLEEP_TYPE = 7 << 10;
constexpr unsigned PATIENCE = 1'000'000;

static struct acpi_power power;
static bool known;

static const void *map(uint64_t physical, size_t size) {
    return physical < memory_layout()->direct_size ? memory_map_physical(physical, size, MMU_READ)
                                                   : nullptr;
}

bool machine_power_find(void) {
    const struct acpi_memory memory = {map, memory_unmap_physical};
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    known = acpi_find_power(&memory, info->arch.x86_64.acpi, &power);
    return known;
}

static void sleep(uint16_t port, uint8_t type) {
    uint16_t value = io_read16(port) & (uint16_t)~(SLEEP_TYPE | SLEEP_ENABLE);
    value |= (uint16_t)(type << 10);
    io_write16(port, value);
    io_write16(port, value | SLEEP_ENABLE);
}

static void acpi_mode_enter(void) {
    if (power.smi_command == 0 || power.enable == 0 || io_read16(power.control_a) & ACPI_MODE) {
        return;
    }
    io_write8(power.smi_command, power.enable);
    for (unsigned i = 0; i < PATIENCE && !(io_read16(power.control_a) & ACPI_MODE); i++) {
    }
}

void machine_power_off(void) {
    if (known) {
        acpi_mode_enter();
        sleep(power.control_a, power.type_a);
        if (power.control_b != 0) {
            sleep(power.control_b, power.type_b);
        }
    }
}

void machine_restart(void) {
    if (known && power.reset_register != 0 && power.reset_register <= UINT16_MAX) {
        io_write8((uint16_t)power.reset_register, power.reset_value);
        for (unsigned i = 0; i < PATIENCE / 10; i++) {
            io_read8(0x80);
        }
    }
}
