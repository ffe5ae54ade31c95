/* SPDX-License-Identifier: MIT */
/* What ACPI tells of an Arm machine: tables made by hand, then cut off and damaged anywhere. */
#include <base/ensure.h>
#include <chip/acpi_arm.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

constexpr size_t MEMORY = 4096;
constexpr uint32_t ROOT = 0x100, SPCR = 0x200, MADT = 0x300, GTDT = 0x700, FADT = 0x800;
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

static void put(uint32_t at, uint64_t value, size_t width) {
    memcpy(memory + at, &value, width);
}

static void seal(uint32_t at, const char *name, uint32_t size) {
    memcpy(memory + at, name, 4);
    put(at + 4, size, 4);
    memory[at + 9] = 0;
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + memory[at + i]);
    }
    memory[at + 9] = (uint8_t)-sum;
}

static uint32_t madt_end;

static uint32_t record(uint8_t kind, uint8_t size) {
    uint32_t at = madt_end;
    memory[at] = kind;
    memory[at + 1] = size;
    madt_end += size;
    return at;
}

static void core(uint64_t interface, uint64_t redistributor) {
    uint32_t at = record(0x0B, 80);
    put(at + 32, interface, 8);
    put(at + 60, redistributor, 8);
    put(at + 12, 1, 4);
    put(at + 68, 0x100 + at, 8);
}

static void distributor(uint64_t address, uint8_t version) {
    uint32_t at = record(0x0C, 24);
    put(at + 8, address, 8);
    memory[at + 20] = version;
}

static void redistributors(uint64_t address, uint32_t size) {
    uint32_t at = record(0x0E, 16);
    put(at + 4, address, 8);
    put(at + 12, size, 4);
}

static void build(void) {
    memset(memory, 0, sizeof(memory));
    memory[SPCR + 36] = 3;
    put(SPCR + 44, 0x900'0000, 8);
    memory[SPCR + 52] = 8;
    put(SPCR + 54, 33, 4);
    seal(SPCR, "SPCR", 80);
    madt_end = MADT + 44;
    put(GTDT + 64, 27, 4);
    seal(GTDT, "GTDT", 96);
    put(FADT + 129, 3, 2);
    seal(FADT, "FACP", 276);
    put(ROOT + 36, SPCR, 8);
    put(ROOT + 44, MADT, 8);
    put(ROOT + 52, GTDT, 8);
    put(ROOT + 60, FADT, 8);
    seal(ROOT, "XSDT", 68);
}

static struct acpi_arm told(void) {
    struct acpi_arm out;
    seal(MADT, "APIC", madt_end - MADT);
    acpi_arm_read(&access, ROOT, &out);
    CHECK(mapped == 0);
    return out;
}

static void test_version_2(void) {
    build();
    core(0x801'0000, 0);
    core(0x801'0000, 0);
    distributor(0x800'0000, 2);
    struct acpi_arm out = told();
    CHECK(out.serial == 0x900'0000 && out.serial_line == 33 && out.timer == 27);
    CHECK(out.distributor == 0x800'0000 && out.interface == 0x801'0000 && out.version == 2);
    CHECK(out.redistributor_count == 0 && out.psci == PSCI_HVC && out.core_count == 2);
    put(MADT + 44 + 12, 0, 4); /* of the first: it may not run */
    CHECK(told().core_count == 1);
}

static void test_version_3(void) {
    build();
    core(0, 0);
    distributor(0x800'0000, 3);
    redistributors(0x80A'0000, 0xF6'0000);
    redistributors(0x40'0000'0000, 0x20'0000);
    struct acpi_arm out = told();
    CHECK(out.version == 3 && out.interface == 0 && out.redistributor_count == 2);
    CHECK(out.redistributors[0].address == 0x80A'0000 && out.redistributors[0].size == 0xF6'0000);
    CHECK(out.redistributors[1].address == 0x40'0000'0000);
}

/* Told core by core: one piece each, unless they lie side by side; no more than there is room for.
 */
static void test_cores(void) {
    build();
    for (unsigned i = 0; i < 4; i++) {
        core(0, 0x80A'0000 + i * UINT64_C(0x2'0000));
    }
    core(0, 0x1000'0000);
    core(0, UINT64_MAX - 0xFFF);
    struct acpi_arm out = told();
    CHECK(out.core_count == 6 && out.cores[0] == 0x100 + MADT + 44 &&
          out.cores[5] == 0x100 + MADT + 44 + 5 * 80);
    CHECK(out.redistributor_count == 2 && out.redistributors[0].size == 0x8'0000);
    CHECK(out.redistributors[1].address == 0x1000'0000 && out.redistributors[1].size == 0x2'0000);
    build();
    for (unsigned i = 0; i < ACPI_ARM_REGIONS_MAX + 8; i++) {
        redistributors(0x1000'0000 + i * UINT64_C(0x10'0000), 0x2'0000);
    }
    CHECK(told().redistributor_count == ACPI_ARM_REGIONS_MAX);
}

/* Ports that are not in memory, or no PL011; firmware that is called otherwise, or not at all. */
static void test_others(void) {
    build();
    memory[SPCR + 36] = 0;
    seal(SPCR, "SPCR", 80);
    put(FADT + 129, 1, 2);
    seal(FADT, "FACP", 276);
    struct acpi_arm out = told();
    CHECK(out.serial == 0 && out.psci == PSCI_SMC);
    memory[SPCR + 36] = 3;
    memory[SPCR + 40] = 1;
    seal(SPCR, "SPCR", 80);
    seal(FADT, "FACP", 128); /* of a version that ends before */
    out = told();
    CHECK(out.serial == 0 && out.psci == PSCI_NONE);
}

/* Sums are right, contents are not: nothing is read outside, and records that lead nowhere end it.
 */
static void test_damaged(void) {
    for (uint32_t at = MADT + 36; at < MADT + 44 + 2 * 80 + 24; at++) {
        for (unsigned value = 0; value < 256; value += 51) {
            build();
            core(0x801'0000, 0);
            core(0x801'0000, 0);
            distributor(0x800'0000, 2);
            memory[at] = (uint8_t)value;
            struct acpi_arm out = told();
            CHECK(out.redistributor_count <= ACPI_ARM_REGIONS_MAX);
        }
    }
    for (uint32_t size = 36; size < 44 + 80 + 24; size++) {
        build();
        core(0x801'0000, 0);
        distributor(0x800'0000, 2);
        madt_end = MADT + size;
        CHECK(told().distributor == 0);
    }
}

int main(void) {
    test_version_2();
    test_version_3();
    test_cores();
    test_others();
    test_damaged();
    return check_finish("acpi_arm");
}
