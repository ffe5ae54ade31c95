/* SPDX-License-Identifier: MIT */
/*
 * ACPI's table of cores and interrupt controllers, read into something of known size. Source: ACPI
 * specification 6.5, 5.2.12 (multiple APIC description table).
 */
#pragma once
#include <chip/acpi.h>

constexpr unsigned MADT_CORES_MAX = 64;
constexpr unsigned MADT_IOAPICS_MAX = 8;
constexpr unsigned MADT_LINES = 16;

struct madt_line {  /* where a legacy line ends up */
    uint32_t input; /* global number ("GSI") */
    bool level, low;
};

struct madt_ioapic {
    uint64_t address;
    uint32_t first; /* global number of its input 0 */
};

struct madt {
    bool legacy;                    /* the machine has two 8259 as well */
    uint32_t cores[MADT_CORES_MAX]; /* local APIC ids of the enabled ones, each once */
    unsigned core_count;
    unsigned cores_left; /* enabled, but there was no room */
    struct madt_ioapic ioapics[MADT_IOAPICS_MAX];
    unsigned ioapic_count;
    struct madt_line lines[MADT_LINES];
};

/* Reads what is there; what is cut off or makes no sense is left out. */
void madt_read(const struct acpi_table *table, struct madt *out);
