/* SPDX-License-Identifier: MIT */
/*
 * A CPU that does nothing: the template of a port, and what unit tests link. A port brings besides
 * these files its entry code, which calls kernel_main() as <arch/cpu.h> says, and a link script
 * that names kernel_text_start, kernel_text_end, kernel_rodata_end and kernel_end.
 */
#include <arch/cpu.h>

const uint8_t cpu_trap_byte = 0;

static bool interrupts;
static uint64_t cycles;

void cpu_start(void) {
}

void cpu_interrupts_enable(void) {
    interrupts = true;
}

bool cpu_interrupts_disable(void) {
    bool enabled = interrupts;
    interrupts = false;
    return enabled;
}

void cpu_wait(void) {
    interrupts = true;
}

[[noreturn]] void cpu_halt(void) {
    __builtin_trap();
}

[[noreturn]] void cpu_reset(void) {
    __builtin_trap();
}

void *cpu_stacks_create(size_t size) {
    return nullptr;
}

const char *cpu_stack_overflow(uintptr_t address) {
    return nullptr;
}

[[noreturn]] void cpu_stack_switch(void *top, void (*function)(void)) {
    function();
    __builtin_trap();
}

uint64_t cpu_cycles(void) {
    return cycles++;
}

/* Nothing is known of it. */
bool cpu_has(struct text extension) {
    return false;
}

bool cpu_random(uint64_t *out) {
    return false;
}

void cpu_synchronise_code(const void *code, size_t size) {
}

void cpu_publish_code(const void *code, size_t size) {
}

void cpu_refetch(void) {
}

void cpu_device_barrier(void) {
}

struct cpu_frame cpu_frame_here(void) {
    return (struct cpu_frame){0};
}

bool cpu_frame_next(struct cpu_frame *frame, bool (*readable)(uintptr_t address)) {
    return false;
}
