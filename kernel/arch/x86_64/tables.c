/* SPDX-License-Identifier: MIT */
/*
 * The tables that the CPU itself reads: one IDT for all cores; a GDT and a TSS for each, with a
 * stack for each kind of exception. Nothing that the loader left is relied on. Source: Intel SDM
 * volume 3, chapters 2, 3 and 6.
 */
#include "tables.h"
#include "machine_check.h"
#include <stdint.h>

struct gate_descriptor {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t stack;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
static_assert(sizeof(struct gate_descriptor) == 16);

struct [[gnu::packed]] table_register {
    uint16_t limit;
    uint64_t address;
};

extern const uint8_t trap_entries[256][16];

static struct gate_descriptor gates[256];

static void descriptors_load(struct core *core) {
    uint64_t *descriptors = core->descriptors;
    uint64_t task = (uintptr_t)&core->task;
    descriptors[SELECTOR_CODE / 8] = 0x00AF'9B00'0000'FFFF; /* 64-bit code, ring 0 */
    descriptors[SELECTOR_DATA / 8] = 0x00CF'9300'0000'FFFF;
    descriptors[SELECTOR_TSS / 8] = (sizeof(core->task) - 1) | (task & 0xFF'FFFF) << 16 |
                                    UINT64_C(0x89) << 40 | (task >> 24 & 0xFF) << 56;
    descriptors[SELECTOR_TSS / 8 + 1] = task >> 32;
    struct table_register table = {sizeof(core->descriptors) - 1, (uintptr_t)descriptors};
    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %2, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "movl %%eax, %%fs\n\t"
                     "movl %%eax, %%gs\n\t"
                     "lldt %%ax"
                     :
                     : "m"(table), "i"(SELECTOR_CODE), "i"(SELECTOR_DATA)
                     : "rax", "memory");
}

static void task_state_load(struct core *core, const uintptr_t stacks[STACK_COUNT]) {
    for (unsigned i = 0; i < STACK_COUNT; i++) {
        core->task.interrupt_stacks[i] = stacks[i];
    }
    core->task.io_map = sizeof(core->task);
    __asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS) : "memory");
}

static uint8_t stack_of_vector(unsigned vector) {
    switch (vector) {
    case 2:
        return STACK_NMI;
    case 8:
        return STACK_DOUBLE_FAULT;
    case 18:
        return STACK_MACHINE;
    default:
        return vector < 32 ? STACK_EXCEPTION : STACK_INTERRUPT;
    }
}

static void gates_fill(void) {
    for (unsigned vector = 0; vector < 256; vector++) {
        uint64_t entry = (uintptr_t)trap_entries[vector];
        gates[vector] = (struct gate_descriptor){
            .offset_low = (uint16_t)entry,
            .selector = SELECTOR_CODE,
            .stack = stack_of_vector(vector),
            .type = 0x8E, /* present, interrupt gate: masks interrupts */
            .offset_middle = (uint16_t)(entry >> 16),
            .offset_high = (uint32_t)(entry >> 32),
        };
    }
}

static void gates_load(void) {
    struct table_register table = {sizeof(gates) - 1, (uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(table) : "memory");
}

/* Write protection also for the kernel, NX, SSE for compiled code; no leftovers of a loader. */
void modes_set(void) {
    uint64_t cr0, cr4;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    cr0 &= ~(uint64_t)(CR0_EM | CR0_TS | CR0_AM);
    cr0 |= CR0_WP | CR0_MP | CR0_NE;
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
    cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
    msr_write(MSR_PAT, 0x0007'0106'0007'0106); /* write-back, combining, uncached-, uncached */
    uint32_t mxcsr = 0x1F80;
    __asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
    machine_check_start();
}

/* Until GS leads to the core nothing may ask which one this is: so it comes before the IDT. */
void tables_load(struct core *core, const uintptr_t exception_stacks[STACK_COUNT]) {
    core->self = core;
    core->index = (uint32_t)(core - cores);
    descriptors_load(core);
    msr_write(MSR_GS_BASE, (uintptr_t)core);
    task_state_load(core, exception_stacks);
    if (core->index == 0) {
        gates_fill();
    }
    gates_load();
}

void tables_break(void) {
    struct table_register none = {0, 0};
    __asm__ volatile("lidt %0" : : "m"(none));
}
