/* SPDX-License-Identifier: MIT */
/*
 * The 256 entries of the IDT. Each makes the same frame (struct trap_frame in frame.h) and calls
 * trap_dispatch() with it; every entry runs on a stack of the TSS, 16-aligned by the CPU:
 *
 *      high  ss rsp rflags cs rip | error vector | rax rcx rdx rbx rbp rsi rdi r8 ... r15  low
 */
#include "registers.h"

        .text
        .balign 16
        .globl  trap_entries, trap_return
trap_entries:
        .set    vector, 0
        .rept   256
        .balign 16
        .if     (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
        .else
        push    $0              /* where the CPU pushes no error code */
        .endif
        push    $vector
        jmp     trap_common
        .set    vector, vector + 1
        .endr

        .type   trap_common, @function
trap_common:
        push    %rax
        push    %rcx
        push    %rdx
        push    %rbx
        push    %rbp
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        cld
        mov     %rsp, %rdi
        call    trap_dispatch
trap_return:                    /* stack traces know it: the frame lies above the return address */
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rbp
        pop     %rbx
        pop     %rdx
        pop     %rcx
        pop     %rax
        add     $16, %rsp
        iretq

        .section .note.GNU-stack, "", @progbits
