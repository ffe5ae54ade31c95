/* SPDX-License-Identifier: MIT */
/* CRC-32: the check value that catalogues of checksums give, and sums made in parts. */
#include <base/crc32.h>
#include <test/check.h>

static void test_known(void) {
    CHECK(crc32_add(0, "", 0) == 0);
    CHECK(crc32_add(0, "123456789", 9) == 0xCBF4'3926);
    CHECK(crc32_add(0, "a", 1) == 0xE8B7'BE43);
    CHECK(crc32_add(0, "The quick brown fox jumps over the lazy dog", 43) == 0x414F'A339);
}

/* Bit by bit, as the definition has it. */
static uint32_t by_definition(const uint8_t *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < 8 * size; i++) {
        uint32_t bit = (crc ^ (uint32_t)bytes[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (0xEDB8'8320 & -bit);
    }
    return ~crc;
}

static void test_every_byte(void) {
    uint8_t bytes[256];
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
        CHECK(crc32_add(0, &bytes[i], 1) == by_definition(&bytes[i], 1));
    }
    uint32_t whole = by_definition(bytes, sizeof(bytes));
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        uint32_t first = crc32_add(0, bytes, cut);
        CHECK(crc32_add(first, bytes + cut, sizeof(bytes) - cut) == whole);
    }
}

int main(void) {
    test_known();
    test_every_byte();
    return check_finish("base/crc32");
}
