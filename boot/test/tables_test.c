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

/* A table of ACPI with its checksum; `body` follows the header of 36 bytes. */
static void table_write(uint8_t *table, const char *signature, const void *body, uint32_t size) {
    uint32_t length = 36 + size;
    uint8_t sum = 0;
    memset(table, 0, 36);
    memcpy(table, signature, 4);
    memcpy(table + 4, &length, 4);
    memcpy(table + 36, body, size);
    for (uint32_t i = 0; i < length; i++) {
        sum += table[i];
    }
    table[9] = (uint8_t)-sum;
}

static void test_cores(void) {
    static const uint8_t entries[] = {
        0, 0,  0, 0, 0, 0, 0, 0,             /* APIC's address, flags */
        0, 8,  0, 3, 1, 0, 0, 0,             /* usable */
        1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* an I/O APIC */
        0, 8,  1, 5, 0, 0, 0, 0,             /* disabled */
        0, 8,  2, 7, 1, 0, 0, 0,             /* usable */
    };
    uint8_t madt[36 + sizeof entries], other[36], root[36 + 24], apics[4] = {};
    table_write(madt, "APIC", entries, sizeof entries);
    table_write(other, "FACP", "", 0);
    uint64_t list[3] = {(uintptr_t)other, 0, (uintptr_t)madt};
    table_write(root, "XSDT", list, sizeof list);
    CHECK(tables_find_cores((uintptr_t)root, apics, 4) == 2 && apics[0] == 3 && apics[1] == 7);
    CHECK(tables_find_cores((uintptr_t)root, apics, 1) == 1);
    madt[36 + 8 + 1] = 0; /* an entry without length */
    table_write(madt, "APIC", madt + 36, sizeof entries);
    CHECK(tables_find_cores((uintptr_t)root, apics, 4) == 0);
    madt[9] ^= 1;
    CHECK(tables_find_cores((uintptr_t)root, apics, 4) == 0);
    CHECK(tables_find_cores(0, apics, 4) == 0);
    root[0] = 'Y';
    CHECK(tables_find_cores((uintptr_t)root, apics, 4) == 0);
}

/* Two cores of Arm, one that is disabled, and who starts them. */
static void test_arm(void) {
    uint8_t body[8 + 3 * 80] = {0}, fadt_body[100] = {0};
    for (unsigned i = 0; i < 3; i++) {
        uint8_t *entry = body + 8 + 80 * i;
        entry[0] = 0x0B;
        entry[1] = 80;
        entry[12] = i != 1;
        entry[68] = (uint8_t)(i + 1);
        entry[69] = 2;
    }
    uint8_t madt[36 + sizeof body], fadt[36 + sizeof fadt_body], root[36 + 16];
    uint64_t ids[4] = {0};
    table_write(madt, "APIC", body, sizeof body);
    fadt_body[129 - 36] = 3;
    table_write(fadt, "FACP", fadt_body, sizeof fadt_body);
    uint64_t list[2] = {(uintptr_t)fadt, (uintptr_t)madt};
    table_write(root, "XSDT", list, sizeof list);
    CHECK(tables_find_arm_cores((uintptr_t)root, ids, 4) == 2 && ids[0] == 0x201 &&
          ids[1] == 0x203);
    CHECK(tables_find_arm_cores((uintptr_t)root, ids, 1) == 1);
    CHECK(tables_find_psci((uintptr_t)root) == PSCI_HVC);
    table_write(fadt, "FACP", fadt_body, 20); /* of an older version */
    CHECK(tables_find_psci((uintptr_t)root) == PSCI_NONE && tables_find_psci(0) == PSCI_NONE);
    body[8 + 1] = 40; /* too short for what is looked for, and then in the midst of it */
    table_write(madt, "APIC", body, sizeof body);
    CHECK(tables_find_arm_cores((uintptr_t)root, ids, 4) <= 2);
    body[8 + 1] = 0;
    table_write(madt, "APIC", body, sizeof body);
    CHECK(tables_find_arm_cores((uintptr_t)root, ids, 4) == 0);
}

int main(void) {
    test_arm();
    test_acpi();
    test_smbios();
    test_mp();
    test_cores();
    return check_finish("boot/tables");
}
