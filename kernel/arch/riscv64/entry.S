/* SPDX-License-Identifier: MIT */
/*
 * From the loader's hand-over to C. Every hart of the machine comes in here at about the same time,
 * its id in a0 (no register of supervisor mode tells it), on the loader's page tables with a stack
 * of 1 KiB at best. The hart that bootinfo names goes on, once; the others stop, until they are
 * started anew at hart_start (wake.c). Source: doc/boot.md; SBI 1.0, chapter 9.
 */
#include "frame.h"
#include "registers.h"

#define BOOTINFO_BOOT_HART 0xFFFFFFFFFFE00058 /* abi/bootinfo.h; cpu.c checks the offset */
#define SBI_HARTS 0x48534D
#define SBI_HART_STOP 1

        .section .text.entry, "ax"
        .globl  kernel_entry
kernel_entry:
        csrci   sstatus, SSTATUS_SIE
        csrw    sie, zero
        li      t0, BOOTINFO_BOOT_HART
        ld      t0, (t0)
        bne     a0, t0, park
        lla     t0, entered
        li      t1, 1
        amoswap.w.aqrl t1, t1, (t0)
        bnez    t1, park

        /* Time counts from here. */
        rdtime  t0
        lla     t1, entry_cycles
        sd      t0, (t1)
        lla     sp, boot_stack_end
        lla     tp, cores
        li      gp, 0
        li      s0, 0
        li      ra, 0                   /* a return address of 0 ends every stack trace */
        tail    kernel_main

park:   lla     t0, parked_cores
        li      t1, 1
        amoadd.w.aqrl zero, t1, (t0)
        li      a7, SBI_HARTS
        li      a6, SBI_HART_STOP
        ecall
1:      wfi                             /* firmware that cannot: it sleeps here for good */
        j       1b

        /*
         * Where SBI starts a hart: untranslated, a0 its id, a1 the physical address of a struct
         * start (wake.c). With the write to satp the next instruction is nowhere, which is an
         * exception, for which the CPU goes on at stvec: at an address of the kernel.
         */
        .balign 128                     /* within a page: it is found by one address */
        .globl  hart_start, hart_start_end
hart_start:
        csrci   sstatus, SSTATUS_SIE
        csrw    sie, zero
        li      t0, 1
        amoswap.w.aqrl t0, t0, (a1)
        bnez    t0, 2f                  /* too late: nobody waits for this one */
        ld      t0, 8(a1)
        ld      t1, 16(a1)
        ld      sp, 24(a1)
        ld      tp, 32(a1)
        csrw    stvec, t1
        sfence.vma
        csrw    satp, t0
        jr      t1
2:      li      a7, SBI_HARTS
        li      a6, SBI_HART_STOP
        ecall
3:      wfi
        j       3b
hart_start_end:

        .text
        .balign 4
        .globl  hart_arrive
hart_arrive:
        sfence.vma
        fence.i
        li      gp, 0
        li      s0, 0
        li      ra, 0
        tail    core_main

        /* void cpu_stack_switch(void *top, void (*function)(void)) */
        .globl  cpu_stack_switch
        .type   cpu_stack_switch, @function
cpu_stack_switch:
        mv      sp, a0
        li      s0, 0
        li      ra, 0
        jr      a1

        .data
        .balign 8
        .globl  entry_cycles, parked_cores
entry_cycles:   .dword 0
entered:        .word 0
parked_cores:   .word 0

        .bss
        .balign 16
        .globl  boot_stack
boot_stack:     .skip 16384
boot_stack_end:
