/* SPDX-License-Identifier: MIT */
/*
 * The exception vectors. Kernel and compiled code run at EL1 on SP_EL0, exceptions on SP_EL1, which is
 * the core's exception stack: so the CPU itself changes stacks, and an overflow of the first finds the
 * second whole. An exception within an exception goes on on that stack as long as there is any, else
 * on the emergency stack. Each makes the same frame (struct trap_frame in frame.h) and calls
 * trap_dispatch(). Source: Arm ARM (DDI 0487) D1.3.1 (vectors), D1.4.2 (stack pointers).
 */
#include "frame.h"
#include "percpu.h"

        .macro  vector kind, nested
        .balign 128
        .if     \nested
        msr     tpidr_el0, x0           /* nobody else uses these two */
        msr     tpidrro_el0, x1
        mov     x0, sp
        mrs     x1, tpidr_el1
        ldr     x1, [x1, #CORE_EXCEPTION_LOW]
        sub     x0, x0, x1
        sub     x0, x0, #EXCEPTION_STACK_REST
        mov     x1, #(EXCEPTION_STACK_SIZE - EXCEPTION_STACK_REST)
        cmp     x0, x1
        mov     x0, sp
        b.ls    1f
        mrs     x1, tpidr_el1
        ldr     x1, [x1, #CORE_EMERGENCY_TOP]
        mov     sp, x1
1:      sub     sp, sp, #FRAME_SIZE
        str     x0, [sp, #FRAME_SP]
        mrs     x0, tpidr_el0
        mrs     x1, tpidrro_el0
        stp     x0, x1, [sp, #16]
        .else
        sub     sp, sp, #FRAME_SIZE
        stp     x0, x1, [sp, #16]
        mrs     x0, sp_el0
        str     x0, [sp, #FRAME_SP]
        .endif
        mov     x1, #\kind
        b       trap_common
        .endm

        .text
        .balign 2048
        .globl  trap_vectors, trap_mark, trap_return
trap_vectors:
        vector  0, 0                    /* from SP_EL0 */
        vector  1, 0
        vector  2, 0
        vector  3, 0
        vector  4, 1                    /* from SP_EL1 */
        vector  5, 1
        vector  6, 1
        vector  7, 1
        .rept   8                       /* from EL0, where nothing runs */
        vector  8, 0
        .endr

        .balign 16
        .type   trap_common, @function
trap_common:
        stp     x2, x3, [sp, #32]
        stp     x4, x5, [sp, #48]
        stp     x6, x7, [sp, #64]
        stp     x8, x9, [sp, #80]
        stp     x10, x11, [sp, #96]
        stp     x12, x13, [sp, #112]
        stp     x14, x15, [sp, #128]
        stp     x16, x17, [sp, #144]
        stp     x18, x19, [sp, #160]
        stp     x20, x21, [sp, #176]
        stp     x22, x23, [sp, #192]
        stp     x24, x25, [sp, #208]
        stp     x26, x27, [sp, #224]
        stp     x28, x29, [sp, #240]
        str     x30, [sp, #256]
        adr     x2, trap_mark
        stp     x29, x2, [sp]
        mov     x29, sp
        mrs     x2, elr_el1
        mrs     x3, spsr_el1
        mrs     x4, esr_el1
        mrs     x5, far_el1
        stp     x2, x3, [sp, #FRAME_PC]
        stp     x4, x5, [sp, #FRAME_ESR]
        mov     x0, sp
        bl      trap_dispatch
trap_return:                            /* stack traces know it: x29 was the frame's record */
        ldp     x2, x3, [sp, #FRAME_PC]
        ldr     x4, [sp, #FRAME_SP]
        msr     elr_el1, x2
        msr     spsr_el1, x3
        tbnz    x3, #0, 1f              /* from SP_EL1: that is where the frame lies */
        msr     sp_el0, x4
1:      ldp     x2, x3, [sp, #32]
        ldp     x4, x5, [sp, #48]
        ldp     x6, x7, [sp, #64]
        ldp     x8, x9, [sp, #80]
        ldp     x10, x11, [sp, #96]
        ldp     x12, x13, [sp, #112]
        ldp     x14, x15, [sp, #128]
        ldp     x16, x17, [sp, #144]
        ldp     x18, x19, [sp, #160]
        ldp     x20, x21, [sp, #176]
        ldp     x22, x23, [sp, #192]
        ldp     x24, x25, [sp, #208]
        ldp     x26, x27, [sp, #224]
        ldp     x28, x29, [sp, #240]
        ldr     x30, [sp, #256]
        ldp     x0, x1, [sp, #16]
        add     sp, sp, #FRAME_SIZE
        eret
trap_mark:
        udf     #0                      /* an address and no code */
        .size   trap_common, . - trap_common

        .section .note.GNU-stack, "", @progbits
