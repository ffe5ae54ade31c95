/* SPDX-License-Identifier: MIT */
/* What <arch/cpu.h> asks of the core that runs. Source: RISC-V Privileged Architecture 1.12,
 * chapter 4; RISC-V ELF psABI for frames. */
#include "frame.h"
#include "isa.h"
#include "platform.h"
#include "registers.h"
#include "wake.h"
#include <abi/bootinfo.h>
#include <abi/sbi.h>
#include <arch/core.h>
#include <arch/cpu.h>

const uint8_t cpu_trap_byte = 0; /* no instruction, by definition */

static_assert(BOOTINFO_ADDRESS + offsetof(struct bootinfo, arch.riscv64.boot_hart) ==
                  0xFFFF'FFFF'FFE0'0058,
              "entry.S reads the boot hart's id there");

extern const uint8_t trap_entry[], trap_return[];

/* The boot core's, until cpu_stacks_create(). */
alignas(16) static uint8_t exception_stacks[3][TRAP_STACK_SIZE];

void core_modes_set(struct core *core) {
    csr_write(sscratch, core);
    csr_write(stvec, trap_entry);
    csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS);
    csr_set(sstatus, SSTATUS_FS_INITIAL); /* for programs: the kernel has no use for it */
    csr_write(0x003, 0);                  /* fcsr: round to nearest, no flags */
    csr_write(sie, 1 << INTERRUPT_SOFTWARE);
}

void cpu_start(void) {
    struct core *core = &cores[0];
    core->hart = ((const struct bootinfo *)BOOTINFO_ADDRESS)->arch.riscv64.boot_hart;
    core->exception = (uintptr_t)exception_stacks[0] + TRAP_STACK_SIZE;
    core->twice = (uintptr_t)exception_stacks[1] + TRAP_STACK_SIZE;
    core->interrupt = (uintptr_t)exception_stacks[2] + TRAP_STACK_SIZE;
    core_modes_set(core);
}

void cpu_interrupts_enable(void) {
    __asm__ volatile("csrsi sstatus, %0" : : "i"(SSTATUS_SIE) : "memory");
}

bool cpu_interrupts_disable(void) {
    uint64_t before;
    __asm__ volatile("csrrci %0, sstatus, %1" : "=r"(before) : "i"(SSTATUS_SIE) : "memory");
    return before & SSTATUS_SIE;
}

/* What is pending ends the sleep, masked by sstatus or not. */
void cpu_wait(void) {
    __asm__ volatile("csrci sstatus, %0\n\twfi\n\tcsrsi sstatus, %0"
                     :
                     : "i"(SSTATUS_SIE)
                     : "memory");
}

[[noreturn]] void cpu_halt(void) {
    cpu_interrupts_disable();
    csr_write(sie, 0);
    if (cores_are_leaving()) {
        sbi_call(SBI_HARTS, SBI_HART_STOP, 0, 0, 0);
    }
    for (;;) {
        __asm__ volatile("wfi" : : : "memory");
    }
}

[[noreturn]] void cpu_reset(void) {
    sbi_call(SBI_RESET, 0, SBI_RESET_COLD, 0, 0);
    cpu_halt();
}

uint64_t cpu_cycles(void) {
    return csr_read(time);
}

/* No register of supervisor mode tells: firmware does, by the device tree. */
bool cpu_has(struct text extension) {
    return platform_tree() != nullptr && isa_everywhere(platform_tree(), extension);
}

/* No generator that supervisors may use is common. */
bool cpu_random(uint64_t *out) {
    return false;
}

/* Fetching is coherent with nothing, not even with this hart's own stores. (QEMU hides that.) */
void cpu_synchronise_code(const void *code, size_t size) {
    cpu_refetch();
}

void cpu_refetch(void) {
    __asm__ volatile("fence rw, rw\n\tfence.i" : : : "memory");
}

static void refetch(void *data) {
    cpu_refetch();
}

/* No other hart sees new code without a fence.i of its own, which the firmware has all of them do,
 * wherever they are; where it cannot, those at work are asked. doc/decisions/0035. */
void cpu_publish_code(const void *code, size_t size) {
    cpu_synchronise_code(code, size);
    if (core_count() > 1 && !sbi_fence(SBI_FENCE_CODE, 0, 0)) {
        cores_call_busy(refetch, nullptr);
    }
}

/* A frame pointer leads to the end of a frame: below it lie the return address, and the caller's
 * frame pointer. */
[[gnu::noinline]] struct cpu_frame cpu_frame_here(void) {
    const uintptr_t *frame = __builtin_frame_address(0);
    const uintptr_t *caller = (const uintptr_t *)frame[-2];
    return (struct cpu_frame){caller[-2], caller[-1], nullptr};
}

bool cpu_frame_next(struct cpu_frame *frame, bool (*readable)(uintptr_t address)) {
    uintptr_t at = frame->frame_pointer;
    if (at == 0 || at % 8 != 0 || !readable(at - 16) || !readable(at - 8)) {
        return false;
    }
    const uintptr_t *end = (const uintptr_t *)at;
    if (end[-1] == 0) {
        return false;
    }
    if (end[-1] != (uintptr_t)trap_return) {
        *frame = (struct cpu_frame){end[-2], end[-1], nullptr};
        return true;
    }
    const struct trap_frame *interrupted = (const struct trap_frame *)end[-2]; /* stubs.S */
    if (end[-2] % 8 != 0 || !readable(end[-2]) || !readable(end[-2] + FRAME_SIZE - 8)) {
        return false;
    }
    *frame = (struct cpu_frame){trap_frame_pointer(interrupted), interrupted->pc, interrupted};
    return true;
}

void cpu_device_barrier(void) {
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}
