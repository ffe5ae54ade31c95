/* SPDX-License-Identifier: MIT */
/*
 * The head of loader.bin: a header of the Linux boot protocol, the way from real mode to 64-bit C,
 * and back for calls of the BIOS.
 *
 * boot.bin and QEMU's -kernel both put the file to 0x10000 and enter it at 0x1020:0, so that all
 * else is the same on both ways; only who knows the drive differs.
 *
 * Sources: Linux, Documentation/x86/boot.rst (header at 0x1F1, entry at 0x200); Intel SDM volume
 * 3A, section 9.8.5 (long mode) and 9.9.2 (back to real mode).
 */
#include "bios.h"

#define CODE64 0x08
#define DATA   0x10
#define CODE32 0x18
#define CODE16 0x20
#define DATA16 0x28

/* An address within the image as real mode sees it, by segment 0x1000. */
#define REAL(symbol) symbol - image

    .section .start, "ax"
    .code16
    .globl image
image:
    int     $0x18                   /* not a boot sector: let the BIOS try another disk */
    .org    4
    .globl  bios_drive
bios_drive:
    .byte   0xFF                    /* boot.bin writes it */
    .asciz  "Copper's loader"

    .org    0x1F1
    .byte   setup_sectors
    .word   0                       /* root flags */
    .long   0                       /* no protected mode part */
    .word   0, 0xFFFF, 0            /* ram disk, video mode, root device */
    .word   0xAA55
    jmp     start                   /* 0x200 */
    .ascii  "HdrS"
    .word   0x0203                  /* version */
    .long   0                       /* switch hook */
    .word   0, 0                    /* start, name */
    .byte   0, 1                    /* boot loader's kind; loaded high: setup to 0x10000 */
    .word   0
    .long   0x100000                /* where the protected mode part would be */
    .long   0, 0, 0                 /* ram disk, its size, kludge */
    .word   0, 0                    /* heap */
    .long   0                       /* command line */
    .long   0x7FFFFFFF              /* highest address of a ram disk */

start:
    cli
    cld
    ljmp    $(BIOS_IMAGE >> 4), $REAL(real_start)
real_start:
    movw    %cs, %ax
    movw    %ax, %ds
    movw    %ax, %es
    xorw    %ax, %ax
    movw    %ax, %ss
    movl    $BIOS_REAL_STACK, %esp
    sti
    call    serial_init

    movw    $REAL(no_memory), %si
    int     $0x12
    cmpw    $BIOS_LOW_MEMORY, %ax
    jb      real_complain

    movw    $REAL(no_long_mode), %si
    pushfl                          /* a CPU without CPUID cannot change this flag */
    popl    %eax
    movl    %eax, %ebx
    xorl    $0x200000, %eax
    pushl   %eax
    popfl
    pushfl
    popl    %eax
    xorl    %ebx, %eax
    jz      real_complain
    movl    $0x80000000, %eax
    cpuid
    cmpl    $0x80000001, %eax
    jb      real_complain
    movl    $0x80000001, %eax
    cpuid
    btl     $29, %edx
    jnc     real_complain

    call    a20_works
    jnz     1f
    movw    $0x2401, %ax
    int     $0x15
    call    a20_works
    jnz     1f
    inb     $0x92, %al
    orb     $0x02, %al
    andb    $0xFE, %al
    outb    %al, $0x92
    call    a20_works
    movw    $REAL(no_a20), %si
    jz      real_complain
1:
    movl    $first_tables, %ebx
    movl    $first_c, %ecx
    jmp     protect

/* ZF clear when addresses of 1 MiB and more are not folded onto 0. */
a20_works:
    pushw   %ds
    pushw   %es
    xorw    %ax, %ax
    movw    %ax, %ds
    notw    %ax
    movw    %ax, %es
    movl    0x500, %edx
    notl    %es:0x510
    cmpl    0x500, %edx             /* changed: folded */
    notl    %es:0x510
    sete    %al
    popw    %es
    popw    %ds
    testb   %al, %al
    ret

serial_init:
    movw    $0x3F9, %dx
    xorb    %al, %al
    outb    %al, %dx                /* no interrupts */
    movw    $0x3FB, %dx
    movb    $0x83, %al
    outb    %al, %dx
    movw    $0x3F8, %dx
    movw    $1, %ax
    outw    %ax, %dx                /* 115200 */
    movw    $0x3FB, %dx
    movb    $0x03, %al
    outb    %al, %dx                /* 8N1 */
    movw    $0x3FA, %dx
    movb    $0x07, %al
    outb    %al, %dx                /* FIFOs on and empty */
    movw    $0x3FC, %dx
    movb    $0x03, %al
    outb    %al, %dx
    ret

/* Prints what SI points at on screen and serial port, and stops. */
real_complain:
    movw    %cs, %ax
    movw    %ax, %ds
2:  lodsb
    testb   %al, %al
    jz      4f
    movb    %al, %cl
    movb    $0x0E, %ah
    movw    $7, %bx
    int     $0x10
    movw    $0x3FD, %dx
    movw    $0xFFFF, %di            /* do not wait for ever for a port that is not there */
3:  inb     %dx, %al
    decw    %di
    jz      3f
    testb   $0x20, %al
    jz      3b
3:  movw    $0x3F8, %dx
    movb    %cl, %al
    outb    %al, %dx
    jmp     2b
4:  hlt
    jmp     4b

no_memory:
    .asciz  "copper: cannot boot: too little memory below 640 KiB\r\n"
no_long_mode:
    .asciz  "copper: cannot boot: wrong machine: this CPU has no 64-bit mode\r\n"
no_a20:
    .asciz  "copper: cannot boot: cannot switch address line 20 on\r\n"

/* From real mode to 32-bit protected mode at EBX. ECX is kept. */
protect:
    cli
    movw    %cs, %ax
    movw    %ax, %ds
    lgdtl   REAL(gdt_pointer)
    movl    %cr0, %eax
    orb     $1, %al
    movl    %eax, %cr0
    ljmpl   $CODE32, $protected

    .code32
protected:
    movw    $DATA, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %fs
    movw    %ax, %gs
    movw    %ax, %ss
    jmp     *%ebx

/* Once: clears .bss and maps 4 GiB to themselves by 2 MiB pages. */
first_tables:
    movl    %ecx, %ebx
    movl    $bss_start, %edi
    movl    $bss_end, %ecx
    subl    %edi, %ecx
    shrl    $2, %ecx
    xorl    %eax, %eax
    rep stosl
    movl    $(tables + 0x1000 + 3), tables
    movl    $(tables + 0x2000 + 3), tables + 0x1000
    movl    $(tables + 0x3000 + 3), tables + 0x1008
    movl    $(tables + 0x4000 + 3), tables + 0x1010
    movl    $(tables + 0x5000 + 3), tables + 0x1018
    movl    $(tables + 0x2000), %edi
    movl    $0x83, %eax
5:  movl    %eax, (%edi)
    addl    $8, %edi
    addl    $0x200000, %eax
    jnc     5b
    movl    %ebx, %ecx

/* From 32-bit protected mode to long mode at ECX. */
    .globl  long_enter
long_enter:
    movl    %cr4, %eax
    orl     $0x620, %eax            /* PAE, SSE and its exceptions */
    movl    %eax, %cr4
    movl    $tables, %eax
    movl    %eax, %cr3
    movl    %ecx, %ebx
    movl    $0xC0000080, %ecx       /* EFER.LME */
    rdmsr
    orl     $0x100, %eax
    wrmsr
    movl    %cr0, %eax
    andl    $0x9FFFFFF3, %eax       /* caches on; no emulation, no task switch */
    orl     $0x80000002, %eax       /* paging, monitor coprocessor */
    movl    %eax, %cr0
    ljmpl   $CODE64, $long_mode

    .code64
long_mode:
    jmp     *%rbx

first_c:
    movl    $stack_top, %esp
    xorl    %ebp, %ebp
    call    boot_run
    ud2

/*
 * void bios_call(uint8_t number, struct bios_registers *registers)
 *
 * Long mode -> 32-bit compatibility mode -> (paging off) protected mode -> 16-bit segments -> real
 * mode, and all the way back. The registers travel in `held`, which real mode can reach.
 */
    .globl  bios_call
bios_call:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    pushq   %rsi
    movq    %rsp, held_stack
    movb    %dil, interrupt_number
    movl    $held, %edi
    movl    $(36 / 4), %ecx
    rep movsl
    pushq   $CODE32
    pushq   $leave_long
    lretq

    .code32
leave_long:
    movl    %cr0, %eax
    andl    $0x7FFFFFFF, %eax
    movl    %eax, %cr0
    movl    $0xC0000080, %ecx
    rdmsr
    andl    $0xFFFFFEFF, %eax
    wrmsr
    movw    $DATA16, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %fs
    movw    %ax, %gs
    movw    %ax, %ss
    ljmpl   $CODE16, $REAL(leave_protected)

    .code16
leave_protected:
    movl    %cr0, %eax
    andb    $0xFE, %al
    movl    %eax, %cr0
    ljmp    $(BIOS_IMAGE >> 4), $REAL(in_real)
in_real:
    xorw    %ax, %ax
    movw    %ax, %ss
    movl    $BIOS_REAL_STACK, %esp
    movw    %cs, %ax
    movw    %ax, %ds
    lidtl   REAL(real_idt)
    movl    REAL(held) + 0, %eax
    movl    REAL(held) + 4, %ebx
    movl    REAL(held) + 8, %ecx
    movl    REAL(held) + 12, %edx
    movl    REAL(held) + 16, %esi
    movl    REAL(held) + 20, %edi
    movl    REAL(held) + 24, %ebp
    movw    REAL(held) + 34, %es
    movw    REAL(held) + 32, %ds
    sti
    .byte   0xCD                    /* int */
interrupt_number:
    .byte   0
    cli
    cld
    pushw   %ds
    pushw   %cs
    popw    %ds
    popw    REAL(held) + 32
    movl    %eax, REAL(held) + 0
    movl    %ebx, REAL(held) + 4
    movl    %ecx, REAL(held) + 8
    movl    %edx, REAL(held) + 12
    movl    %esi, REAL(held) + 16
    movl    %edi, REAL(held) + 20
    movl    %ebp, REAL(held) + 24
    pushfl
    popl    REAL(held) + 28
    movw    %es, REAL(held) + 34
    movl    $long_enter, %ebx
    movl    $back_long, %ecx
    jmp     protect

    .code64
back_long:
    movq    held_stack, %rsp
    popq    %rdi
    movl    $held, %esi
    movl    $(36 / 4), %ecx
    rep movsl
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret

    .balign 8
held:
    .fill   36, 1, 0
    .balign 8
held_stack:
    .quad   0
real_idt:
    .word   0x3FF
    .long   0
    .balign 8
gdt:
    .quad   0
    .quad   0x00AF9B000000FFFF      /* CODE64 */
    .quad   0x00CF93000000FFFF      /* DATA */
    .quad   0x00CF9B000000FFFF      /* CODE32 */
    .quad   0x00009B010000FFFF      /* CODE16: base 0x10000 */
    .quad   0x000093010000FFFF      /* DATA16 */
gdt_pointer:
    .word   . - gdt - 1
    .long   gdt

    .bss
    .balign 4096
    .globl  bios_tables
bios_tables:
tables:
    .fill   0x6000, 1, 0
stack:
    .fill   0x4000, 1, 0
stack_top:
