/* SPDX-License-Identifier: MIT */
/*
 * From the loader's hand-over to C. Every core of the machine comes in here at about the same time,
 * at EL1, on the loader's page tables, whose sizes nobody promises, with a stack of 1 KiB at best,
 * and perhaps with its caches off. The core that bootinfo names goes on, on tables whose lower levels
 * are still the loader's (early.c). The others switch translation off and sleep in this page, at its
 * physical address, where nothing that the kernel does to any table reaches them; cores.c takes them
 * from there.
 *
 * While caches are off a core sees memory and not what lies in the caches of others, and its
 * exclusive accesses need not work: so nothing is counted here. Whoever writes for such a core cleans
 * the cache, whoever reads what it wrote forgets it first.
 *
 * Sources: BOOTBOOT protocol specification, "machine state"; Arm ARM (DDI 0487) D8 (translation),
 * D7.5 (caches).
 */
#include "registers.h"

#define BOOTINFO_BOOT_CORE 0xFFFFFFFFFFE0000C /* abi/bootinfo.h; cpu.c checks the offset */
#define PARKING_PLACES 64
#define PARKING_SHIFT 6         /* a cache line each */

        .section .text.entry, "ax"
        .globl  kernel_entry
kernel_entry:
        msr     daifset, #0xF
        msr     spsel, #0
        mrs     x19, mpidr_el1
        and     x20, x19, #0xFFFF
        ldr     x1, =BOOTINFO_BOOT_CORE
        ldrh    w1, [x1]
        cmp     w20, w1
        b.ne    park

        /* Time counts from here. */
        isb
        mrs     x21, cntvct_el0
        adrp    x1, boot_stack_end
        add     x1, x1, :lo12:boot_stack_end
        mov     sp, x1
        mov     x29, xzr
        mov     x30, xzr
        bl      early_prepare           /* the physical root */
        mov     x2, x0
        ldr     x3, =boot_core_high
        mov     x4, sp
        mov     x5, xzr
        mrs     x6, mair_el1
        b       translation_change
boot_core_high:
        adrp    x1, entry_ticks
        str     x21, [x1, :lo12:entry_ticks]
        mov     x29, xzr
        mov     x30, xzr                /* ends every stack trace */
        b       kernel_main

        /* x0: where this page's label (x1) is, physically; changes x9. */
        .macro  physical to, label
        adr     x9, \label
        at      s1e1r, x9
        isb
        mrs     \to, par_el1
        tbnz    \to, #0, .              /* not mapped, and yet we are here */
        ubfx    \to, \to, #12, #36
        lsl     \to, \to, #12
        bfxil   \to, x9, #0, #12
        .endm

        /* x20: the number of this core's place; without one it stays here for good. Changes x9. */
        .macro  own_place
        mrs     x20, mpidr_el1
        ubfx    x9, x20, #8, #8
        and     x20, x20, #0xFF
        add     x20, x20, x9, lsl #4    /* clusters of 16 at most: core.c */
        cmp     x20, #PARKING_PLACES
        b.hs    no_place
        .endm

        .macro  translation_off
        mrs     x9, sctlr_el1
        mov     x10, #(SCTLR_M | SCTLR_C)
        orr     x10, x10, #SCTLR_I
        bic     x9, x9, x10
        msr     sctlr_el1, x9
        isb
        .endm

/* On with the tables at x2, at address x3, stack x4, first argument x5; x6 holds MAIR as it is now or
 * shall be. Comes from wherever this page is mapped. */
translation_change:
        physical x0, 1f
        br      x0
1:      translation_off
translation_on:
        ic      iallu
        tlbi    vmalle1
        dsb     nsh
        isb
        mov     x9, #CPACR_FLOATS
        msr     cpacr_el1, x9
        ldr     x9, =MAIR_OURS
        bfi     x6, x9, #(8 * MAIR_NORMAL), #24
        msr     mair_el1, x6
        mrs     x9, id_aa64mmfr0_el1
        and     x9, x9, #15
        mov     x10, #5
        cmp     x9, x10                 /* more than 48 bits want larger pages */
        csel    x9, x9, x10, lo
        ldr     x10, =(TCR_LOW | TCR_HIGH << 16)
        orr     x10, x10, x9, lsl #TCR_IPS_SHIFT
        msr     tcr_el1, x10
        msr     ttbr0_el1, x2
        add     x9, x2, #2048           /* the root's second half */
        msr     ttbr1_el1, x9
        isb
        ldr     x9, =SCTLR_KERNEL
        msr     sctlr_el1, x9
        isb
        mov     sp, x4
        mov     x0, x5
        br      x3

/* Where cores begin that are started by firmware, for us: untranslated. From EL2 down to EL1 first. */
        .globl  core_start_physical
core_start_physical:
        msr     daifset, #0xF
        mrs     x9, currentel
        cmp     x9, #(2 << 2)
        b.ne    1f
        adr     x9, 1f
        b       el2_leave               /* boot/arch/aarch64/el2.S */
1:      msr     spsel, #0
        own_place
        b       sleep

park:
        own_place
        physical x0, 1f
        br      x0
1:      translation_off
sleep:
        adrp    x11, parking_arrivals   /* of the physical address */
        add     x11, x11, :lo12:parking_arrivals
        adrp    x12, parking_orders
        add     x12, x12, :lo12:parking_orders
        add     x11, x11, x20, lsl #PARKING_SHIFT
        add     x12, x12, x20, lsl #PARKING_SHIFT
        mrs     x9, mpidr_el1           /* never 0: bit 31 */
        str     x9, [x11]
        dsb     sy
        sev
2:      wfe
        ldr     x2, [x12]
        cbz     x2, 2b
        dmb     ld
        ldp     x3, x4, [x12, #8]
        ldp     x5, x6, [x12, #24]
        cbnz    x6, translation_on
        br      x2                      /* for another kernel (abi/spin.h): nobody wanted us here */
no_place:
        wfe
        b       no_place

/* void core_leave(uint64_t place): of a core that leaves this kernel for another, in which nothing of
 * ours stays; all of memory is mapped at its physical address, to be run, too. What it has in its
 * cache goes to memory before anybody else has memory. Then it waits at its word (abi/spin.h). */
        .globl  core_leave
core_leave:
        msr     daifset, #0xF
        mov     x20, x0
        physical x0, 1f
        br      x0
1:      translation_off
        bl      caches_empty            /* boot/arch/aarch64/caches.S */
        adrp    x11, leaving_arrivals
        add     x11, x11, :lo12:leaving_arrivals
        adrp    x12, leaving_words
        add     x12, x12, :lo12:leaving_words
        mov     x9, #1
        str     x9, [x11, x20, lsl #3]
        dsb     sy
        sev
2:      wfe
        ldr     x3, [x12, x20, lsl #3]
        cbz     x3, 2b
        dmb     ld
        br      x3
        .ltorg

        .globl  kernel_entry_end
kernel_entry_end:

        /* void cpu_stack_switch(void *top, void (*function)(void)) */
        .text
        .globl  cpu_stack_switch
        .type   cpu_stack_switch, @function
cpu_stack_switch:
        mov     sp, x0
        mov     x29, xzr
        mov     x30, xzr
        br      x1

        .data
        .balign 8
        .globl  entry_ticks
entry_ticks:    .quad 0

        /* Each in pages of its own: what cores without caches write, and what they read. */
        .bss
        .balign 4096
        .globl  parking_arrivals, parking_orders
parking_arrivals: .skip PARKING_PLACES << PARKING_SHIFT
parking_orders: .skip PARKING_PLACES << PARKING_SHIFT
        .globl  leaving_arrivals, leaving_words
        .balign 4096
leaving_arrivals: .skip PARKING_PLACES * 8
        .balign 4096
leaving_words:  .skip PARKING_PLACES * 8
        .balign 4096
        .globl  boot_stack
boot_stack:     .skip 16384
boot_stack_end:

        .section .note.GNU-stack, "", @progbits
