/* SPDX-License-Identifier: MIT */
/* Anchors of firmware tables: right ones are found, wrong checksums and cut-off ones are not. */
#include <base/string.h>
#include <boot/tables.h>
#include <test/check.h>

static uint8_t area[256];

static void sum_fix(size_t start, size_t size, size_t at) {
    uint8_t sum = 0;
    area[at] = 0;
    for (size_t i = 0; i < size; i++) {
        sum += area[start + i];
    }
    area[at] = (uint8_t)-sum;
}

static struct bytes whole(void) {
    return bytes_init(area, sizeof area);
}

static void acpi_write(size_t at, uint8_t revision, uint32_t rsdt, uint64_t xsdt) {
    uint32_t length = 36;
    memset(area, 0, sizeof area);
    memcpy(area + at, "RSD PTR ", 8);
    area[at + 15] = revision;
    memcpy(area + at + 16, &rsdt, 4);
    sum_fix(at, 20, at + 8);
    memcpy(area + at + 20, &length, 4);
    memcpy(area + at + 24, &xsdt, 8);
    sum_fix(at, 36, at + 32);
}

static void test_acpi(void) {
    acpi_write(64, 0, 0x1234, 0x5678);
    CHECK(tables_find_acpi(whole()) == 0x1234);
    acpi_write(64, 2, 0x1234, 0x5678);
    CHECK(tables_find_acpi(whole()) == 0x5678);
    acpi_write(64, 2, 0x1234, 0);
    CHECK(tables_find_acpi(whole()) == 0x1234);
    area[64 + 33] ^= 1; /* the longer checksum is wrong: the older part counts */
    CHECK(tables_find_acpi(whole()) == 0x1234);
    area[64 + 9] ^= 1;
    CHECK(tables_find_acpi(whole()) == 0);
    acpi_write(64, 2, 0x1234, 0x5678);
    CHECK(tables_find_acpi(bytes_init(area, 64 + 19)) == 0);
    CHECK(tables_find_acpi(bytes_init(area, 64 + 30)) == 0x1234);
}

static void test_smbios(void) {
    memset(area, 0, sizeof area);
    memcpy(area + 32, "_SM_", 4);
    area[32 + 5] = 0x1F;
    sum_fix(32, 0x1F, 32 + 4);
    CHECK(tables_find_smbios(whole(), 0xF0000) == 0xF0020);
    area[33 + 9] ^= 1;
    CHECK(tables_find_smbios(whole(), 0xF0000) == 0);
    memcpy(area + 48, "_SM3_", 5);
    area[48 + 6] = 0x18;
    sum_fix(48, 0x18, 48 + 5);
    CHECK(tables_find_smbios(whole(), 0xF0000) == 0xF0030);
    CHECK(tables_find_smbios(bytes_init(area, 48 + 0x17), 0xF0000) == 0);
}

static void test_mp(void) {
    memset(area, 0, sizeof area);
    memcpy(area + 16, "_MP_", 4);
    area[16 + 8] = 1;
    sum_fix(16, 16, 16 + 10);
    CHECK(tables_find_mp(whole(), 0x9FC00) == 0x9FC10);
    area[16 + 8] = 0;
    CHECK(tables_find_mp(whole(), 0x9FC00) == 0);
    area[16 + 8] = 0xFF;
    CHECK(tables_find_mp(whole(), 0x9FC00) == 0);
}

int main(void) {
    test_acpi();
    test_smbios();
    test_mp();
    return check_finish("boot/tables");
}
