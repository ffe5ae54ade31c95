/* SPDX-License-Identifier: MIT */
/*
 * <kernel/device.h> on Linux: enough of a machine to run drivers, see device.h. Registers are
 * memory that nobody watches; ports are functions.
 */
#include "device.h"
#include <base/ensure.h>
#include <kernel/device.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
    int file;
    uint8_t *memory;
    size_t dma_next, dma_used;
} machine;

static struct {
    void (*handler)(void *data);
    void *data;
    volatile bool raised, masked; /* a signal's handler may change them */
} lines[DEVICE_LINES];

uint8_t *device_memory(void) {
    if (machine.memory == nullptr) {
        machine.file = memfd_create("copper devices", MFD_CLOEXEC);
        ensure(machine.file >= 0 && ftruncate(machine.file, DEVICE_MEMORY_SIZE) == 0);
        machine.memory =
            mmap(nullptr, DEVICE_MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, machine.file, 0);
        ensure(machine.memory != MAP_FAILED);
        machine.dma_next = DEVICE_MEMORY_DMA;
    }
    return machine.memory;
}

status_t port_pages_replace(void *at, size_t size, uint64_t physical, enum port_pages pages) {
    (void)device_memory();
    if (physical > DEVICE_MEMORY_SIZE || size > DEVICE_MEMORY_SIZE - physical) {
        return ERR_NO_MEMORY;
    }
    void *mapped = mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, machine.file,
                        (off_t)physical);
    return mapped == at ? OK : ERR_NO_MEMORY;
}

void port_pages_restore(void *at, size_t size) {
    ensure(mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
           at);
}

/* Handed out once: the file is large enough for what tests take. */
status_t port_dma_allocate(size_t size, uint64_t *physical) {
    (void)device_memory();
    if (size > DEVICE_MEMORY_SIZE - machine.dma_next) {
        return ERR_NO_MEMORY;
    }
    *physical = machine.dma_next;
    memset(machine.memory + machine.dma_next, 0, size);
    machine.dma_next += size;
    machine.dma_used += size;
    return OK;
}

void port_dma_release(uint64_t physical, size_t size) {
    machine.dma_used -= size;
}

size_t device_dma_used(void) {
    return machine.dma_used;
}

void *port_registers_map(uint64_t physical, size_t size) {
    uint8_t *memory = device_memory();
    return physical <= DEVICE_MEMORY_SIZE && size <= DEVICE_MEMORY_SIZE - physical
               ? memory + physical
               : nullptr;
}

void port_registers_unmap(void *registers, size_t size) {
}

uint32_t port_register_read(const void *at, unsigned width) {
    uint32_t value = 0;
    memcpy(&value, at, width / 8);
    return value;
}

void port_register_write(void *at, unsigned width, uint32_t value) {
    memcpy(at, &value, width / 8);
}

/* ---- ports ---- */

static const struct device_ports *ports;

void device_ports_set(const struct device_ports *given) {
    ports = given;
}

static bool is_port(uint16_t port, unsigned width) {
    return ports != nullptr && width == 8 && port >= ports->first &&
           port - ports->first < ports->count;
}

bool port_io_read(uint16_t port, unsigned width, uint32_t *value) {
    bool there = is_port(port, width);
    if (there) {
        *value = ports->read((unsigned)(port - ports->first));
    }
    return there;
}

bool port_io_write(uint16_t port, unsigned width, uint32_t value) {
    bool there = is_port(port, width);
    if (there) {
        ports->write((unsigned)(port - ports->first), (uint8_t)value);
    }
    return there;
}

/* ---- lines ---- */

/* The handler has to mask it before long, as on any machine. */
static void look(unsigned line) {
    for (unsigned i = 0; lines[line].raised && !lines[line].masked && i < 4; i++) {
        lines[line].handler(lines[line].data);
    }
}

status_t port_line_open(unsigned line, void (*handler)(void *data), void *data) {
    if (line >= DEVICE_LINES) {
        return ERR_NOT_SUPPORTED;
    }
    lines[line].handler = handler;
    lines[line].data = data;
    lines[line].masked = true;
    return OK;
}

void port_line_close(unsigned line) {
    lines[line].masked = true;
    lines[line].handler = nullptr;
}

void port_line_mask(unsigned line) {
    lines[line].masked = true;
}

void port_line_unmask(unsigned line) {
    lines[line].masked = false;
    if (port_line_is_latched(line)) {
        look(line);
    }
}

bool port_line_is_latched(unsigned line) {
    return line < DEVICE_LINES_LATCHED;
}

bool device_line_is_masked(unsigned line) {
    return lines[line].masked;
}

/* One that does not remember interrupts when it goes up. */
void device_line_raise(unsigned line) {
    bool edge = !lines[line].raised;
    lines[line].raised = true;
    if (lines[line].handler != nullptr && !lines[line].masked) {
        if (port_line_is_latched(line)) {
            look(line);
        } else if (edge) {
            lines[line].handler(lines[line].data);
        }
    }
}

void device_line_lower(unsigned line) {
    lines[line].raised = false;
}
