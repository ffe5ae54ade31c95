/* SPDX-License-Identifier: MIT */
/*
 * As much of ACPI as switching off takes. Source: ACPI specification 6.5: 5.2.7 RSDT, 5.2.8 XSDT,
 * 5.2.9 FADT, 7.4.2 \_Sx, 20.2 AML.
 *
 * Tables are hostile input: lengths and checksums are looked at before contents.
 */
#pragma once
#include <base/bytes.h>
#include <stdint.h>

/* How physical memory is reached. `map` returns NULL when it cannot. */
struct acpi_memory {
    const void *(*map)(uint64_t physical, size_t size);
    void (*unmap)(const void *mapped, size_t size);
};

struct acpi_power {
    uint16_t smi_command;          /* port; 0: the machine is in ACPI mode */
    uint8_t enable;                /* what to write there to get there */
    uint16_t control_a, control_b; /* ports; control_b may be 0 */
    uint8_t type_a, type_b;        /* SLP_TYP of S5 */
    uint64_t reset_register;       /* port; 0: none */
    uint8_t reset_value;
};

/* `root` is the address of the RSDT or XSDT. False: no sound tables, or no S5 in them. */
bool acpi_find_power(const struct acpi_memory *memory, uint64_t root, struct acpi_power *out);

/* Searches AML for the package \_S5_. */
bool acpi_find_s5(const uint8_t *aml, size_t size, uint8_t *type_a, uint8_t *type_b);
