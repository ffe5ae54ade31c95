/* SPDX-License-Identifier: MIT */
/*
 * The landing: one page below 1 MiB from which all cores of an x86-64 machine enter the kernel. It
 * outlives the loader (it is told as used), so a core that is slow to leave harms nobody.
 */
#pragma once
#include <boot/firmware.h>

constexpr uint64_t LANDING_ADDRESS = 0x8000;

/* How many cores the MADT lists; one when `single` or when nobody knows. `acpi` is the XSDT or
 * RSDT, 0 when there is none. */
void landing_count_cores(uint64_t acpi, bool single, struct cores *out);
/* Copies the landing to its place. Before the two below. */
void landing_prepare(void);
/* Starts the cores that were counted, which then wait in the landing, on the tables `pages` (below
 * 4 GiB); cores->count becomes how many came, and this one. */
void landing_start_cores(uint64_t pages, struct cores *cores);
[[noreturn]] void landing_enter(const struct entry *entry);
