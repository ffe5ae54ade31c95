/* SPDX-License-Identifier: MIT */
/*
 * A machine for drivers: physical memory is a file, which a test reaches as a whole, ports are
 * functions, and lines are raised by calling, which a signal's handler may do. There is one as soon
 * as it is asked for.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t DEVICE_MEMORY_SIZE = 1 << 20;  /* physical addresses from 0 */
constexpr size_t DEVICE_MEMORY_DMA = 512 << 10; /* from here up for DMA */
constexpr unsigned DEVICE_LINES = 16;

/* All of physical memory. */
uint8_t *device_memory(void);
/* The line goes up and stays so: it interrupts whenever it is not masked. */
void device_line_raise(unsigned line);
void device_line_lower(unsigned line);
bool device_line_is_masked(unsigned line);
/* Lines from here up do not remember what they were raised for while masked. */
constexpr unsigned DEVICE_LINES_LATCHED = 8;
/* Ports of 8 bits, numbered from 0 at `first`: there are none until these are given, which stay. */
struct device_ports {
    uint16_t first, count;
    uint8_t (*read)(unsigned number);
    void (*write)(unsigned number, uint8_t value);
};
void device_ports_set(const struct device_ports *ports);
/* Bytes of DMA memory that are handed out. */
size_t device_dma_used(void);
