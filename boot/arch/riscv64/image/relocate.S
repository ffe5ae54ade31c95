/* SPDX-License-Identifier: MIT */
/*
 * The start of a loader that runs wherever it was put: before any C it goes over the list of words
 * that hold addresses (R_RISCV_RELATIVE, all that the linker leaves) and moves them. What is
 * started: image_main(a0, a1), on the firmware's stack if `image_stack` of the link script is 0.
 *
 * Source: RISC-V ELF psABI, "Relocations"; System V ABI, "Relocation Table".
 */
#define R_RISCV_RELATIVE 3

    .section .text, "ax"
    .globl  image_relocate
    .type   image_relocate, @function
/* Changes only t registers. */
image_relocate:
    lla     t0, image_start
    lla     t1, image_relocations
    lla     t2, image_relocations_end
    li      t6, R_RISCV_RELATIVE
1:  bgeu    t1, t2, 3f
    ld      t3, 8(t1)
    bne     t3, t6, 2f
    ld      t4, 0(t1)               /* where, from the image's start */
    ld      t5, 16(t1)              /* what, the same */
    add     t4, t4, t0
    add     t5, t5, t0
    sd      t5, (t4)
2:  addi    t1, t1, 24
    j       1b
3:  fence.i
    ret
    .size   image_relocate, . - image_relocate
