/* SPDX-License-Identifier: MIT */
/*
 * The tables that PC firmware leaves in memory, found by their signatures.
 *
 * Sources: ACPI 6.4 section 5.2.5 (RSDP); SMBIOS 3.4 section 5.2 (entry points); Intel
 * MultiProcessor Specification 1.4 section 4.1. Anchors stand at multiples of 16 and carry
 * checksums. Each function looks through [base, base + size) of `area` and gives an address, or 0.
 */
#pragma once
#include <abi/psci.h>
#include <base/bytes.h>

/* The XSDT, or the RSDT when there is none: the table itself, not the pointer to it. */
uint64_t tables_find_acpi(struct bytes area);
/* The entry point structure; `base` is the address of the area's first byte. */
uint64_t tables_find_smbios(struct bytes area, uint64_t base);
/* The floating pointer structure. */
uint64_t tables_find_mp(struct bytes area, uint64_t base);

/* The local APICs of the cores that may be started, from the MADT (ACPI 6.4, 5.2.12.2): at most
 * `capacity`. `root` is the XSDT or RSDT, which like all tables is mapped at its address; 0 or
 * tables without an MADT give none. */
size_t tables_find_cores(uint64_t root, uint8_t *apics, size_t capacity);
/* The same for Arm: affinities (MPIDR) by the MADT (5.2.12.14), and who is asked to start them, by
 * the FADT (5.2.9.4). */
size_t tables_find_arm_cores(uint64_t root, uint64_t *ids, size_t capacity);
enum psci_conduit tables_find_psci(uint64_t root);
