/* SPDX-License-Identifier: MIT */
/* See ioapics.h. */
#include "ioapics.h"
#include "apic.h"
#include "platform.h"
#include "registers.h"
#include <arch/cpu.h>
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

static struct madt_line way_of(unsigned line) {
    return line < MADT_LINES ? platform_get()->madt.lines[line]
                             : (struct madt_line){.input = line, .level = true, .low = true};
}

/* NULL: no such input. */
static const struct ioapic *find(uint32_t global, uint32_t *input) {
    for (unsigned i = 0; i < count; i++) {
        *input = global - ioapics[i].first;
        if (global >= ioapics[i].first && *input < ioapics[i].count) {
            return &ioapics[i];
        }
    }
    return nullptr;
}

/* An access is two registers: no interrupt and no other core comes in between. Nobody holds the
 * lock for longer than a few accesses, or takes another meanwhile: no order of locks knows it. */
static bool locked;

static bool lock(void) {
    bool enabled = cpu_interrupts_disable();
    while (__atomic_exchange_n(&locked, true, __ATOMIC_ACQUIRE)) {
    }
    return enabled;
}

static void unlock(bool enabled) {
    __atomic_store_n(&locked, false, __ATOMIC_RELEASE);
    if (enabled) {
        cpu_interrupts_enable();
    }
}

/* It is routed when it is unmasked first: routing once more might lose an edge. */
bool ioapics_unmask(unsigned line) {
    static uint64_t routed;
    struct madt_line way = way_of(line);
    uint32_t input;
    const struct ioapic *ioapic = find(way.input, &input);
    if (ioapic == nullptr) {
        return false;
    }
    bool enabled = lock();
    if ((routed >> line & 1) == 0) {
        routed |= UINT64_C(1) << line;
        ioapic_route(ioapic, input, (uint8_t)(VECTOR_IRQ + line), (uint8_t)core, way.level,
                     way.low);
    }
    ioapic_unmask(ioapic, input);
    unlock(enabled);
    return true;
}

void ioapics_mask_line(unsigned line) {
    uint32_t input;
    const struct ioapic *ioapic = find(way_of(line).input, &input);
    if (ioapic != nullptr) {
        bool enabled = lock();
        ioapic_mask(ioapic, input);
        unlock(enabled);
    }
}

bool ioapics_is_level(unsigned line) {
    return way_of(line).level;
}

void ioapics_mask(void) {
    while (count > 0) {
        (void)ioapic_init(&ioapics[--count]);
    }
}
