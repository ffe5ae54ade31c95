/* SPDX-License-Identifier: MIT */
/* Which core this is, and interrupts from one to another; what they are for is chip/cores.c's. No
 * interrupt of this CPU comes through when they are masked. */
#include "frame.h"
#include "sbi.h"
#include "wake.h"
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
