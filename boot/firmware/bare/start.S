/* SPDX-License-Identifier: MIT */
/*
 * Where firmware that offers nothing enters: a flat image as Linux's for arm64, at EL2 or EL1,
 * untranslated, caches off. Two kinds of machine are told apart by where they put it: a Raspberry Pi 2
 * or 3 has memory from 0 and its devices from 0x3F000000; others have devices below 1 GiB and memory
 * above, and pass a device tree in x0.
 *
 * Before any C the addresses in the image are moved to where it is, and translation and caches are
 * switched on with tables that know no more than that: without them memory is slow, and accesses that
 * are not aligned fault. A Raspberry Pi's other cores, if they come here, wait where its firmware has
 * them wait: at a word each, from 0xD8 on.
 *
 * Sources: Linux, Documentation/arm64/booting.rst; Arm ARM (DDI 0487), D8; ELF for the Arm 64-bit
 * architecture, 5.7 (relocations).
 */
#include "../../arch/aarch64/el2.inc"

#define R_AARCH64_RELATIVE 1027
#define SPIN_TABLE 0xD8

/* As in boot/arch/aarch64/landing_code.S, but with 39 bits. */
#define MAIR 0x4404FF
#define TCR (25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
#define SCTLR_ON (SCTLR_ONES | 1 | 4 | 0x1000)
#define BLOCK_NORMAL 0x701      /* valid, shareable, accessed */
#define BLOCK_DEVICE (0x405 | 3 << 53)
#define BLOCK_SIZE 0x200000
#define GIB 0x40000000
#define PI_DEVICES_INDEX 504    /* of 512 blocks in the first GiB */

        .section .text.entry, "ax"
        .globl  start
start:
        b       1f
        .word   0
        .quad   0x80000                 /* from the start of memory */
        .quad   image_size
        .quad   0xA                     /* little endian, pages of 4 KiB, anywhere */
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .word   0

1:      mov     x20, x0
        go_to_el1 2f
2:      mrs     x1, mpidr_el1
        adr     x19, start
        mov     x2, #GIB
        cmp     x19, x2
        b.hs    3f
        ands    x1, x1, #0xFF
        b.ne    spin

        /* Addresses. */
3:      adrp    x1, image_relocations
        add     x1, x1, :lo12:image_relocations
        adrp    x2, image_relocations_end
        add     x2, x2, :lo12:image_relocations_end
4:      cmp     x1, x2
        b.hs    6f
        ldp     x3, x4, [x1]
        ldr     x5, [x1, #16]
        cmp     x4, #R_AARCH64_RELATIVE
        b.ne    5f
        add     x5, x5, x19
        str     x5, [x3, x19]
5:      add     x1, x1, #24
        b       4b
6:      adrp    x1, image_bss
        adrp    x2, image_end
7:      stp     xzr, xzr, [x1], #16
        cmp     x1, x2
        b.lo    7b

        /* Tables: level 2 in `early`, level 1 for a Raspberry Pi's first GiB behind it. */
        adrp    x21, early
        ldr     x3, =BLOCK_NORMAL
        ldr     x4, =BLOCK_DEVICE
        mov     x5, #GIB
        cmp     x19, x5
        b.lo    8f
        str     x4, [x21]               /* devices, then memory */
        add     x6, x3, x5
        str     x6, [x21, #8]
        add     x6, x6, x5
        str     x6, [x21, #16]
        add     x6, x6, x5
        str     x6, [x21, #24]
        mov     x8, #4                  /* what the loader uses of what lies above: a bus */
10:     add     x6, x6, x5
        sub     x7, x4, x3
        add     x7, x7, x6
        str     x7, [x21, x8, lsl #3]
        add     x8, x8, #1
        cmp     x8, #512
        b.lo    10b
        b       11f
8:      add     x7, x21, #4096
        orr     x6, x7, #3
        str     x6, [x21]
        add     x6, x4, x5
        str     x6, [x21, #8]           /* what the cores have of their own */
        mov     x8, #0
        mov     x9, #BLOCK_SIZE
9:      cmp     x8, #PI_DEVICES_INDEX
        csel    x10, x3, x4, lo
        madd    x10, x8, x9, x10
        str     x10, [x7, x8, lsl #3]
        add     x8, x8, #1
        cmp     x8, #512
        b.lo    9b

        /* What the cache may remember of this memory is older than what was just written. */
11:     dsb     sy
        mrs     x6, ctr_el0
        ubfx    x6, x6, #16, #4
        mov     x7, #4
        lsl     x7, x7, x6
        mov     x1, x19
        adrp    x2, image_end
12:     dc      ivac, x1
        add     x1, x1, x7
        cmp     x1, x2
        b.lo    12b
        dsb     sy
        ic      iallu
        tlbi    vmalle1
        dsb     nsh
        isb
        mov     x1, #(3 << 20)
        msr     cpacr_el1, x1
        ldr     x1, =MAIR
        msr     mair_el1, x1
        ldr     x1, =TCR
        mrs     x2, id_aa64mmfr0_el1
        and     x2, x2, #7
        orr     x1, x1, x2, lsl #32
        msr     tcr_el1, x1
        msr     ttbr0_el1, x21
        isb
        ldr     x1, =SCTLR_ON
        msr     sctlr_el1, x1
        isb
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        msr     spsel, #1
        adrp    x1, image_end
        mov     sp, x1
        mov     x29, xzr
        mov     x30, xzr
        mov     x0, x20
        b       bare_main

spin:   mov     x2, #SPIN_TABLE
13:     wfe
        ldr     x3, [x2, x1, lsl #3]
        cbz     x3, 13b
        br      x3
        .ltorg

        .text
        .balign 2048
vectors:                                /* the loader's own fault: told by number, and the end */
        .rept   16
        .balign 128
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        b       bare_trap
        .endr

        .bss
        .balign 4096
early:  .skip   2 * 4096
