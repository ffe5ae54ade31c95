/* SPDX-License-Identifier: MIT */
/*
 * What landing.c copies to LANDING_ADDRESS: where the other cores start in real mode (at its first
 * byte, by their start-up interrupt), wait in long mode until `go`, and go to the kernel; core 0
 * joins them at landing_core_0. Position: all addresses are relative or count from LANDING.
 *
 * Sources: Intel SDM volume 3A, 8.4 (start-up of processors), 9.8.5 (long mode).
 */
#define LANDING 0x8000
#define AT(symbol) LANDING + symbol - landing_start

#define CODE64 0x08
#define DATA   0x10
#define CODE32 0x18

    .section .text, "ax"
    .globl  landing_start, landing_end, landing_core_0
    .balign 16
    .code16
landing_start:
    jmp     1f
    .balign 8
/* struct landing of landing.c */
kernel_pages:
    .quad   0
kernel_entry:
    .quad   0
stack_size:
    .quad   0
own_pages:
    .long   0
next_core:
    .long   1
core_count:
    .long   1
go:
    .long   0

1:  cli
    cld
    movw    %cs, %ax
    movw    %ax, %ds
    lgdtl   gdt_pointer - landing_start
    movl    %cr0, %eax
    orb     $1, %al
    movl    %eax, %cr0
    ljmpl   $CODE32, $AT(protected)

    .code32
protected:
    movw    $DATA, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %fs
    movw    %ax, %gs
    movw    %ax, %ss
    movl    %cr4, %eax
    orl     $0x620, %eax            /* PAE, SSE and its exceptions */
    movl    %eax, %cr4
    movl    AT(own_pages), %eax
    movl    %eax, %cr3
    movl    $0xC0000080, %ecx       /* EFER.LME */
    rdmsr
    orl     $0x100, %eax
    wrmsr
    movl    %cr0, %eax
    andl    $0x9FFFFFF3, %eax       /* caches on; no emulation, no task switch */
    orl     $0x80000002, %eax
    movl    %eax, %cr0
    ljmpl   $CODE64, $AT(waiting)

    .code64
waiting:
    movl    $1, %eax
    lock xaddl %eax, next_core(%rip)
2:  pause
    cmpl    $0, go(%rip)
    je      2b
    cmpl    core_count(%rip), %eax  /* too late: nobody counts on this core */
    jb      land
3:  cli
    hlt
    jmp     3b

landing_core_0:
    lgdtq   gdt_pointer(%rip)
    movl    $DATA, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %fs
    movl    %eax, %gs
    movl    %eax, %ss
    pushq   $CODE64
    leaq    4f(%rip), %rax
    pushq   %rax
    lretq
4:  xorl    %eax, %eax
    movl    $1, go(%rip)
land:
    movq    kernel_pages(%rip), %rcx
    movq    kernel_entry(%rip), %rdx
    movl    %eax, %eax
    imulq   stack_size(%rip), %rax
    negq    %rax
    movq    %rcx, %cr3
    movq    %rax, %rsp
    xorl    %ebp, %ebp
    jmp     *%rdx

    .balign 8
gdt:
    .quad   0
    .quad   0x00AF9B000000FFFF      /* CODE64 */
    .quad   0x00CF93000000FFFF      /* DATA */
    .quad   0x00CF9B000000FFFF      /* CODE32 */
gdt_pointer:
    .word   . - gdt - 1
    .quad   AT(gdt)
landing_end:
