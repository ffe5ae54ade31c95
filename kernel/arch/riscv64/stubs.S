/* SPDX-License-Identifier: MIT */
/*
 * Where every exception and interrupt enters: makes a struct trap_frame (frame.h) on a stack of its
 * kind and calls trap_dispatch() with it. sscratch holds the core; for as long as tp is being saved,
 * the other way round.
 *
 *     interrupt ------------------------------------------> the interrupt stack (they do not nest)
 *     exception ------------------------------------------> the exception stack
 *       within one, with room left on its stack ----------> where it was
 *       within one, else, or while this here was at work -> the second exception stack
 */
#include "frame.h"
#include "registers.h"

        .macro  save number
        sd      x\number, 8 * \number(sp)
        .endm
        .macro  restore number
        ld      x\number, 8 * \number(sp)
        .endm

        .text
        .balign 4
        .globl  trap_entry, trap_saved, trap_return
trap_entry:
        csrrw   tp, sscratch, tp
        sd      sp, CORE_SP(tp)
        sd      t0, CORE_T0(tp)
        sd      t1, CORE_T1(tp)
        csrr    t0, scause
        bltz    t0, 3f
        csrr    t0, sepc
        lla     t1, trap_entry
        bltu    t0, t1, 5f
        lla     t1, trap_saved
        bltu    t0, t1, 2f
5:      csrr    t0, sepc
        sd      t0, CORE_PC(tp)
        ld      t0, CORE_EXCEPTION(tp)
        sub     t0, t0, sp              /* how far down; more than all when elsewhere */
        li      t1, TRAP_STACK_SIZE + TRAP_GUARD_SIZE
        bgtu    t0, t1, 1f
        li      t1, TRAP_STACK_SIZE - TRAP_RESERVE
        bgtu    t0, t1, 2f
        andi    sp, sp, -16
        j       4f
1:      ld      sp, CORE_EXCEPTION(tp)
        j       4f
2:      ld      sp, CORE_DOUBLE(tp)
        j       4f
3:      ld      sp, CORE_INTERRUPT(tp)
4:      addi    sp, sp, -FRAME_SIZE
        save    1
        save    3
        save    7
        save    8
        save    9
        save    10
        save    11
        save    12
        save    13
        save    14
        save    15
        save    16
        save    17
        save    18
        save    19
        save    20
        save    21
        save    22
        save    23
        save    24
        save    25
        save    26
        save    27
        save    28
        save    29
        save    30
        save    31
        ld      t0, CORE_SP(tp)
        ld      t1, CORE_T0(tp)
        sd      t0, 8 * 2(sp)
        sd      t1, 8 * 5(sp)
        ld      t0, CORE_T1(tp)
        csrrw   t1, sscratch, tp
        sd      t0, 8 * 6(sp)
        sd      t1, 8 * 4(sp)
        csrr    t0, sepc
        csrr    t1, sstatus
        sd      t0, FRAME_PC(sp)
        sd      t1, FRAME_STATUS(sp)
        csrr    t0, scause
        csrr    t1, stval
        sd      t0, FRAME_CAUSE(sp)
        sd      t1, FRAME_VALUE(sp)
trap_saved:
        mv      s0, sp
        mv      a0, sp
        call    trap_dispatch
trap_return:                            /* stack traces know it: s0 of the caller is the frame */
        ld      t0, FRAME_PC(sp)
        ld      t1, FRAME_STATUS(sp)
        csrw    sepc, t0
        csrw    sstatus, t1
        sc.d    zero, zero, (sp)        /* what was reserved is not any more */
        restore 1
        restore 3
        restore 4
        restore 5
        restore 6
        restore 7
        restore 8
        restore 9
        restore 10
        restore 11
        restore 12
        restore 13
        restore 14
        restore 15
        restore 16
        restore 17
        restore 18
        restore 19
        restore 20
        restore 21
        restore 22
        restore 23
        restore 24
        restore 25
        restore 26
        restore 27
        restore 28
        restore 29
        restore 30
        restore 31
        restore 2
        sret

        /* bool csr_has_stimecmp(void): reading what the CPU does not have is an exception, which
         * ends at 1f instead of in the kernel. Interrupts are masked. */
        .globl  csr_has_stimecmp
        .type   csr_has_stimecmp, @function
csr_has_stimecmp:
        lla     t0, 1f
        csrrw   t0, stvec, t0
        li      a0, 0
        csrr    t1, CSR_STIMECMP
        li      a0, 1
        .balign 4
1:      csrw    stvec, t0
        ret
