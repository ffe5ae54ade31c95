/* SPDX-License-Identifier: MIT */
/*
 * An I/O APIC: inputs, each of which becomes a vector of a core. Source: Intel 82093AA data sheet.
 */
#pragma once
#include <stdint.h>

struct ioapic {
    /* Registers are reached by the index and the data window at `base`; given by the owner. */
    uint32_t (*read)(uintptr_t base, unsigned offset);
    void (*write)(uintptr_t base, unsigned offset, uint32_t value);
    uintptr_t base;
    uint32_t first; /* global number of input 0 */
    uint32_t count; /* inputs; ioapic_init() finds out */
};

constexpr uint64_t IOAPIC_SIZE = 0x20; /* bytes at `base` */

/* Masks all inputs. False: nothing is there. */
bool ioapic_init(struct ioapic *ioapic);
/* What an input (0 is the first) does when it comes; it stays masked. `core` is a local APIC's id.
 */
void ioapic_route(const struct ioapic *ioapic, uint32_t input, uint8_t vector, uint8_t core,
                  bool level, bool low);
void ioapic_unmask(const struct ioapic *ioapic, uint32_t input);
void ioapic_mask(const struct ioapic *ioapic, uint32_t input);
