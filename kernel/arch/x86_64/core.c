/* SPDX-License-Identifier: MIT */
/* Which core this is, and interrupts from one to another; what they are for is chip/cores.c's. */
#include "apic.h"
#include "tables.h"
#include "wake.h"
#include <arch/cpu.h>
#include <chip/cores.h>

struct core cores[CORES_MAX];

unsigned core_index(void) {
    uint32_t index;
    __asm__ volatile("movl %%gs:8, %0" : "=r"(index));
    return index;
}

void cores_start(void) {
    apic_id_read(&cores[0].apic);
    cores_count_set(cores_wake());
    timer_cores_check();
}

void core_signal(unsigned index) {
    apic_send(cores[index].apic, VECTOR_CALL);
}

void core_signal_stop(unsigned index) {
    apic_send_nmi(cores[index].apic);
}

void core_relax(void) {
    __asm__ volatile("pause" : : : "memory");
}
