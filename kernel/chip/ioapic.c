/* SPDX-License-Identifier: MIT */
/*
 * See chip/ioapic.h. An entry of the table has 64 bits in two registers:
 *
 *     63-56 core    16 masked   15 level   13 low   10-8 how (0: as a fixed vector)   7-0 vector
 */
#include <base/ensure.h>
#include <chip/ioapic.h>

enum : unsigned { SELECT = 0x00, WINDOW = 0x10 };
enum : uint32_t { VERSION = 1, TABLE = 0x10 };
constexpr uint32_t MASKED = 1 << 16, LEVEL = 1 << 15, LOW = 1 << 13;
constexpr uint32_t INPUTS_MAX = 240;

static uint32_t get(const struct ioapic *ioapic, uint32_t index) {
    ioapic->write(ioapic->base, SELECT, index);
    return ioapic->read(ioapic->base, WINDOW);
}

static void set(const struct ioapic *ioapic, uint32_t index, uint32_t value) {
    ioapic->write(ioapic->base, SELECT, index);
    ioapic->write(ioapic->base, WINDOW, value);
}

bool ioapic_init(struct ioapic *ioapic) {
    uint32_t version = get(ioapic, VERSION);
    uint32_t last = version >> 16 & 0xFF;
    if (version == UINT32_MAX || (version & 0xFF) == 0 || last >= INPUTS_MAX) {
        return false;
    }
    ioapic->count = last + 1;
    for (uint32_t input = 0; input < ioapic->count; input++) {
        set(ioapic, TABLE + 2 * input, MASKED);
    }
    return true;
}

/* The half with the core first: the other lets it through. */
void ioapic_route(const struct ioapic *ioapic, uint32_t input, uint8_t vector, uint8_t core,
                  bool level, bool low) {
    ensure(input < ioapic->count);
    set(ioapic, TABLE + 2 * input, MASKED);
    set(ioapic, TABLE + 2 * input + 1, (uint32_t)core << 24);
    set(ioapic, TABLE + 2 * input, MASKED | (level ? LEVEL : 0) | (low ? LOW : 0) | vector);
}

void ioapic_unmask(const struct ioapic *ioapic, uint32_t input) {
    ensure(input < ioapic->count);
    set(ioapic, TABLE + 2 * input, get(ioapic, TABLE + 2 * input) & ~MASKED);
}

void ioapic_mask(const struct ioapic *ioapic, uint32_t input) {
    ensure(input < ioapic->count);
    set(ioapic, TABLE + 2 * input, get(ioapic, TABLE + 2 * input) | MASKED);
}
