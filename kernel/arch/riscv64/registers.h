/* SPDX-License-Identifier: MIT */
/* Control and status registers. Source: RISC-V Privileged Architecture 1.12, chapter 4. Also for
 * assembler. */
#pragma once

#define SSTATUS_SIE        0x2
#define SSTATUS_FS_INITIAL 0x2000
#define SSTATUS_FS         0x6000
#define SSTATUS_SUM        0x40000
#define SSTATUS_MXR        0x80000

#define INTERRUPT_SOFTWARE 1 /* numbers of causes, and bits of sie and sip */
#define INTERRUPT_TIMER    5
#define INTERRUPT_EXTERNAL 9

#define SATP_MODE_SHIFT 60
#define SATP_SV39       8
#define SATP_SV48       9

#define CSR_STIMECMP 0x14D /* by number: of the extension Sstc */

#ifndef __ASSEMBLER__
#define csr_read(name)                                                                             \
    ({                                                                                             \
        uint64_t csr_value;                                                                        \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value) : : "memory");                        \
        csr_value;                                                                                 \
    })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" : : "r"(value) : "memory")
#define csr_set(name, bits)    __asm__ volatile("csrs " #name ", %0" : : "r"(bits) : "memory")
#define csr_clear(name, bits)  __asm__ volatile("csrc " #name ", %0" : : "r"(bits) : "memory")
#endif
