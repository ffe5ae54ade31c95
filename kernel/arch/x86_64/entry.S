/* SPDX-License-Identifier: MIT */
/*
 * From the loader's hand-over to C. Every core of the machine comes in here at about the same time
 * with a stack of 1 KiB at best (the first core's stack pointer is 0), no IDT, somebody's GDT, and
 * perhaps its caches off. The core that bootinfo names goes on, once; the others sleep on the
 * loader's page tables until INIT takes them from there (wake.c), and come back by core_entry.
 * Source: BOOTBOOT protocol specification, "machine state"; Intel SDM volume 3, 11.5.
 */
#include "registers.h"

#define BOOTINFO_BOOT_CORE 0xFFFFFFFFFFE0000C /* abi/bootinfo.h; cpu.c checks the offset */

        .section .text.entry, "ax"
        .globl  kernel_entry
kernel_entry:
        cli
        cld
        /* Whose APIC id? Leaf 1 has the low 8 bits, which is all that the protocol knows. */
        mov     $1, %eax
        cpuid
        shr     $24, %ebx
        movzwl  BOOTINFO_BOOT_CORE, %eax
        cmp     %eax, %ebx
        jne     park
        mov     $1, %eax
        xchg    %eax, entered(%rip)
        test    %eax, %eax
        jnz     park

        /* Time counts from here. */
        rdtsc
        shl     $32, %rdx
        or      %rdx, %rax
        mov     %rax, entry_cycles(%rip)

        /* Caches on: what lies in them was put there before they were switched off. */
        mov     %cr0, %rax
        test    $CR0_CD, %eax
        jz      1f
        wbinvd
        and     $~(CR0_CD | CR0_NW), %eax
        mov     %rax, %cr0
1:
        lea     boot_stack_end(%rip), %rsp
        xor     %ebp, %ebp
        push    %rbp                    /* a return address of 0 ends every stack trace */
        jmp     kernel_main

park:
        lock incl parked_cores(%rip)
2:      hlt
        jmp     2b

        /* From the trampoline, on the kernel's page tables, with no stack. */
        .globl  core_entry
core_entry:
        mov     $1, %edi
        lock xaddl %edi, core_stacks_taken(%rip)
        cmp     core_stacks_count(%rip), %edi
        jae     3f
        mov     core_stacks(,%rdi,8), %rsp
        xor     %ebp, %ebp
        push    %rbp
        jmp     core_main
3:      cli
        hlt
        jmp     3b

        /* void cpu_stack_switch(void *top, void (*function)(void)) */
        .text
        .globl  cpu_stack_switch
        .type   cpu_stack_switch, @function
cpu_stack_switch:
        mov     %rdi, %rsp
        xor     %ebp, %ebp
        push    %rbp
        jmp     *%rsi

        .data
        .balign 8
        .globl  entry_cycles, parked_cores
entry_cycles:   .quad 0
entered:        .long 0
parked_cores:   .long 0

        .bss
        .balign 16
        .globl  boot_stack
boot_stack:     .skip 16384
boot_stack_end:

        .section .note.GNU-stack, "", @progbits
