/* SPDX-License-Identifier: MIT */
/*
 * Where firmware of machine mode (OpenSBI) or a boot loader enters: a header as Linux's images for
 * riscv64 have it, whose first word is a jump. Supervisor mode, untranslated, a0 the hart's id, a1
 * the device tree; one hart. But a second one may come: firmware that marks a hart as started before
 * it says where (OpenSBI before 1.3) sends one that was just about to wait here, with the arguments of
 * the first. Such a hart goes where all others were sent.
 *
 * Source: Linux, Documentation/riscv/boot-image-header.rst, version 0.2; OpenSBI 1.1, sbi_hsm.c.
 */
    .section .text.entry, "ax"
    .globl  start
start:
    j       1f
    .balign 4
    .word   0
    .dword  0x200000                /* from the start of memory, where nobody else is */
    .dword  image_size
    .dword  0                       /* little endian */
    .word   2                       /* version 0.2 */
    .word   0
    .dword  0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\005"
    .word   0

    .balign 4
1:  csrw    sie, zero
    csrci   sstatus, 2
    lla     t0, entered
    li      t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    bnez    t1, late
    call    image_relocate
    lla     t0, image_bss
    lla     t1, image_end
2:  sd      zero, (t0)
    addi    t0, t0, 8
    bltu    t0, t1, 2b
    lla     sp, image_end
    li      s0, 0
    li      ra, 0
    lla     t0, trap
    csrw    stvec, t0
    tail    sbi_main

    .balign 4
trap:                               /* the loader's own fault: told by number, and the end */
    csrr    a0, scause
    csrr    a1, sepc
    csrr    a2, stval
    tail    sbi_trap

    .balign 4
late:                               /* without a stack, which is the first hart's */
    lla     t0, landing_address
1:  ld      t1, (t0)
    beqz    t1, 1b
    fence   r, rw
    fence.i
    jr      t1

    .data
    .balign 4
entered:
    .word   0
