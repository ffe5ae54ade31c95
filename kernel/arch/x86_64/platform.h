/* SPDX-License-Identifier: MIT */
/* What ACPI says about this machine, found once and kept. */
#pragma once
#include <arch/mmu.h>
#include <chip/acpi.h>
#include <chip/madt.h>

struct platform {
    bool known; /* there is a MADT */
    struct madt madt;
    struct acpi_clocks clocks;
};

/* Reads the tables at the first call; needs memory. */
const struct platform *platform_get(void);

/* A page below 1 MiB that is free, and in which nothing lies that is still needed; 0: none. */
physical_t platform_low_page(void);
