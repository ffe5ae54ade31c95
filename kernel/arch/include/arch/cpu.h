/* SPDX-License-Identifier: MIT */
/*
 * What the kernel asks of a CPU core, whatever its kind. Each folder arch/<cpu>/ implements all of
 * <arch/...>; arch/null/ is the template of a port.
 *
 * A port's entry code takes a core from the loader's hand-over to kernel_main() on a stack of its
 * own, with interrupts masked and caches on; all cores but one are parked there. From then on the
 * order is cpu_start(), memory (see <arch/mmu.h>), then timers and interrupts.
 */
#pragma once
#include <base/string.h>
#include <stddef.h>
#include <stdint.h>

/* Where the entry code goes: kernel/start/main.c. */
[[noreturn]] void kernel_main(void);

/* The core's own tables and modes: exceptions are taken from here on. Called once. */
void cpu_start(void);

/* Interrupts of this core. cpu_interrupts_disable() returns whether they were enabled. */
void cpu_interrupts_enable(void);
bool cpu_interrupts_disable(void);
/* Enables interrupts and sleeps until one comes, with no gap between the two in which one could be
 * lost; returns with interrupts enabled. */
void cpu_wait(void);
/* Sleeps for ever, interrupts masked. */
[[noreturn]] void cpu_halt(void);
/* Restarts the machine by the CPU's own means. */
[[noreturn]] void cpu_reset(void);
/* Makes a kernel stack of `size` bytes for the boot core, and stacks for its exceptions, to which
 * it goes over at once. Below each is a page that is never mapped. Returns the top. Called once,
 * when there is memory. */
void *cpu_stacks_create(size_t size);
/* What a fault at this address is, when it lies in such a page, of any core; NULL elsewhere. */
const char *cpu_stack_overflow(uintptr_t address);
/* Goes on in `function` at the top of another stack; what lies on the old one is gone. */
[[noreturn]] void cpu_stack_switch(void *top, void (*function)(void));

/* A counter of at least a MHz that never stops and never goes back; its rate is timer.h's business.
 */
uint64_t cpu_cycles(void);
/* Is every core known to have this extension, by the name that the CPU's manual has for it ("zba")?
 * Where the CPU itself cannot be asked it is what the machine's tables say; false when they say
 * nothing. */
bool cpu_has(struct text extension);
/* The CPU's random number generator, if it has one and it is willing. */
bool cpu_random(uint64_t *out);
/* Instructions written through another mapping are seen by this core's fetch after this. */
void cpu_synchronise_code(const void *code, size_t size);
/* The same for every core that may run them, for instructions where no core has run any before:
 * once this has returned any core may be led there. No lock is held. */
void cpu_publish_code(const void *code, size_t size);
/* What this core has fetched and not yet run is fetched anew. What it has stored before is seen by
 * other cores first. */
void cpu_refetch(void);
/* Whoever runs bytes of this value is stopped by an exception. */
extern const uint8_t cpu_trap_byte;
/* All accesses before it, to memory and to devices, are seen by both before any after it. */
void cpu_device_barrier(void);

struct trap_frame;

/* One frame of a chain of frame pointers. */
struct cpu_frame {
    uintptr_t frame_pointer;
    uintptr_t return_address;
    const struct trap_frame *interrupted; /* by an exception or interrupt: then the address is where
                                             exactly, and no call's; NULL else */
};
/* The frame of the caller of the function that asks. */
struct cpu_frame cpu_frame_here(void);
/* The next outer frame, through exceptions, too. `readable` tells whether the word at an address
 * may be read; false when the chain ends or is broken. */
bool cpu_frame_next(struct cpu_frame *frame, bool (*readable)(uintptr_t address));
