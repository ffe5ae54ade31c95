/* SPDX-License-Identifier: MIT */
/* Where our loader enters with all cores, and where they leave for the real kernel: in a state that
 * the protocol allows and our loader never makes. */
    .section .text.entry, "ax"
    .globl  entry
entry:
    movl    $1, %eax
    cpuid
    shrl    $24, %ebx
    movzwl  0xFFFFFFFFFFE0000C, %eax
    cmpl    %eax, %ebx
    jne     1f
    movq    $stack_top, %rsp
    xorl    %ebp, %ebp
    call    other_main
    movq    %rax, kernel_entry(%rip)
    xorl    %esp, %esp              /* as core 0 comes */
    movl    $1, go(%rip)
1:  pause                           /* the others keep the stacks that they have */
    cmpl    $0, go(%rip)
    je      1b

/* Caches off, no write protection, errors of the FPU as of old; no register holds what one might
 * expect. */
    movq    %cr0, %rax
    andl    $0xFFFEFFDF, %eax
    orl     $0x40000000, %eax
    movq    %rax, %cr0
    wbinvd
    movq    kernel_entry(%rip), %rax
    movq    $0x0DD0DD0DD0DD0DD0, %rbx
    movq    %rbx, %rcx
    movq    %rbx, %rdx
    movq    %rbx, %rsi
    movq    %rbx, %rdi
    movq    %rbx, %rbp
    movq    %rbx, %r8
    movq    %rbx, %r15
    std
    jmp     *%rax

    .bss
    .balign 16
    .fill   16384, 1, 0
stack_top:
kernel_entry:
    .quad   0
go: .long   0
