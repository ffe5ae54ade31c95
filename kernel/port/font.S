/* SPDX-License-Identifier: MIT */
/* The console's font, as kernel/include/chip/font.h describes it; mk/part/kernel.mk says which. */
        .section .rodata, "a"
        .globl kernel_font_start, kernel_font_end
        .balign 8
kernel_font_start:
        .incbin KERNEL_FONT
kernel_font_end:
        .byte 0
