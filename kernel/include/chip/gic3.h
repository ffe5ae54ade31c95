/* SPDX-License-Identifier: MIT */
/*
 * Arm's generic interrupt controller, versions 3 and 4. Lines are its interrupt numbers, from 32
 * on. Source: Arm Generic Interrupt Controller Architecture Specification, GIC version 3 and
 * version 4 (IHI 0069).
 */
#pragma once
#include <chip/interrupt_chip.h>

extern const struct interrupt_chip gic3;

constexpr size_t GIC3_REGIONS_MAX = 16;
constexpr uint64_t GIC3_DISTRIBUTOR_SIZE = 0x10000;
constexpr uint64_t GIC3_REDISTRIBUTOR_SIZE = 0x20000; /* at least */

/* What cores have of it in registers of their own; each is done by the core itself. */
struct gic3_interface {
    /* Affinities as in the upper half of GICR_TYPER: 3, 2, 1, 0, a byte each. */
    uint32_t (*affinity)(void);
    /* Every priority is let through, interrupts of group 1 come; those of group 0, too, if `fast`:
     * as fast ones. */
    void (*start)(bool fast);
    uint32_t (*claim)(void);     /* ICC_IAR1 */
    void (*end)(uint32_t);       /* ICC_EOIR1 */
    void (*send)(uint64_t);      /* ICC_SGI1R */
    void (*send_fast)(uint64_t); /* ICC_SGI0R */
};

/* Where the redistributors of some cores are. */
struct gic3_region {
    uintptr_t base;
    uint64_t size;
};

struct gic3_wiring {
    uintptr_t distributor;
    struct gic3_region regions[GIC3_REGIONS_MAX];
    size_t region_count;
    uint64_t stride; /* from one core's redistributor to the next; 0: what each says itself */
    const struct gic3_interface *interface;
    unsigned timer; /* the number of each core's own timer */
};

/* Everything masked. */
void gic3_init(const struct gic3_wiring *wiring);
