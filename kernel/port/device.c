/* SPDX-License-Identifier: MIT */
/*
 * <kernel/device.h> in the kernel: pages, DMA memory, registers, ports and lines, as memory and the
 * CPU's folder have them. DMA memory is cached: on all machines whose devices are given out so far,
 * devices see what caches hold.
 */
#include <arch/cpu.h>
#include <arch/interrupt.h>
#include <arch/machine.h>
#include <base/ensure.h>
#include <kernel/device.h>
#include <kernel/memory.h>

constexpr physical_t DMA_LIMIT = UINT64_C(1) << 32; /* what every device reaches */

static uint32_t rights_of(enum port_pages pages) {
    return MMU_WRITE | (pages == PORT_PAGES_REGISTERS ? MMU_DEVICE
                        : pages == PORT_PAGES_PIXELS  ? MMU_COMBINE
                                                      : 0u);
}

status_t port_pages_replace(void *at, size_t size, uint64_t physical, enum port_pages pages) {
    return space_replace(&kernel_space, (uintptr_t)at, physical, size, rights_of(pages));
}

void port_pages_restore(void *at, size_t size) {
    space_restore(&kernel_space, (uintptr_t)at, size);
}

status_t port_dma_allocate(size_t size, uint64_t *physical) {
    const struct frame_run run = {
        .count = size / PAGE_SIZE, .alignment = PAGE_SIZE, .limit = DMA_LIMIT};
    status_t status = frames_allocate_run(&kernel_frames, &run, FRAME_OWNER_DEVICE, physical);
    if (status == OK) {
        memset(memory_at(*physical), 0, size);
    }
    return status;
}

void port_dma_release(uint64_t physical, size_t size) {
    frames_release_run(&kernel_frames, physical, size / PAGE_SIZE);
}

void *port_registers_map(uint64_t physical, size_t size) {
    return memory_map_physical(physical, size, MMU_WRITE | MMU_DEVICE);
}

void port_registers_unmap(void *registers, size_t size) {
    memory_unmap_physical(registers, size);
}

uint32_t port_register_read(const void *at, unsigned width) {
    cpu_device_barrier();
    uint32_t value = width == 8    ? *(const volatile uint8_t *)at
                     : width == 16 ? *(const volatile uint16_t *)at
                                   : *(const volatile uint32_t *)at;
    cpu_device_barrier();
    return value;
}

void port_register_write(void *at, unsigned width, uint32_t value) {
    cpu_device_barrier();
    if (width == 8) {
        *(volatile uint8_t *)at = (uint8_t)value;
    } else if (width == 16) {
        *(volatile uint16_t *)at = (uint16_t)value;
    } else {
        *(volatile uint32_t *)at = value;
    }
    cpu_device_barrier();
}

bool port_io_read(uint16_t port, unsigned width, uint32_t *value) {
    return machine_port_read(port, width, value);
}

bool port_io_write(uint16_t port, unsigned width, uint32_t value) {
    return machine_port_write(port, width, value);
}

status_t port_line_open(unsigned line, void (*handler)(void *data), void *data) {
    return interrupt_set_handler(line, handler, data) ? OK : ERR_BUSY;
}

void port_line_close(unsigned line) {
    interrupt_mask(line);
    ensure(interrupt_set_handler(line, nullptr, nullptr));
}

void port_line_mask(unsigned line) {
    interrupt_mask(line);
}

void port_line_unmask(unsigned line) {
    interrupt_unmask(line);
}

bool port_line_is_latched(unsigned line) {
    return interrupt_is_latched(line);
}
