/* SPDX-License-Identifier: MIT */
/*
 * From EL2 down to EL1, for assembler: where firmware leaves a core in EL2, nothing there is to
 * stand between the kernel and its machine. Source: Arm ARM (DDI 0487), D17.2.
 */
#pragma once

#define SCTLR_ONES 0x30D00800

/* Goes on at `to` (a label), at EL1 with SP_EL0, untranslated, interrupts masked; changes x9, x10.
 * At EL1 already: just goes there. */
.macro go_to_el1 to msr daifset, #0xF mrs x9, currentel cmp x9,
    #(2 << 2) b.ne    \to adr x9, \to leave_el2
                                      .endm

                                      /* The same for an address in x9. */
                                      .macro leave_el2 msr elr_el2,
    x9 mov x9,
    #(1 << 31) /* HCR: EL1 is aarch64, nothing is trapped */
    msr hcr_el2,
    x9 mov x9,
    #3 /* counters and timers are EL1's */
    msr cnthctl_el2,
    x9 msr cntvoff_el2, xzr mov x9,
    #0x33FF /* CPTR: floating point is not trapped */
    msr cptr_el2,
    x9 msr hstr_el2, xzr mrs x9, midr_el1 msr vpidr_el2, x9 mrs x9, mpidr_el1 msr vmpidr_el2,
    x9 mrs x9, id_aa64pfr0_el1 ubfx x9, x9, #24, #4 cbz x9, 99f mov x9,
    #0xF /* GICv3: its registers are EL1's, too */
    msr s3_4_c12_c9_5,
    x9 /* ICC_SRE_EL2 */
    isb msr s3_4_c12_c11_0,
    xzr /* ICH_HCR_EL2 */
    99 : ldr x9,
         = SCTLR_ONES msr sctlr_el1,
         x9 mov x9,
         #0x3C4 /* EL1t, all masked */
         msr spsr_el2,
         x9 eret.endm
