/* SPDX-License-Identifier: MIT */
/*
 * What landing.c copies to memory of its own: where the other harts start (landing_hart, by SBI,
 * untranslated, a0 their id), wait until `go`, and go to the kernel; core 0 joins them at
 * landing_core_0 (a0 its id). Position-independent, without a stack. To the kernel goes a0.
 *
 * Sources: SBI 1.0, 9.1 (state of a hart that starts); RISC-V Privileged Architecture 1.12, 4.1.11
 * (satp), 4.2.1 (SFENCE.VMA).
 */
#define SATP_SV39 8
#define SSTATUS_SIE 0x2
#define SSTATUS_FS 0x6000
#define SSTATUS_SUM_MXR 0xC0000

    .section .rodata, "a"
    .globl  landing_start, landing_end, landing_hart, landing_core_0
    .balign 16
landing_start:
/* struct landing of landing.c */
kernel_pages:
    .dword  0
kernel_entry:
    .dword  0
stack_size:
    .dword  0
next_core:
    .word   1
core_count:
    .word   1
go: .word   0
    .balign 16

landing_hart:
    lla     t0, next_core
    li      t1, 1
    amoadd.w.aqrl t1, t1, (t0)
    lla     t0, go
1:  lw      t2, (t0)
    bnez    t2, 2f
    .insn   i 0x0F, 0, x0, x0, 0x010    /* pause, where the CPU has it; else nothing */
    j       1b
2:  fence   r, rw
    lw      t2, core_count
    bltu    t1, t2, land
    li      a7, 0x48534D            /* too late: nobody counts on this one; hart_stop */
    li      a6, 1
    ecall
3:  wfi
    j       3b

landing_core_0:
    li      t1, 0
    lla     t0, go
    li      t2, 1
    fence   rw, w
    sw      t2, (t0)
land:
    li      t0, SSTATUS_SIE | SSTATUS_SUM_MXR
    csrc    sstatus, t0
    li      t0, SSTATUS_FS
    csrs    sstatus, t0
    csrw    sie, zero
    ld      t3, kernel_entry
    ld      t4, stack_size
    mul     t4, t4, t1
    neg     sp, t4
    ld      t5, kernel_pages
    srli    t5, t5, 12
    li      t6, SATP_SV39 << 60
    or      t5, t5, t6
    sfence.vma
    csrw    satp, t5
    sfence.vma
    fence.i                         /* the kernel was written by another hart, maybe */
    li      ra, 0
    li      s0, 0
    li      gp, 0
    li      tp, 0
    jr      t3
    .balign 16
landing_end:
