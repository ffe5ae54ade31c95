/* SPDX-License-Identifier: MIT */
/*
 * The landing: the code through which all cores enter the kernel, in memory of its own that is
 * mapped at its physical address. It outlives the loader (it is told as used), so a core that is
 * slow to leave harms nobody. boot/arch/<cpu>/ has it.
 */
#pragma once
#include <boot/firmware.h>

/* The page where it must lie, for whoever paints the memory map; no size: it takes what it needs
 * from firmware_allocate(), in landing_count_cores(). */
struct landing_place {
    uint64_t address, size;
};
extern const struct landing_place landing_place;

/* How many cores the machine has that landing_start_cores() can start; one when `single` or when
 * nobody knows. `words` are those of bootinfo.arch. */
void landing_count_cores(const uint64_t words[8], bool single, struct cores *out);
/* Copies the landing to its place. Before the two below; interrupts are masked from here on. */
void landing_prepare(void);
/* Starts the cores that were counted, which then wait in the landing, on the tables `pages`;
 * cores->count becomes how many came, and this one. */
void landing_start_cores(uint64_t pages, struct cores *cores);
[[noreturn]] void landing_enter(const struct entry *entry);
