/* SPDX-License-Identifier: MIT */
/* The generator: RFC 8439's block, and that outputs neither repeat nor depend on how they are cut.
 */
#include "../random.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

/* RFC 8439, 2.3.2. */
static void test_block(void) {
    uint8_t key_bytes[32];
    for (unsigned i = 0; i < 32; i++) {
        key_bytes[i] = (uint8_t)i;
    }
    uint32_t key[8];
    memcpy(key, key_bytes, 32);
    const uint32_t tail[4] = {1, 0x09000000, 0x4A000000, 0};
    const uint8_t expected[16] = {0x10, 0xF1, 0xE7, 0xE4, 0xD1, 0x3B, 0x59, 0x15,
                                  0x50, 0x0F, 0xDD, 0x1F, 0xA3, 0x20, 0x71, 0xC4};
    const uint8_t expected_end[16] = {0xB5, 0x12, 0x9C, 0xD1, 0xDE, 0x16, 0x4E, 0xB9,
                                      0xCB, 0xD0, 0x83, 0xE8, 0xA2, 0x50, 0x3C, 0x4E};
    uint8_t out[64];
    chacha20_block(key, tail, out);
    CHECK(memcmp(out, expected, 16) == 0);
    CHECK(memcmp(out + 48, expected_end, 16) == 0);
}

static void test_fill(void) {
    struct random one = {0}, two = {0}, other = {0};
    uint8_t a[200], b[200];
    random_mix(&one, 42);
    random_mix(&two, 42);
    random_mix(&other, 43);
    random_fill(&one, a, 200);
    random_fill(&two, b, 200);
    CHECK(memcmp(a, b, 200) == 0);
    random_fill(&one, b, 200);
    CHECK(memcmp(a, b, 200) != 0);
    random_fill(&other, b, 200);
    CHECK(memcmp(a, b, 200) != 0);
    CHECK(memcmp(a, a + 64, 64) != 0);
    random_fill(&one, a, 0);
}

int main(void) {
    test_block();
    test_fill();
    return check_finish("random");
}
