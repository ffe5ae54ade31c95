/* SPDX-License-Identifier: MIT */
/* Switching off and restarting, by what the machine offers; else the CPU stops, or resets itself.
 */
#include <arch/cpu.h>
#include <arch/machine.h>
#include <kernel/log.h>
#include <kernel/machine.h>

void power_start(void) {
    if (!machine_power_find()) {
        log_write(LOG_WARNING, "power", "this machine does not say how to switch it off");
    }
}

[[noreturn]] void power_off(void) {
    cpu_interrupts_disable();
    machine_power_off();
    cpu_halt();
}

[[noreturn]] void power_reboot(void) {
    cpu_interrupts_disable();
    machine_restart();
    cpu_reset();
}
