/* SPDX-License-Identifier: MIT */
/*
 * In front of the real kernel, for a test: makes of our loader's hand-over what other loaders for a
 * Raspberry Pi hand over, and goes on at the kernel's own entry. Fewer bits are translated, so that the
 * tables begin at a lower level; each half has a root of its own; memory is write-back by other numbers; and
 * caches are on. All cores come here. 30 bits reach 1 GiB: a Raspberry Pi's memory and devices, no more.
 *
 *     48 bits:  root [0] -> A [0] -> B -> ...      39 bits: TTBR0 is A, TTBR1 is C
 *               root [511] -> C [511] -> D -> ...  30 bits: TTBR0 is B, TTBR1 is D
 */
#define UNUSED_39 25
#define UNUSED_30 34
#define MAIR      0x4404CC      /* as the reference loader has it: no allocation is asked for */
#define SCTLR_M   1
#define SCTLR_ON  (1 | 1 << 2)
#define SCTLR_I   0x1000

        .text
        .globl  narrow_entry_30, narrow_entry_39
        .balign 256                     /* in one page */
narrow_entry_39:
        mov     x1, #UNUSED_39
        mov     x4, #1
        b       narrow
narrow_entry_30:
        mov     x1, #UNUSED_30
        mov     x4, #2
narrow: msr     daifset, #0xF
        ldr     x5, =kernel_entry
        ldr     x6, =MAIR
        mrs     x2, ttbr0_el1
        mrs     x3, ttbr1_el1
1:      ubfx    x2, x2, #12, #36        /* down by one level */
        lsl     x2, x2, #12
        ldr     x2, [x2]
        ubfx    x3, x3, #12, #36
        lsl     x3, x3, #12
        ldr     x3, [x3, #(511 * 8)]
        sub     x4, x4, #1
        cbnz    x4, 1b
        and     x2, x2, #0xFFFFFFFFF000
        and     x3, x3, #0xFFFFFFFFF000
        adr     x9, 2f
        at      s1e1r, x9
        isb
        mrs     x0, par_el1
        ubfx    x0, x0, #12, #36
        lsl     x0, x0, #12
        bfxil   x0, x9, #0, #12
        br      x0
2:      mrs     x9, sctlr_el1
        bic     x9, x9, #SCTLR_M
        msr     sctlr_el1, x9
        isb
        ic      iallu
        tlbi    vmalle1
        dsb     nsh
        isb
        msr     mair_el1, x6
        msr     ttbr0_el1, x2
        msr     ttbr1_el1, x3
        mrs     x10, tcr_el1
        bfi     x10, x1, #0, #6
        bfi     x10, x1, #16, #6
        msr     tcr_el1, x10
        isb
        mov     x10, #SCTLR_ON
        orr     x9, x9, x10
        orr     x9, x9, #SCTLR_I
        msr     sctlr_el1, x9
        isb
        br      x5
        .ltorg
