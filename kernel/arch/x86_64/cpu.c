/* SPDX-License-Identifier: MIT */
/*
 * The boot core's modes and tables: GDT, TSS with a stack for each kind of exception, IDT, control
 * registers. Nothing that the loader left is relied on. Source: Intel SDM volume 3, chapters 2, 3
 * and 6.
 */
#include "frame.h"
#include "machine_check.h"
#include "registers.h"
#include <abi/bootinfo.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <base/string.h>

static_assert(BOOTINFO_ADDRESS + offsetof(struct bootinfo, boot_core) == 0xFFFF'FFFF'FFE0'000C,
              "entry.S reads the boot core's id there");

constexpr size_t EXCEPTION_STACK_SIZE = 16 * 1024;

struct [[gnu::packed]] task_state {
    uint32_t reserved0;
    uint64_t privileged_stacks[3];
    uint64_t reserved1;
    uint64_t interrupt_stacks[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};
static_assert(sizeof(struct task_state) == 104);

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

extern const uint8_t trap_entries[256][16], trap_return[];

static struct task_state task_state;
static uint64_t descriptors[5];
static struct gate_descriptor gates[256];
alignas(16) static uint8_t exception_stacks[STACK_COUNT][EXCEPTION_STACK_SIZE];

static void descriptors_load(void) {
    uint64_t task = (uintptr_t)&task_state;
    descriptors[SELECTOR_CODE / 8] = 0x00AF'9B00'0000'FFFF; /* 64-bit code, ring 0 */
    descriptors[SELECTOR_DATA / 8] = 0x00CF'9300'0000'FFFF;
    descriptors[SELECTOR_TSS / 8] = (sizeof(task_state) - 1) | (task & 0xFF'FFFF) << 16 |
                                    UINT64_C(0x89) << 40 | (task >> 24 & 0xFF) << 56;
    descriptors[SELECTOR_TSS / 8 + 1] = task >> 32;
    struct table_register table = {sizeof(descriptors) - 1, (uintptr_t)descriptors};
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

static void task_state_load(void) {
    for (unsigned i = 0; i < STACK_COUNT; i++) {
        task_state.interrupt_stacks[i] = (uintptr_t)exception_stacks[i] + EXCEPTION_STACK_SIZE;
    }
    task_state.io_map = sizeof(task_state);
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

static void gates_load(void) {
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
    struct table_register table = {sizeof(gates) - 1, (uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(table) : "memory");
}

/* Write protection also for the kernel, NX, SSE for compiled code; no leftovers of a loader. */
static void modes_set(void) {
    uint64_t cr0, cr4;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    cr0 &= ~(uint64_t)(CR0_EM | CR0_TS | CR0_AM);
    cr0 |= CR0_WP | CR0_MP | CR0_NE;
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 &= ~(uint64_t)(CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP);
    cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
    msr_write(MSR_PAT, 0x0007'0106'0007'0106); /* write-back, combining, uncached-, uncached */
    uint32_t mxcsr = 0x1F80;
    __asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
    machine_check_start();
}

void cpu_start(void) {
    descriptors_load();
    task_state_load();
    gates_load();
    modes_set();
}

void cpu_interrupts_enable(void) {
    __asm__ volatile("sti" : : : "memory");
}

static bool interrupts_enabled(void) {
    uint64_t flags;
    __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
    return flags & 0x200;
}

bool cpu_interrupts_disable(void) {
    bool enabled = interrupts_enabled();
    __asm__ volatile("cli" : : : "memory");
    return enabled;
}

void cpu_wait(void) {
    __asm__ volatile("sti\n\thlt" : : : "memory"); /* sti takes effect after hlt has begun */
}

[[noreturn]] void cpu_halt(void) {
    for (;;) {
        __asm__ volatile("cli\n\thlt" : : : "memory");
    }
}

/* The keyboard controller's reset line, then an exception that cannot be delivered. */
[[noreturn]] void cpu_reset(void) {
    cpu_interrupts_disable();
    io_write8(0x64, 0xFE);
    for (unsigned i = 0; i < 100'000; i++) {
        io_read8(0x80);
    }
    struct table_register none = {0, 0};
    __asm__ volatile("lidt %0\n\tint3" : : "m"(none));
    cpu_halt();
}

uint64_t cpu_cycles(void) {
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

bool cpu_random(uint64_t *out) {
    constexpr uint32_t RDRAND = 1u << 30;
    if (!(cpuid_read(1, 0).ecx & RDRAND)) {
        return false;
    }
    for (unsigned attempt = 0; attempt < 10; attempt++) {
        bool good;
        __asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(good));
        if (good) {
            return true;
        }
    }
    return false;
}

/* x86 keeps instruction fetch coherent by physical address; a serialising instruction is enough. */
void cpu_synchronise_code(const void *code, size_t size) {
    (void)cpuid_read(0, 0);
}

[[gnu::noinline]] struct cpu_frame cpu_frame_here(void) {
    const uintptr_t *frame = __builtin_frame_address(0);
    const uintptr_t *caller = (const uintptr_t *)frame[0];
    return (struct cpu_frame){caller[0], caller[1], nullptr};
}

bool cpu_frame_next(struct cpu_frame *frame, bool (*readable)(uintptr_t address)) {
    uintptr_t at = frame->frame_pointer;
    if (at == 0 || at % 8 != 0 || !readable(at) || !readable(at + 8)) {
        return false;
    }
    const uintptr_t *link = (const uintptr_t *)at;
    if (link[1] == 0) {
        return false;
    }
    if (link[1] != (uintptr_t)trap_return) {
        *frame = (struct cpu_frame){link[0], link[1], nullptr};
        return true;
    }
    const struct trap_frame *interrupted = (const struct trap_frame *)(link + 2); /* stubs.S */
    if (!readable(at + 16) || !readable(at + 8 + sizeof(*interrupted))) {
        return false;
    }
    *frame = (struct cpu_frame){interrupted->rbp, interrupted->rip, interrupted};
    return true;
}
