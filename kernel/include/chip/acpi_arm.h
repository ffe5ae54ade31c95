/* SPDX-License-Identifier: MIT */
/*
 * What ACPI tells of an Arm machine. Source: ACPI specification 6.5: 5.2.9.4 (FADT), 5.2.12.14 and
 * 5.2.12.15 (MADT: GICC, GICD), 5.2.25 (GTDT); Microsoft, "Serial Port Console Redirection Table",
 * revision 2.
 */
#pragma once
#include <abi/psci.h>
#include <chip/acpi.h>

struct acpi_arm {
    uint64_t serial;                 /* registers of the console's PL011; 0: none */
    unsigned serial_line;            /* its interrupt's number; 0: none */
    uint64_t distributor, interface; /* of a GICv2; 0: none */
    unsigned timer;                  /* the virtual timer's interrupt; 0: not told */
    enum psci_conduit psci;
};

/* What is there; what is cut off or makes no sense is left out. */
void acpi_arm_read(const struct acpi_memory *memory, uint64_t root, struct acpi_arm *out);
