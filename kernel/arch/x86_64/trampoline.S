/* SPDX-License-Identifier: MIT */
/*
 * Where a core starts after its start-up interrupt: in real mode, at the first byte of a page below
 * 1 MiB to which wake.c has copied this. It goes to long mode on the kernel's page tables, which
 * map this page to itself, and on to core_entry. All addresses count from the page's first byte;
 * what depends on where the page is wake.c has filled in. Nothing in the page is written to after.
 *
 * Sources: Intel SDM volume 3, 9.4 (start-up of processors), 10.8.5 (long mode).
 */
#include "registers.h"

#define CODE64 0x08
#define DATA   0x10
#define CODE32 0x18

        .section .rodata, "a"
        .globl  trampoline_start, trampoline_end
        .balign 16
        .code16
trampoline_start:
        jmp     1f
        .balign 8
/* struct trampoline of wake.c */
root:           .quad   0               /* below 4 GiB */
kernel_side:    .quad   core_entry
to_32:          .long   protected - trampoline_start
                .word   CODE32, 0
to_64:          .long   long - trampoline_start
                .word   CODE64, 0
gdt_pointer:    .word   gdt_end - gdt - 1
                .long   gdt - trampoline_start
                .word   0

1:      cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds
        movzwl  %ax, %ebx
        shll    $4, %ebx                /* where the page is */
        lgdtl   gdt_pointer - trampoline_start
        movl    %cr0, %eax
        orb     $CR0_PE, %al
        movl    %eax, %cr0
        ljmpl   *(to_32 - trampoline_start)

        .code32
protected:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
        movl    %eax, %cr4
        movl    root - trampoline_start(%ebx), %eax
        movl    %eax, %cr3
        movl    $MSR_EFER, %ecx
        rdmsr
        orl     $(EFER_LME | EFER_NXE), %eax
        wrmsr
        movl    %cr0, %eax              /* after INIT the caches are off */
        andl    $~(CR0_CD | CR0_NW | CR0_EM | CR0_TS), %eax
        orl     $(CR0_PG | CR0_WP | CR0_MP | CR0_NE), %eax
        movl    %eax, %cr0
        ljmpl   *(to_64 - trampoline_start)(%ebx)

        .code64
long:
        movl    %ebx, %ebx
        jmp     *(kernel_side - trampoline_start)(%rbx)

        .balign 8
gdt:    .quad   0
        .quad   0x00AF9B000000FFFF      /* CODE64 */
        .quad   0x00CF93000000FFFF      /* DATA */
        .quad   0x00CF9B000000FFFF      /* CODE32 */
gdt_end:
trampoline_end:

        .section .note.GNU-stack, "", @progbits
