/* SPDX-License-Identifier: MIT */
/* An I/O APIC made of an array, which notes whether an input is open before it is set up. */
#include <base/ensure.h>
#include <chip/ioapic.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

constexpr uint32_t INPUTS = 24, MASKED = 1 << 16;

static struct {
    uint32_t selected, version;
    uint32_t table[2 * INPUTS];
    bool changed_while_open;
} chip;

static uint32_t read(uintptr_t base, unsigned offset) {
    CHECK(base == 0x1234 && offset == 0x10);
    return chip.selected == 1     ? chip.version
           : chip.selected < 0x10 ? 0
                                  : chip.table[chip.selected - 0x10];
}

static void write(uintptr_t base, unsigned offset, uint32_t value) {
    CHECK(base == 0x1234 && (offset == 0 || offset == 0x10));
    if (offset == 0) {
        chip.selected = value;
        return;
    }
    uint32_t at = chip.selected - 0x10;
    CHECK(at < 2 * INPUTS);
    if (at % 2 == 1) {
        chip.changed_while_open |= !(chip.table[at - 1] & MASKED);
    }
    chip.table[at] = value;
}

static struct ioapic make(uint32_t version) {
    memset(&chip, 0, sizeof(chip));
    chip.version = version;
    return (struct ioapic){read, write, 0x1234, 0, 0};
}

static void test_routes(void) {
    struct ioapic ioapic = make((INPUTS - 1) << 16 | 0x11);
    CHECK(ioapic_init(&ioapic) && ioapic.count == INPUTS);
    bool masked = true;
    for (unsigned i = 0; i < INPUTS; i++) {
        masked &= chip.table[2 * i] == MASKED;
    }
    CHECK(masked);
    ioapic_route(&ioapic, 2, 0x20, 0, false, false);
    CHECK(chip.table[4] == (MASKED | 0x20) && chip.table[5] == 0);
    ioapic_route(&ioapic, 23, 0x31, 7, true, true);
    CHECK(chip.table[46] == (MASKED | 0xA031) && chip.table[47] == 7u << 24);
    ioapic_unmask(&ioapic, 23);
    CHECK(chip.table[46] == 0xA031 && chip.table[4] & MASKED);
    ioapic_route(&ioapic, 23, 0x31, 3, true, false);
    CHECK(chip.table[46] == (MASKED | 0x8031) && chip.table[47] == 3u << 24);
    CHECK(!chip.changed_while_open);
}

static void test_nothing_there(void) {
    struct ioapic ioapic = make(UINT32_MAX);
    CHECK(!ioapic_init(&ioapic));
    ioapic = make(0);
    CHECK(!ioapic_init(&ioapic));
}

int main(void) {
    test_routes();
    test_nothing_there();
    return check_finish("ioapic");
}
