/* SPDX-License-Identifier: MIT */
/*
 * What ACPI tells of an Arm machine. Source: ACPI specification 6.5: 5.2.9.4 (FADT), 5.2.12.14,
 * 5.2.12.15 and 5.2.12.17 (MADT: GICC, GICD, GICR), 5.2.25 (GTDT); Microsoft, "Serial Port Console
 * Redirection Table", revision 2.
 */
#pragma once
#include <abi/psci.h>
#include <chip/acpi.h>

constexpr size_t ACPI_ARM_REGIONS_MAX = 16, ACPI_ARM_CORES_MAX = 64;

struct acpi_arm_region {
    uint64_t address, size;
};

struct acpi_arm {
    uint64_t serial;      /* registers of the console's PL011; 0: none */
    unsigned serial_line; /* its interrupt's number; 0: none */
    uint64_t distributor; /* of a GIC; 0: none */
    unsigned version;     /* of that; 0: not told */
    uint64_t interface;   /* of a GICv2; 0: none */
    /* Of a GICv3: where redistributors are. What is told core by core is joined where it is in one
     * piece. */
    struct acpi_arm_region redistributors[ACPI_ARM_REGIONS_MAX];
    size_t redistributor_count;
    unsigned timer; /* the virtual timer's interrupt; 0: not told */
    enum psci_conduit psci;
    uint64_t cores[ACPI_ARM_CORES_MAX]; /* MPIDR's affinities of those that may run */
    size_t core_count;
};

/* What is there; what is cut off or makes no sense is left out. */
void acpi_arm_read(const struct acpi_memory *memory, uint64_t root, struct acpi_arm *out);
