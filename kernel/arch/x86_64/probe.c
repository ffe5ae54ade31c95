/* SPDX-License-Identifier: MIT */
/*
 * By edge: the interval timer's counter 0, on line 0, which ACPI sends elsewhere on every PC. By
 * level: ACPI's own line, which its timer raises when its highest bit changes, every 2.3 s.
 */
#include "io.h"
#include "platform.h"
#include <abi/bootinfo.h>
#include <arch/interrupt.h>
#include <arch/probe.h>
#include <kernel/memory.h>

static uint64_t *tick_count;

static void count_tick(void *data) {
    __atomic_add_fetch(tick_count, 1, __ATOMIC_RELAXED);
}

bool probe_edge_start(uint64_t *ticks) {
    constexpr uint16_t CONTROL = 0x43, COUNTER = 0x40, PERIOD = 11932; /* 10 ms */
    tick_count = ticks;
    if (!interrupt_set_handler(0, count_tick, nullptr)) {
        return false;
    }
    interrupt_unmask(0);
    io_write8(CONTROL, 0x34); /* counter 0, low then high byte, mode 2 */
    io_write8(COUNTER, PERIOD & 0xFF);
    io_write8(COUNTER, PERIOD >> 8);
    return true;
}

static struct {
    uint16_t port; /* status; enable bits are the next one's */
    uint64_t *due, *empty;
} event;

static void count_event(void *data) {
    constexpr uint16_t TIMER = 1;
    bool due = io_read16(event.port) & TIMER;
    io_write16(event.port, TIMER);
    __atomic_add_fetch(due ? event.due : event.empty, 1, __ATOMIC_RELAXED);
}

static const void *map(uint64_t physical, size_t size) {
    return memory_map_physical(physical, size, MMU_READ);
}

static bool event_find(unsigned *line) {
    constexpr size_t FADT_LINE = 46, FADT_EVENTS = 56;
    const struct acpi_memory memory = {map, memory_unmap_physical};
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    struct acpi_table fadt;
    if (!acpi_table_find(&memory, info->arch.x86_64.acpi, "FACP", &fadt)) {
        return false;
    }
    *line = (unsigned)acpi_table_get(&fadt, FADT_LINE, 2);
    event.port = (uint16_t)acpi_table_get(&fadt, FADT_EVENTS, 4);
    acpi_table_close(&memory, &fadt);
    return event.port != 0;
}

bool probe_level_start(uint64_t *due, uint64_t *empty) {
    unsigned line;
    if (!event_find(&line)) {
        return false;
    }
    event.due = due;
    event.empty = empty;
    if (!interrupt_set_handler(line, count_event, nullptr)) {
        return false;
    }
    io_write16(event.port, UINT16_MAX);
    io_write16(event.port + 2, 1);
    interrupt_unmask(line);
    return true;
}

void probe_level_stop(void) {
    io_write16(event.port + 2, 0);
}
