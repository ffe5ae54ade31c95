/* SPDX-License-Identifier: MIT */
/* <user/device.h> over the kernel's hooks. One serial line, given by native_serial_attach();
 * without one nothing arrives and what is written is dropped. */
#include <kernel/port.h>
#include <kernel/process.h>
#include <user/native.h>

static const struct native_serial *line;

void native_serial_attach(const struct native_serial *serial, struct process *console) {
    line = serial;
    process_expect_interrupts(console);
}

int64_t device_wall_time_ns(void) {
    return port_wall_time_ns();
}

void device_random(void *to, size_t size) {
    port_random(to, size);
}

enum device_serial device_serial_kind(void) {
    return line != nullptr ? line->kind : DEVICE_SERIAL_TERMINAL;
}

size_t device_serial_read(uint8_t *to, size_t capacity) {
    return line != nullptr && capacity > 0 ? line->read(line->data, to, capacity) : 0;
}

void device_serial_write(const uint8_t *bytes, size_t size) {
    if (line != nullptr && size > 0) {
        line->write(line->data, bytes, size);
    }
}
