/* SPDX-License-Identifier: MIT */
/* What <arch/cpu.h> asks of the core that runs. Source: Intel SDM volume 3, chapters 2, 3 and 6. */
#include "frame.h"
#include "io.h"
#include "tables.h"
#include <abi/bootinfo.h>
#include <arch/cpu.h>
#include <base/string.h>

static_assert(BOOTINFO_ADDRESS + offsetof(struct bootinfo, boot_core) == 0xFFFF'FFFF'FFE0'000C,
              "entry.S reads the boot core's id there");

constexpr size_t EXCEPTION_STACK_SIZE = 16 * 1024;

extern const uint8_t trap_return[];

/* The boot core's, until cpu_stacks_create(). */
alignas(16) static uint8_t exception_stacks[STACK_COUNT][EXCEPTION_STACK_SIZE];

void cpu_start(void) {
    uintptr_t tops[STACK_COUNT];
    for (unsigned i = 0; i < STACK_COUNT; i++) {
        tops[i] = (uintptr_t)exception_stacks[i] + EXCEPTION_STACK_SIZE;
    }
    tables_load(&cores[0], tops);
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
    tables_break();
    __asm__ volatile("int3");
    cpu_halt();
}

uint64_t cpu_cycles(void) {
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* The target asks the CPU itself. */
bool cpu_has(struct text extension) {
    return false;
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

const uint8_t cpu_trap_byte = 0xCC; /* int3 */

/* x86 keeps instruction fetch coherent by physical address; a serialising instruction is enough. */
void cpu_synchronise_code(const void *code, size_t size) {
    (void)cpuid_read(0, 0);
}

/* Another core can have fetched nothing older from there: doc/decisions/0018. */
void cpu_publish_code(const void *code, size_t size) {
    cpu_synchronise_code(code, size);
}

void cpu_refetch(void) {
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

void cpu_device_barrier(void) {
    __asm__ volatile("mfence" : : : "memory");
}
