/* SPDX-License-Identifier: MIT */
/*
 * The headers of a PE32+ file, which no linker here writes for this CPU, and the way from there to
 * efi_main(). One section holds everything, at the same offset in the file and in memory. Nothing
 * is left for the firmware to relocate: image_relocate does that.
 *
 * Source: Microsoft, "PE Format"; UEFI specification 2.10, 2.1.1 (images), 2.3.7 (RISC-V).
 */
#define MACHINE_RISCV64 0x5064
#define EXECUTABLE 0x0002
#define NO_LINES 0x0004
#define NO_DEBUG 0x0200
#define PE32_PLUS 0x20B
#define EFI_APPLICATION 10
#define SECTION_ALL 0xE0000060          /* code and data; executable, readable, writable */

    .section .headers, "a"
    .ascii  "MZ"
    .skip   58
    .word   pe_header - image_start
pe_header:
    .ascii  "PE\0\0"
    .half   MACHINE_RISCV64
    .half   1                           /* sections */
    .word   0, 0, 0                     /* no date, no symbols */
    .half   optional_end - optional
    .half   EXECUTABLE | NO_LINES | NO_DEBUG
optional:
    .half   PE32_PLUS
    .byte   0, 0
    .word   image_file_size
    .word   0
    .word   image_bss_size
    .word   efi_start - image_start
    .word   image_section - image_start
    .dword  0                           /* image base */
    .word   4096, 512                   /* alignment in memory, in the file */
    .half   0, 0, 0, 0, 0, 0
    .word   0
    .word   image_size
    .word   image_section - image_start /* headers */
    .word   0
    .half   EFI_APPLICATION, 0
    .dword  0, 0, 0, 0
    .word   0
    .word   6
    .dword  0, 0, 0, 0, 0, 0            /* tables: none */
optional_end:
    .ascii  ".all\0\0\0\0"
    .word   image_section_size
    .word   image_section - image_start
    .word   image_file_size
    .word   image_section - image_start
    .word   0, 0
    .half   0, 0
    .word   SECTION_ALL

    .section .text, "ax"
    .globl  efi_start
efi_start:
    addi    sp, sp, -16
    sd      ra, 8(sp)
    call    image_relocate
    call    efi_main
    ld      ra, 8(sp)
    addi    sp, sp, 16
    ret
