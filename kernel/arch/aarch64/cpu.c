/* SPDX-License-Identifier: MIT */
/* What <arch/cpu.h> asks of the core that runs. Source: Arm ARM (DDI 0487) D1 and D17. */
#include "frame.h"
#include "percpu.h"
#include <abi/bootinfo.h>
#include <arch/cpu.h>

const uint8_t cpu_trap_byte = 0; /* UDF #0 */

static_assert(BOOTINFO_ADDRESS + offsetof(struct bootinfo, boot_core) == 0xFFFF'FFFF'FFE0'000C,
              "entry.S reads the boot core's id there");

constexpr uint64_t MASKED = 1 << 7; /* DAIF.I */

extern const uint8_t trap_vectors[], trap_mark[], trap_return[];

struct core cores[CORES_MAX];

/* The boot core's, until cpu_stacks_create(). */
alignas(16) static uint8_t exception_stack[EXCEPTION_STACK_SIZE];
alignas(16) static uint8_t emergency_stack[EXCEPTION_STACK_SIZE];

/* SP_EL1 can only be named from above; from EL1 it is the stack pointer, once it is selected. */
static void exception_stack_set(uintptr_t top) {
    __asm__ volatile("msr spsel, #1\n\tmov sp, %0\n\tmsr spsel, #0" : : "r"(top) : "memory");
}

/* Errors that come late are heard of, and the stop of all cores, which is a fast interrupt where
 * the machine can send one. */
void core_adopt(struct core *core, uintptr_t exception_top) {
    core->exception_low = exception_top - EXCEPTION_STACK_SIZE;
    core->id = system_read(mpidr_el1) & AFFINITY_MASK;
    system_write(tpidr_el1, (uintptr_t)core);
    exception_stack_set(exception_top);
    system_write(vbar_el1, (uintptr_t)trap_vectors);
    barrier_instructions();
    __asm__ volatile("msr daifclr, #5" : : : "memory");
}

void cpu_start(void) {
    cores[0].emergency_top = (uintptr_t)emergency_stack + EXCEPTION_STACK_SIZE;
    core_adopt(&cores[0], (uintptr_t)exception_stack + EXCEPTION_STACK_SIZE);
}

void cpu_interrupts_enable(void) {
    __asm__ volatile("msr daifclr, #2" : : : "memory");
}

bool cpu_interrupts_disable(void) {
    bool enabled = !(system_read(daif) & MASKED);
    __asm__ volatile("msr daifset, #2" : : : "memory");
    return enabled;
}

/* An interrupt ends the sleep also while it is masked. */
void cpu_wait(void) {
    __asm__ volatile("msr daifset, #2\n\tdsb sy\n\twfi\n\tmsr daifclr, #2" : : : "memory");
}

[[noreturn]] void cpu_halt(void) {
    for (;;) {
        __asm__ volatile("msr daifset, #15\n\twfi" : : : "memory");
    }
}

/* EL1 has no way to reset the core it runs on: that is the machine's. */
[[noreturn]] void cpu_reset(void) {
    cpu_halt();
}

uint64_t cpu_cycles(void) {
    barrier_instructions();
    return system_read(cntvct_el0);
}

/* The target wants nothing but the least. */
bool cpu_has(struct text extension) {
    return false;
}

bool cpu_random(uint64_t *out) {
    constexpr uint64_t HAS_RANDOM = UINT64_C(15) << 60;
    if (!(system_read(id_aa64isar0_el1) & HAS_RANDOM)) {
        return false;
    }
    bool failed;
    __asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(*out), "=@cceq"(failed)); /* RNDR */
    return !failed;
}

[[gnu::noinline]] struct cpu_frame cpu_frame_here(void) {
    const uintptr_t *frame = __builtin_frame_address(0);
    const uintptr_t *caller = (const uintptr_t *)frame[0];
    return (struct cpu_frame){caller[0], caller[1], nullptr};
}

static bool record_read(uintptr_t at, bool (*readable)(uintptr_t address), uintptr_t out[2]) {
    if (at == 0 || at % 8 != 0 || !readable(at) || !readable(at + 8)) {
        return false;
    }
    out[0] = ((const uintptr_t *)at)[0];
    out[1] = ((const uintptr_t *)at)[1];
    return out[1] != 0;
}

/* The record of trap_dispatch() leads to that of the exception, which is the frame's first part. */
bool cpu_frame_next(struct cpu_frame *frame, bool (*readable)(uintptr_t address)) {
    uintptr_t at = frame->frame_pointer, link[2];
    if (!record_read(at, readable, link)) {
        return false;
    }
    if (link[1] == (uintptr_t)trap_return) {
        at = link[0];
        if (!record_read(at, readable, link)) {
            return false;
        }
    }
    if (link[1] != (uintptr_t)trap_mark) {
        *frame = (struct cpu_frame){link[0], link[1], nullptr};
        return true;
    }
    const struct trap_frame *interrupted = (const struct trap_frame *)at;
    if (!readable(at + sizeof(*interrupted) - 8)) {
        return false;
    }
    *frame = (struct cpu_frame){interrupted->x[29], interrupted->pc, interrupted};
    return true;
}

void cpu_device_barrier(void) {
    __asm__ volatile("dsb sy" : : : "memory");
}
