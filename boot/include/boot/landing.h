/* SPDX-License-Identifier: MIT */
/*
 * The landing: one page below 1 MiB from which all cores of an x86-64 machine enter the kernel. It
 * outlives the loader (it is told as used), so a core that is slow to leave harms nobody.
 */
#pragma once
#include <boot/firmware.h>

constexpr uint64_t LANDING_ADDRESS = 0x8000;

/* Copies the landing to its place. Before anything else here. */
void landing_prepare(void);
/* Starts the other cores, which then wait in the landing; out->count is how many came, and this
 * one. `acpi` is the XSDT or RSDT, 0 when there is none. */
void landing_start_cores(uint64_t acpi, struct cores *out);
/* Counts this core only. */
void landing_single_core(struct cores *out);
[[noreturn]] void landing_enter(const struct entry *entry);
