/* SPDX-License-Identifier: MIT */
/*
 * Which core this is, and interrupts from one to another; what they are for is chip/cores.c's.
 *
 * No interrupt of this CPU comes through when they are masked, and SBI stops no hart but the one
 * that asks (HSM, 9.2; a non-maskable interrupt is machine mode's). So a core that is to stop does
 * so when it unmasks interrupts, or within core_pause(), which whoever waits with interrupts masked
 * calls. What is left is a core that is broken and loops masked without a wait: nobody can stop it.
 */
#include "frame.h"
#include "wake.h"
#include <abi/sbi.h>
#include <chip/cores.h>

struct core cores[CORES_MAX];
static bool leaving; /* atomic */

unsigned core_index(void) {
    return core_here()->index;
}

void cores_start(void) {
    cores_count_set(cores_wake());
}

void core_signal(unsigned index) {
    __asm__ volatile("fence rw, rw" : : : "memory");
    sbi_call(SBI_IPI, 0, 1, cores[index].hart, 0);
}

void core_signal_stop(unsigned index) {
    core_signal(index);
}

void cores_leave(void) {
    __atomic_store_n(&leaving, true, __ATOMIC_RELEASE);
    cores_stop();
}

bool cores_are_leaving(void) {
    return __atomic_load_n(&leaving, __ATOMIC_ACQUIRE);
}

/* `pause` of the extension Zihintpause, which does nothing where that is missing. */
void core_relax(void) {
    __asm__ volatile(".insn i 0x0F, 0, x0, x0, 0x010" : : : "memory");
}
