/* SPDX-License-Identifier: MIT */
/*
 * The 256 entries of the IDT. Each makes the same frame (struct trap_frame in frame.h) and calls
 * trap_dispatch() with it; every entry runs on a stack of the TSS, 16-aligned by the CPU:
 *
 *      high  ss rsp rflags cs rip | error vector | rax rcx rdx rbx rbp rsi rdi r8 ... r15  low
 */
#include "registers.h"

        /* For debuggers, which so go on in what was interrupted. (.debug_frame cannot say that.) */
        .cfi_sections .eh_frame

        .macro  save register
        push    \register
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset \register, 0
        .endm

        .macro  restore register
        pop     \register
        .cfi_adjust_cfa_offset -8
        .cfi_restore \register
        .endm

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
        .cfi_startproc
        .cfi_signal_frame
        .cfi_def_cfa %rsp, 16           /* where the CPU has put rip */
        .cfi_offset %rip, 0
        .cfi_offset %rsp, 24
        save    %rax
        save    %rcx
        save    %rdx
        save    %rbx
        save    %rbp
        save    %rsi
        save    %rdi
        save    %r8
        save    %r9
        save    %r10
        save    %r11
        save    %r12
        save    %r13
        save    %r14
        save    %r15
        cld
        mov     %rsp, %rdi
        call    trap_dispatch
trap_return:                            /* stack traces know it: the frame lies above this address */
        restore %r15
        restore %r14
        restore %r13
        restore %r12
        restore %r11
        restore %r10
        restore %r9
        restore %r8
        restore %rdi
        restore %rsi
        restore %rbp
        restore %rbx
        restore %rdx
        restore %rcx
        restore %rax
        add     $16, %rsp
        .cfi_adjust_cfa_offset -16
        iretq
        .cfi_endproc
        .size   trap_common, . - trap_common

        .section .note.GNU-stack, "", @progbits
