/* SPDX-License-Identifier: MIT */
/*
 * boot.bin: the code in a disk's first sector. Reads loader.bin, whose place on the disk the image
 * maker has written into the sector (see <boot/layout.h>), to 0x10000 and enters it. The partition
 * table from 0x1B8 on is the image maker's too.
 *
 * Source: "BIOS Boot Specification" 1.01; "BIOS Enhanced Disk Drive Specification" 1.1 (int 13h,
 * AH=41h and 42h). Entered at 0x7C00 in real mode with the drive in DL.
 */
    .code16
    .section .start, "ax"
    .globl start
start:
    cli
    xorw    %ax, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movw    $0x7C00, %sp
    sti
    cld
    ljmp    $0, $set_up
set_up:
    movb    %dl, drive
    movw    loader_count, %ax
    movw    %ax, packet_count
    movl    loader_sector, %eax
    movl    %eax, packet_sector

    movb    $0x41, %ah              /* are there reads by sector number? */
    movw    $0x55AA, %bx
    int     $0x13
    movw    $no_extensions, %si
    jc      complain
    cmpw    $0xAA55, %bx
    jne     complain

    movw    $4, %di                 /* tries */
read:
    movb    $0x42, %ah
    movb    drive, %dl
    movw    $packet, %si
    int     $0x13
    jnc     check
    xorw    %ax, %ax                /* reset the drive */
    movb    drive, %dl
    int     $0x13
    decw    %di
    jnz     read
    movw    $unreadable, %si
    jmp     complain

check:
    movw    $0x1000, %ax
    movw    %ax, %es
    movw    $not_there, %si
    cmpl    $0x53726448, %es:0x202  /* "HdrS" */
    jne     complain
    movb    drive, %dl
    movb    %dl, %es:4              /* bios_drive */
    ljmp    $0x1020, $0

/* Prints what SI points at to the screen and the first serial port, and stops. */
complain:
    pushw   %si
    movw    $0x00E3, %ax            /* 9600 8N1: what int 14h can do at most */
    xorw    %dx, %dx
    int     $0x14
    movw    $0x3FB, %dx             /* 115200 8N1 */
    movb    $0x83, %al
    outb    %al, %dx
    movw    $0x3F8, %dx
    movw    $1, %ax
    outw    %ax, %dx
    movw    $0x3FB, %dx
    movb    $0x03, %al
    outb    %al, %dx
    popw    %si
next:
    lodsb
    testb   %al, %al
    jz      stop
    pushw   %ax
    movb    $0x0E, %ah
    movw    $7, %bx
    int     $0x10
    popw    %ax
    movb    $0x01, %ah
    xorw    %dx, %dx
    int     $0x14
    jmp     next
stop:
    hlt
    jmp     stop

no_extensions:
    .asciz  "copper: this BIOS reads no disks by sector number\r\n"
unreadable:
    .asciz  "copper: cannot read the loader from the disk\r\n"
not_there:
    .asciz  "copper: the loader is not where the MBR says\r\n"

    .balign 4
packet:
    .byte   16, 0
packet_count:
    .word   0
    .word   0, 0x1000               /* to 0x1000:0 */
packet_sector:
    .quad   0
drive:
    .byte   0

    .org    start + 0x1B0, 0
loader_sector:
    .long   0
loader_count:
    .word   0
    .org    start + 510, 0
    .byte   0x55, 0xAA
