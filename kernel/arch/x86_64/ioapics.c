/* SPDX-License-Identifier: MIT */
/* See ioapics.h. */
#include "ioapics.h"
#include "apic.h"
#include "platform.h"
#include "registers.h"
#include <chip/ioapic.h>
#include <kernel/log.h>
#include <kernel/memory.h>

constexpr uint32_t CORE_MAX = 254;

static struct ioapic ioapics[MADT_IOAPICS_MAX];
static unsigned count;
static uint32_t core;

static uint32_t register_read(uintptr_t base, unsigned offset) {
    return *(volatile uint32_t *)(base + offset);
}

static void register_write(uintptr_t base, unsigned offset, uint32_t value) {
    *(volatile uint32_t *)(base + offset) = value;
}

static void add(const struct madt_ioapic *listed) {
    void *base = listed->address % 4 == 0
                     ? memory_map_physical(listed->address, IOAPIC_SIZE, MMU_WRITE | MMU_DEVICE)
                     : nullptr;
    struct ioapic *ioapic = &ioapics[count];
    *ioapic = (struct ioapic){
        .read = register_read,
        .write = register_write,
        .base = (uintptr_t)base,
        .first = listed->first,
    };
    if (base != nullptr && ioapic_init(ioapic)) {
        count++;
    } else {
        log_write(LOG_WARNING, "interrupt", "no I/O APIC at %llx",
                  (unsigned long long)listed->address);
    }
}

bool ioapics_start(void) {
    const struct madt *madt = &platform_get()->madt;
    apic_id_read(&core);
    for (unsigned i = 0; core <= CORE_MAX && i < madt->ioapic_count; i++) {
        add(&madt->ioapics[i]);
    }
    return count > 0;
}

bool ioapics_unmask(unsigned line) {
    const struct madt *madt = &platform_get()->madt;
    struct madt_line way = {.input = line, .level = true, .low = true};
    if (line < MADT_LINES) {
        way = madt->lines[line];
    }
    for (unsigned i = 0; i < count; i++) {
        uint32_t input = way.input - ioapics[i].first;
        if (way.input >= ioapics[i].first && input < ioapics[i].count) {
            ioapic_route(&ioapics[i], input, (uint8_t)(VECTOR_IRQ + line), (uint8_t)core, way.level,
                         way.low);
            ioapic_unmask(&ioapics[i], input);
            return true;
        }
    }
    return false;
}

void ioapics_mask(void) {
    while (count > 0) {
        (void)ioapic_init(&ioapics[--count]);
    }
}
