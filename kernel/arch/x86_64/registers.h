/* SPDX-License-Identifier: MIT */
/*
 * Control and model-specific registers, selectors and vectors of x86-64. Source: Intel SDM volume 3
 * (2.5 control registers, 6.3 vectors, 2.1 MSRs in volume 4). Also included by assembler.
 */
#pragma once

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_EM 0x00000004
#define CR0_TS 0x00000008
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_AM 0x00040000
#define CR0_NW 0x20000000
#define CR0_CD 0x40000000
#define CR0_PG 0x80000000

#define CR4_PAE        0x0020
#define CR4_MCE        0x0040
#define CR4_OSFXSR     0x0200
#define CR4_OSXMMEXCPT 0x0400

#define MSR_APIC_BASE 0x1B
#define MSR_PAT       0x277
#define MSR_DEADLINE  0x6E0
#define MSR_X2APIC    0x800
#define MSR_EFER      0xC0000080
#define MSR_GS_BASE   0xC0000101
#define EFER_LME      0x0100
#define EFER_NXE      0x0800

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18

/* Interrupt stacks of the TSS: one per cause that may strike while another is being handled. */
#define STACK_EXCEPTION    1
#define STACK_DOUBLE_FAULT 2
#define STACK_NMI          3
#define STACK_MACHINE      4
#define STACK_INTERRUPT    5
#define STACK_COUNT        5

#define VECTOR_IRQ      0x20 /* lines, from 0 */
#define VECTOR_TIMER    0xF0
#define VECTOR_CALL     0xF1 /* from another core */
#define VECTOR_SPURIOUS 0xFF

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline uint64_t msr_read(uint32_t number) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t number, uint64_t value) {
    __asm__ volatile("wrmsr"
                     :
                     : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* a * b / c by way of 128 bits; the result must fit. */
static inline uint64_t multiply_divide(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t quotient, rest;
    __asm__("mulq %3\n\tdivq %4" : "=&a"(quotient), "=&d"(rest) : "0"(a), "r"(b), "r"(c) : "cc");
    return quotient;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf) {
    struct cpuid out;
    __asm__ volatile("cpuid"
                     : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
                     : "a"(leaf), "c"(subleaf));
    return out;
}
#endif
