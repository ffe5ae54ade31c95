/* SPDX-License-Identifier: MIT */
/*
 * What landing.c copies to memory of its own: where the other cores start (landing_core), untranslated
 * and without caches, wait until `go`, and go to the kernel; core 0 joins them at landing_core_0, at
 * address x0 of the copy. Position-independent, without a stack.
 *
 * The kernel is entered as by the protocol's first loader for this CPU: EL1 on SP_EL0, translation on
 * and caches off, so that all of memory is what is in memory: core 0 empties its caches first. (By set
 * and way: nobody else has any on. Arm ARM (DDI 0487), D7.5.9.3.)
 */
#include "el2.inc"
#include "landing.h"

/* Attributes: 0 write-back, 1 device (nGnRE), 2 not cached. */
#define MAIR 0x4404FF
#define TCR_HALF (16 | 1 << 8 | 1 << 10 | 3 << 12)
#define SCTLR_M 1
#define SCTLR_C 4
#define SCTLR_I 0x1000

        .section .rodata, "a"
        .globl  landing_start, landing_end, landing_core, landing_core_0
        .balign 2048
landing_start:
landing_core:
        go_to_el1 1f
1:      adr     x19, landing_start
        mrs     x1, mpidr_el1
        and     x1, x1, #0xFFFFFF
        mov     x20, #0                 /* our number */
        add     x2, x19, #LANDING_IDS
2:      ldr     x3, [x2, x20, lsl #3]
        cmp     x3, x1
        b.eq    3f
        add     x20, x20, #1
        cmp     x20, #LANDING_CORES
        b.lo    2b
        b       sleep
3:      mov     x2, #LANDING_ARRIVED
        add     x2, x2, x19
        mov     x3, #1
        str     x3, [x2, x20, lsl #3]
        dsb     sy
        mov     x2, #LANDING_GO
        add     x2, x2, x19
4:      wfe
        ldr     x3, [x2]
        cbz     x3, 4b
        dmb     ld
        cmp     x3, #2                  /* those who are too late stay */
        b.eq    sleep
        ldr     x3, [x19, #LANDING_COUNT]
        cmp     x20, x3
        b.lo    land
sleep:  wfi
        b       sleep

landing_core_0:
        mov     x19, x0
        msr     daifset, #0xF
        mrs     x1, currentel
        cmp     x1, #(2 << 2)
        b.ne    1f
        mrs     x1, sctlr_el2           /* firmware may have left us in EL2, translated */
        bl      caches_off
        msr     sctlr_el2, x1
        isb
        bl      caches_empty
        adr     x9, 2f
        leave_el2
1:      mrs     x1, sctlr_el1
        bl      caches_off
        msr     sctlr_el1, x1
        isb
        bl      caches_empty
2:      mov     x20, #0
        mov     x2, #LANDING_GO
        add     x2, x2, x19
        mov     x3, #1
        str     x3, [x2]
        dsb     sy
        sev

/* x19: the landing, x20: the core's number. */
land:   ic      iallu
        tlbi    vmalle1
        dsb     nsh
        isb
        msr     spsel, #0
        mov     x1, #LANDING_VECTORS
        add     x1, x1, x19
        msr     vbar_el1, x1
        mov     x1, #(3 << 20)
        msr     cpacr_el1, x1
        ldr     x1, =MAIR
        msr     mair_el1, x1
        ldr     x1, =(TCR_HALF | (TCR_HALF | 2 << 14) << 16)
        mrs     x2, id_aa64mmfr0_el1
        and     x2, x2, #15
        mov     x3, #5
        cmp     x2, x3
        csel    x2, x2, x3, lo
        orr     x1, x1, x2, lsl #32
        msr     tcr_el1, x1
        ldr     x1, [x19, #LANDING_PAGES]
        msr     ttbr0_el1, x1
        msr     ttbr1_el1, x1
        ldr     x4, [x19, #LANDING_ENTRY]
        ldr     x5, [x19, #LANDING_STACK_SIZE]
        isb
        ldr     x1, =(SCTLR_ONES | SCTLR_M)
        msr     sctlr_el1, x1
        isb
        mul     x5, x5, x20
        neg     x5, x5
        mov     sp, x5
        mov     x29, xzr
        mov     x30, xzr
        br      x4

/* Takes translation and caches out of x1. */
caches_off:
        mov     x2, #(SCTLR_M | SCTLR_C)
        orr     x2, x2, #SCTLR_I
        bic     x1, x1, x2
        ret

#include "caches.inc"
        .ltorg

        .org    landing_start + LANDING_DATA
        .org    landing_start + LANDING_VECTORS
        .rept   16                      /* an exception before the kernel has vectors of its own */
        .balign 128
10:     wfe
        b       10b
        .endr
        .balign 128
landing_end:
