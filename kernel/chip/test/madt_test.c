/* SPDX-License-Identifier: MIT */
/* The table of cores and controllers: one made by hand, one of every kind of damage, and noise. */
#include <base/ensure.h>
#include <chip/madt.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

constexpr size_t BYTES = 4096;
static uint8_t bytes[BYTES];
static size_t size;

static void put(const void *record, size_t count) {
    memcpy(bytes + size, record, count);
    size += count;
}

static void core(uint8_t id, uint8_t flags) {
    put((uint8_t[]){0, 8, 1, id, flags, 0, 0, 0}, 8);
}

static void core_x2(uint32_t id, uint8_t flags) {
    uint8_t record[16] = {9, 16, 0, 0, 0, 0, 0, 0, flags};
    memcpy(record + 4, &id, 4);
    put(record, 16);
}

static void build(void) {
    memset(bytes, 0, sizeof(bytes));
    bytes[40] = 1;
    size = 44;
    core(0, 1);
    core(4, 1);
    core(6, 0);   /* not enabled */
    core(255, 1); /* nobody */
    core_x2(4, 1);
    core_x2(300, 1);
    core_x2(UINT32_MAX, 1);
    put((uint8_t[]){1, 12, 2, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0}, 12);
    put((uint8_t[]){1, 12, 3, 0, 0, 0x10, 0xC0, 0xFE, 24, 0, 0, 0}, 12);
    put((uint8_t[]){2, 10, 0, 0, 2, 0, 0, 0, 0, 0}, 10);
    put((uint8_t[]){2, 10, 0, 9, 9, 0, 0, 0, 0xF, 0}, 10);
    put((uint8_t[]){2, 10, 0, 16, 1, 0, 0, 0, 0xF, 0}, 10); /* no such line */
    put((uint8_t[]){2, 10, 1, 5, 1, 0, 0, 0, 0xF, 0}, 10);  /* no such bus */
    put((uint8_t[]){0x7F, 6, 1, 2, 3, 4}, 6);               /* from the future */
}

/* Over a copy of exactly that size, so that reads beyond it are found. */
static struct madt read(size_t count) {
    uint8_t *copy = malloc(count);
    memcpy(copy, bytes, count);
    struct madt out;
    madt_read(&(struct acpi_table){copy, count}, &out);
    free(copy);
    return out;
}

static void test_found(void) {
    build();
    struct madt madt = read(size);
    CHECK(madt.legacy);
    CHECK(madt.core_count == 3 && madt.cores_left == 0);
    CHECK(madt.cores[0] == 0 && madt.cores[1] == 4 && madt.cores[2] == 300);
    CHECK(madt.ioapic_count == 2 && madt.ioapics[0].address == 0xFEC0'0000);
    CHECK(madt.ioapics[1].address == 0xFEC0'1000 && madt.ioapics[1].first == 24);
    CHECK(madt.lines[0].input == 2 && !madt.lines[0].level && !madt.lines[0].low);
    CHECK(madt.lines[9].input == 9 && madt.lines[9].level && madt.lines[9].low);
    CHECK(madt.lines[4].input == 4 && !madt.lines[4].level);
    CHECK(madt.lines[5].input == 5 && !madt.lines[5].low);
}

static void test_too_many(void) {
    build();
    size = 44;
    for (unsigned i = 0; i < 200; i++) {
        core((uint8_t)i, 1);
        put((uint8_t[]){1, 12, 2, 0, 1, 0, 0xC0, 0xFE, 0, 0, 0, 0}, 12);
    }
    struct madt madt = read(size);
    CHECK(madt.core_count == MADT_CORES_MAX && madt.cores_left == 200 - MADT_CORES_MAX);
    CHECK(madt.ioapic_count == MADT_IOAPICS_MAX);
}

static bool is_sane(const struct madt *madt) {
    return madt->core_count <= MADT_CORES_MAX && madt->ioapic_count <= MADT_IOAPICS_MAX;
}

/* Cut off anywhere, and each length wrong in every way. */
static void test_damaged(void) {
    build();
    bool sane = true;
    for (size_t count = ACPI_HEADER_SIZE; count <= size; count++) {
        struct madt madt = read(count);
        sane &= is_sane(&madt) && (count < 52 || madt.cores[0] == 0);
    }
    for (size_t at = 44; at < size; at++) {
        for (unsigned value = 0; value < 256; value++) {
            build();
            bytes[at] = (uint8_t)value;
            struct madt madt = read(size);
            sane &= is_sane(&madt);
        }
    }
    CHECK(sane);
}

static void test_noise(void) {
    uint64_t state = 88172645463325252;
    bool sane = true;
    for (unsigned round = 0; round < 20'000; round++) {
        build();
        size_t count = 44 + state % 512;
        for (size_t i = 44; i < count; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[i] = (uint8_t)(state >> (i % 2 ? 3 : 40)) & (round % 2 ? 0x0F : 0xFF);
        }
        struct madt madt = read(count);
        sane &= is_sane(&madt);
    }
    CHECK(sane);
}

int main(void) {
    test_found();
    test_too_many();
    test_damaged();
    test_noise();
    return check_finish("madt");
}
