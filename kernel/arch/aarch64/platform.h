/* SPDX-License-Identifier: MIT */
/*
 * Which machine this is: a Raspberry Pi, whose devices are where the hand-over says, or one that a
 * device tree describes, or else ACPI.
 */
#pragma once
#include <chip/acpi_arm.h>
#include <stdint.h>
#include <tree/device_tree.h>

constexpr uint64_t PLATFORM_MMIO_SIZE = 0x0100'0000;

struct platform {
    uint64_t mmio; /* 0: no Raspberry Pi */
    bool has_tree;
    struct device_tree tree;
    bool has_acpi; /* and no tree */
    struct acpi_arm acpi;
};

/* From the first call on; before there is memory by what the loader maps. */
const struct platform *platform_get(void);
/* Once, when there is memory: the tree is mapped by us. */
void platform_move(void);

/* Where registers are: mapped at the first call, once there is memory. Page by page; each region of
 * registers is asked for by one address. */
uintptr_t platform_map(uint64_t physical, uint64_t size);

/* The line of an interrupt as GICs are told it: kind, number, flags. False: no such kind. */
bool platform_line(const struct device_interrupt *interrupt, unsigned *line);
