/* SPDX-License-Identifier: MIT */
/* ACPI: tables made by hand, then the same damaged in every byte, under the sanitizers. */
#include <base/ensure.h>
#include <chip/acpi.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

constexpr size_t MEMORY = 2048;
constexpr uint32_t ROOT = 0x100, FADT = 0x200, DSDT = 0x400, OTHER = 0x600, HPET = 0x680;
static uint8_t memory[MEMORY];
static unsigned mapped;

/* A copy, so that reads beyond what was asked for are found. */
static const void *map(uint64_t physical, size_t size) {
    if (physical > MEMORY || size > MEMORY - physical) {
        return nullptr;
    }
    mapped++;
    return memcpy(malloc(size), memory + physical, size);
}

static void unmap(const void *bytes, size_t size) {
    mapped--;
    free((void *)(uintptr_t)bytes);
}

static const struct acpi_memory access = {map, unmap};

static void put(uint32_t at, const void *bytes, size_t size) {
    memcpy(memory + at, bytes, size);
}

static void put_u32(uint32_t at, uint32_t value) {
    put(at, &value, 4);
}

static void seal(uint32_t at, const char *name, uint32_t size) {
    put(at, name, 4);
    put_u32(at + 4, size);
    memory[at + 9] = 0;
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + memory[at + i]);
    }
    memory[at + 9] = (uint8_t)-sum;
}

static void build(void) {
    memset(memory, 0, sizeof(memory));
    static const uint8_t aml[] = {0x10, 0x05, '_',  'S',  '5',  '_',  0x08, '_',  'S', '5',
                                  '_',  0x12, 0x06, 0x04, 0x0A, 0x05, 0x01, 0x00, 0x00};
    put(DSDT + 36, aml, sizeof(aml));
    seal(DSDT, "DSDT", 36 + sizeof(aml));
    put_u32(FADT + 40, DSDT);
    put_u32(FADT + 48, 0xB2);
    memory[FADT + 52] = 0xF1;
    put_u32(FADT + 64, 0x604);
    put_u32(FADT + 112, 1 << 10);
    memory[FADT + 116] = 1;
    put_u32(FADT + 120, 0xCF9);
    memory[FADT + 128] = 0x0F;
    put_u32(FADT + 76, 0x608);
    memory[FADT + 91] = 4;
    seal(FADT, "FACP", 132);
    memory[HPET + 40] = 0; /* in memory */
    put_u32(HPET + 44, 0xFED0'0000);
    seal(HPET, "HPET", 56);
    seal(OTHER, "APIC", 36);
    put_u32(ROOT + 36, OTHER);
    put_u32(ROOT + 40, FADT);
    put_u32(ROOT + 44, HPET);
    seal(ROOT, "RSDT", 48);
}

static void test_found(void) {
    struct acpi_power power;
    build();
    CHECK(acpi_find_power(&access, ROOT, &power));
    CHECK(power.control_a == 0x604 && power.control_b == 0 && power.type_a == 5 &&
          power.type_b == 1);
    CHECK(power.smi_command == 0xB2 && power.enable == 0xF1);
    CHECK(power.reset_register == 0xCF9 && power.reset_value == 0x0F);
    CHECK(mapped == 0);
}

static void test_clocks(void) {
    struct acpi_clocks clocks;
    build();
    acpi_find_clocks(&access, ROOT, &clocks);
    CHECK(clocks.hpet == 0xFED0'0000 && clocks.pm_timer == 0x608 && clocks.pm_bits == 24);
    put_u32(FADT + 112, 1 << 8);
    memory[FADT + 91] = 0; /* no timer, but one of 32 bits if there were */
    seal(FADT, "FACP", 132);
    memory[HPET + 40] = 1; /* in ports: nowhere */
    seal(HPET, "HPET", 56);
    acpi_find_clocks(&access, ROOT, &clocks);
    CHECK(clocks.hpet == 0 && clocks.pm_timer == 0 && clocks.pm_bits == 32);
    put_u32(FADT + 208, 1 | 32 << 8); /* the wider address: a port */
    put_u32(FADT + 212, 0x1808);
    seal(FADT, "FACP", 244);
    acpi_find_clocks(&access, ROOT, &clocks);
    CHECK(clocks.pm_timer == 0x1808);
    acpi_find_clocks(&access, 0, &clocks);
    CHECK(clocks.hpet == 0 && clocks.pm_timer == 0);
    CHECK(mapped == 0);
}

static void test_by_name(void) {
    struct acpi_table table;
    build();
    CHECK(acpi_table_find(&access, ROOT, "APIC", &table) && table.size == 36);
    acpi_table_close(&access, &table);
    CHECK(!acpi_table_find(&access, ROOT, "SRAT", &table));
    CHECK(!acpi_table_find(&access, FADT, "APIC", &table)); /* that is no root */
    build();
    CHECK(acpi_table_find(&access, ROOT, "HPET", &table));
    CHECK(acpi_table_get(&table, 44, 8) == 0xFED0'0000);
    CHECK(acpi_table_get(&table, 50, 8) == 0 && acpi_table_get(&table, SIZE_MAX, 8) == 0);
    acpi_table_close(&access, &table);
    CHECK(mapped == 0);
}

static void test_missing(void) {
    struct acpi_power power;
    CHECK(!acpi_find_power(&access, 0, &power));
    CHECK(!acpi_find_power(&access, UINT64_MAX, &power));
    build();
    memory[FADT + 70] ^= 1; /* the checksum is wrong now */
    CHECK(!acpi_find_power(&access, ROOT, &power));
    build();
    memory[DSDT + 36 + 11] = 0x13; /* no package */
    CHECK(!acpi_find_power(&access, ROOT, &power));
}

static void test_damaged(void) {
    for (size_t at = ROOT; at < MEMORY; at++) {
        for (unsigned value = 0; value < 256; value += 51) {
            struct acpi_power power;
            build();
            memory[at] = (uint8_t)value;
            (void)acpi_find_power(&access, ROOT, &power);
            struct acpi_clocks clocks;
            acpi_find_clocks(&access, ROOT, &clocks);
        }
    }
    CHECK(mapped == 0);
    uint8_t type_a, type_b;
    for (size_t size = 0; size < 19; size++) {
        uint8_t *part = malloc(size);
        memcpy(part, memory + DSDT + 36, size);
        CHECK(!acpi_find_s5(part, size, &type_a, &type_b) || size >= 17);
        free(part);
    }
}

int main(void) {
    test_found();
    test_clocks();
    test_by_name();
    test_missing();
    test_damaged();
    return check_finish("acpi");
}
