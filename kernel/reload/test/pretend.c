/* SPDX-License-Identifier: MIT */
#include "pretend.h"
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/port.h>
#include <stdlib.h>
#include <string.h>

struct pretend pretend = {.memory_limit = 1 << 20};
uint8_t log_levels[LOG_SUBSYSTEMS];

void log_line(enum log_level level, const char *subsystem, const char *format, ...) {
}

status_t log_configure(const char *text, size_t size, size_t *error_at) {
    *error_at = 3;
    return size == 4 && memcmp(text, "info", 4) == 0 ? OK : ERR_INVALID;
}

uint64_t port_time_ns(void) {
    return pretend.now_ns;
}

void serial_listen(struct uart *uart, void (*arrived)(void *data), void *data) {
}

void serial_log(void *uart, const char *bytes, size_t size) {
    size_t room = PRETEND_OUT - pretend.out_size;
    size = size < room ? size : room;
    memcpy(pretend.out + pretend.out_size, bytes, size);
    pretend.out_size += size;
}

void serial_drain(struct uart *uart) {
}

size_t uart_available(const struct uart *uart) {
    return pretend.in_size;
}

size_t serial_read(struct uart *uart, void *to, size_t size) {
    size = size < pretend.in_size ? size : pretend.in_size;
    memcpy(to, pretend.in, size);
    pretend.in += size;
    pretend.in_size -= size;
    return size;
}

void *reload_allocate(size_t size) {
    if (pretend.allocated + size > pretend.memory_limit) {
        return nullptr;
    }
    pretend.allocated += size;
    return malloc(size);
}

void reload_release(void *bytes, size_t size) {
    pretend.allocated -= size;
    free(bytes);
}

void reload_switch(const struct reload *reload, struct complaint *complaint) {
    pretend.switches++;
    pretend.set = reload->set;
    for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
        size_t size = bytes_left(&reload->files[kind].bytes);
        size = size < sizeof(pretend.files[0]) - 1 ? size : sizeof(pretend.files[0]) - 1;
        if (reload->set >> kind & 1) {
            memcpy(pretend.files[kind], reload->files[kind].bytes.at, size);
            pretend.files[kind][size] = 0;
        }
    }
    reload->leaving();
    strcpy(complaint->text, "pretended");
}

bool reload_is_done(uint32_t set, struct bytes hashes) {
    return set == pretend.running;
}
