/* SPDX-License-Identifier: MIT */
/*
 * The devices that a PC has, at their customary ports and lines, for drivers; and ports. Sources:
 * IBM PC AT Technical Reference; PCI Local Bus Specification 3.0, 3.2.2.3.2 (0xCF8).
 *
 * Functions of PCI devices have registers and lines wherever the firmware has put them: the host
 * bridge is given what no memory is, and all lines that PCI may use.
 */
#include "io.h"
#include <abi/bootinfo.h>
#include <arch/machine.h>
#include <base/checked.h>

constexpr uint64_t CLOCK_HZ = 1'843'200;

static const struct device_info serials[MACHINE_SERIALS] = {
    {
        .kind = "16550",
        .resource_count = 2,
        .facts = {0, CLOCK_HZ, 8},
        .resources = {{DEVICE_PORTS, 0, 0x3F8, 8}, {DEVICE_LINE, 0, 4, 1}},
    },
    {
        .kind = "16550",
        .resource_count = 2,
        .facts = {0, CLOCK_HZ, 8},
        .resources = {{DEVICE_PORTS, 0, 0x2F8, 8}, {DEVICE_LINE, 0, 3, 1}},
    },
};

static const struct device_info devices[] = {
    {
        .kind = "ps2", /* data, then command and status; keyboard, mouse */
        .resource_count = 4,
        .resources = {{DEVICE_PORTS, 0, 0x60, 1},
                      {DEVICE_PORTS, 0, 0x64, 1},
                      {DEVICE_LINE, 0, 1, 1},
                      {DEVICE_LINE, 0, 12, 1}},
    },
    {
        .kind = "rtc",
        .resource_count = 2,
        .resources = {{DEVICE_PORTS, 0, 0x70, 2}, {DEVICE_LINE, 0, 8, 1}},
    },
    {
        .kind = "pci-host", /* configuration; windows below 4 GiB; ports; lines */
        .flags = DEVICE_DMA,
        .resource_count = 4,
        .resources = {{DEVICE_PORTS, 0, 0xCF8, 8},
                      {DEVICE_WINDOW, DEVICE_MAPPABLE, 0xC000'0000, 0x3C00'0000},
                      {DEVICE_PORTS, 0, 0x1000, 0xF000},
                      {DEVICE_LINE, 0, 5, 19}},
    },
};

bool machine_serial_device(unsigned index, struct device_info *out) {
    if (index >= MACHINE_SERIALS) {
        return false;
    }
    *out = serials[index];
    return true;
}

bool machine_device(unsigned index, struct device_info *out) {
    if (index >= COUNT_OF(devices)) {
        return false;
    }
    *out = devices[index];
    return true;
}

bool machine_port_read(uint16_t port, unsigned width, uint32_t *value) {
    *value = width == 8 ? io_read8(port) : width == 16 ? io_read16(port) : io_read32(port);
    return true;
}

bool machine_port_write(uint16_t port, unsigned width, uint32_t value) {
    if (width == 8) {
        io_write8(port, (uint8_t)value);
    } else if (width == 16) {
        io_write16(port, (uint16_t)value);
    } else {
        io_write32(port, value);
    }
    return true;
}
