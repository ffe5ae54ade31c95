/* SPDX-License-Identifier: MIT */
/*
 * As much of ACPI as the kernel itself needs: finding tables, how to switch the machine off, and
 * where its clocks are (cores and interrupt lines: chip/madt.h). Source: ACPI specification 6.5:
 * 5.2.7 RSDT, 5.2.8 XSDT, 5.2.9 FADT, 7.4.2 \_Sx, 20.2 AML; IA-PC HPET specification 1.0a, 3.2.4.
 *
 * Tables are hostile input: lengths and checksums are looked at before contents. `root` is the
 * address of the RSDT or XSDT everywhere.
 */
#pragma once
#include <base/bytes.h>
#include <stdint.h>

constexpr size_t ACPI_HEADER_SIZE = 36;

/* How physical memory is reached. `map` returns NULL when it cannot. */
struct acpi_memory {
    const void *(*map)(uint64_t physical, size_t size);
    void (*unmap)(const void *mapped, size_t size);
};

/* A whole table, mapped; of at least ACPI_HEADER_SIZE bytes. */
struct acpi_table {
    const uint8_t *bytes;
    size_t size;
};

/* The first table of that name (four letters) whose checksum is right; to be closed. */
bool acpi_table_find(const struct acpi_memory *memory, uint64_t root, const char *name,
                     struct acpi_table *out);
/* The table at an address, whatever it is and sums up to; to be closed. */
bool acpi_table_open(const struct acpi_memory *memory, uint64_t address, struct acpi_table *out);
void acpi_table_close(const struct acpi_memory *memory, const struct acpi_table *table);
/* `width` bytes (at most 8), little endian; 0 where the table ends before. */
uint64_t acpi_table_get(const struct acpi_table *table, size_t offset, size_t width);

struct acpi_power {
    uint16_t smi_command;          /* port; 0: the machine is in ACPI mode */
    uint8_t enable;                /* what to write there to get there */
    uint16_t control_a, control_b; /* ports; control_b may be 0 */
    uint8_t type_a, type_b;        /* SLP_TYP of S5 */
    uint64_t reset_register;       /* port; 0: none */
    uint8_t reset_value;
};

/* False: no sound tables, or no S5 in them. */
bool acpi_find_power(const struct acpi_memory *memory, uint64_t root, struct acpi_power *out);

/* Searches AML for the package \_S5_. */
bool acpi_find_s5(const uint8_t *aml, size_t size, uint8_t *type_a, uint8_t *type_b);

struct acpi_clocks {
    uint64_t hpet;     /* physical address of its registers; 0: none */
    uint16_t pm_timer; /* port; 0: none */
    uint8_t pm_bits;   /* how many of them count: 24 or 32 */
};

void acpi_find_clocks(const struct acpi_memory *memory, uint64_t root, struct acpi_clocks *out);
