/* SPDX-License-Identifier: MIT */
/* Where all cores enter. Each goes on with the stack that the loader gave it (1 KiB at level 1);
 * core 0 changes to a larger one first. */
    .section .text.entry, "ax"
    .globl  entry
entry:
    movq    %rsp, %rdi
    movl    $1, %eax
    cpuid
    shrl    $24, %ebx
    movzwl  bootboot + 0x0C, %eax
    cmpl    %eax, %ebx
    jne     1f
    movq    $stack_top, %rsp
    xorl    %ebp, %ebp
    call    kernel_main
1:  movl    %ebx, %esi
    xorl    %ebp, %ebp
    call    kernel_other_core
2:  cli
    hlt
    jmp     2b

    .globl  sse_pass
sse_pass:
    movq    %rdi, %xmm0
    movq    %xmm0, %rax
    ret

    .bss
    .balign 16
stack:
    .fill   16384, 1, 0
stack_top:
