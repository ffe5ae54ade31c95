/* SPDX-License-Identifier: MIT */
/*
 * The display of virtual machines, where no firmware has set it up: a PCI function with a frame
 * buffer and a block of registers. The memory and registers are reached at their addresses.
 *
 * Source: QEMU, docs/specs/standard-vga.rst.
 */
#pragma once
#include <boot/firmware.h>
#include <boot/pci.h>

/* Looks for a display and sets it to this many pixels of 32 bits, or as many as it has memory for.
 * out->address is 0 when there is none. */
void bochs_display_start(struct pci_bus *bus, uint32_t width, uint32_t height,
                         struct framebuffer *out);
