/* SPDX-License-Identifier: MIT */
/*
 * The display of virtual machines, where no firmware has set it up: a PCI function with a frame
 * buffer and a block of registers. The memory and registers are reached at their addresses.
 *
 * Sources: QEMU, docs/specs/standard-vga.rst; PCI Local Bus Specification 3.0, 6.2.5 (base
 * addresses); PCI Express, 7.2.2 (configuration space in memory).
 */
#pragma once
#include <boot/firmware.h>

/* One bus: where its configuration space is, and where its functions may be given addresses. */
struct pci_window {
    uint64_t configuration, configuration_size;
    uint64_t memory, memory_size; /* seen alike from the CPU and from the bus, below 4 GiB */
};

/* Looks for a display and sets it to this many pixels of 32 bits, or as many as it has memory for.
 * out->address is 0 when there is none. Functions that nobody has given addresses to get some of
 * the window's first. */
void bochs_display_start(const struct pci_window *window, uint32_t width, uint32_t height,
                         struct framebuffer *out);
