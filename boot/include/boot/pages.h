/* SPDX-License-Identifier: MIT */
/*
 * The page tables that the kernel is entered with. boot/arch/<cpu>/pages.c builds them, out of
 * frames from firmware_allocate(), in memory that is mapped at its own address.
 */
#pragma once
#include <boot/complaint.h>
#include <stdint.h>

constexpr uint64_t PAGES_IDENTITY_SIZE = UINT64_C(4) << 30;

struct pages {
    uint64_t root; /* physical address */
};

/* New tables in which [0, PAGES_IDENTITY_SIZE) is mapped to itself. */
[[nodiscard]] bool pages_create(struct pages *out, struct complaint *complaint);

/* Maps [address, address + size) for reading, writing and running; whole pages. What was mapped
 * there before is refused. */
[[nodiscard]] bool pages_map(struct pages *pages, uint64_t address, uint64_t physical,
                             uint64_t size, struct complaint *complaint);
