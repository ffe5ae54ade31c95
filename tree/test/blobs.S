/* SPDX-License-Identifier: MIT */
/* What dtc made of this folder's sources. */
        .section .rodata, "a"
        .balign 8
        .globl  machine_blob, machine_blob_end
machine_blob:
        .incbin "machine.dtb"
machine_blob_end:
        .section .note.GNU-stack, "", @progbits
