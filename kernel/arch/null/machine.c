/* SPDX-License-Identifier: MIT */
/* A machine that has nothing. */
#include <arch/machine.h>

bool machine_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    return false;
}

void machine_map(void) {
}

bool machine_clock_read(int64_t *seconds) {
    return false;
}

bool machine_power_find(void) {
    return false;
}

void machine_power_off(void) {
}

void machine_restart(void) {
}

bool machine_serial_device(unsigned index, struct device_info *out) {
    return false;
}

bool machine_device(unsigned index, struct device_info *out) {
    return false;
}

bool machine_port_read(uint16_t port, unsigned width, uint32_t *value) {
    return false;
}

bool machine_port_write(uint16_t port, unsigned width, uint32_t value) {
    return false;
}
