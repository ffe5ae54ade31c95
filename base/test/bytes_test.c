/* SPDX-License-Identifier: MIT */
/* Readers: bounds, and the edges of LEB128 as WebAssembly bounds it (specification 5.2.2). */
#include <base/bytes.h>
#include <base/checked.h>
#include <test/check.h>

#define READER(...)                                                                                \
    bytes_init((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void test_fixed(void) {
    static const uint8_t raw[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct bytes bytes = bytes_init(raw, sizeof raw), part;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    CHECK(bytes_read_u8(&bytes, &u8) && u8 == 1);
    CHECK(bytes_read_u16(&bytes, &u16) && u16 == 0x0302);
    CHECK(bytes_read_u32(&bytes, &u32) && u32 == 0x07060504);
    CHECK(!bytes_read_u32(&bytes, &u32) && bytes_offset(&bytes) == 7);
    CHECK(!bytes_read_u64(&bytes, &u64) && !bytes_skip(&bytes, 3));
    CHECK(!bytes_read_part(&bytes, 3, &part));
    CHECK(bytes_read_part(&bytes, 2, &part) && bytes_left(&part) == 2);
    CHECK(bytes_offset(&part) == 7 && bytes_left(&bytes) == 0);
    CHECK(!bytes_read_u8(&bytes, &u8) && bytes_skip(&bytes, 0));
}

static bool u32_is(struct bytes bytes, uint32_t wanted) {
    uint32_t value;
    return bytes_read_leb_u32(&bytes, &value) && value == wanted && bytes_left(&bytes) == 0;
}

static bool u32_fails(struct bytes bytes, size_t at) {
    uint32_t value;
    return !bytes_read_leb_u32(&bytes, &value) && bytes_offset(&bytes) == at;
}

static void test_u32(void) {
    CHECK(u32_is(READER(0x00), 0));
    CHECK(u32_is(READER(0x7F), 127));
    CHECK(u32_is(READER(0x80, 0x01), 128));
    CHECK(u32_is(READER(0xFF, 0xFF, 0xFF, 0xFF, 0x0F), UINT32_MAX));
    CHECK(u32_is(READER(0x80, 0x80, 0x80, 0x80, 0x00), 0));
    CHECK(u32_fails(READER(0x80, 0x80, 0x80, 0x80, 0x10), 4));
    CHECK(u32_fails(READER(0x80, 0x80, 0x80, 0x80, 0x80, 0x00), 4));
    CHECK(u32_fails(READER(0x80, 0x80), 2));
    CHECK(u32_fails(bytes_init("", 0), 0));
}

static bool s32_is(struct bytes bytes, int32_t wanted) {
    int32_t value;
    return bytes_read_leb_s32(&bytes, &value) && value == wanted && bytes_left(&bytes) == 0;
}

static bool s32_fails(struct bytes bytes) {
    int32_t value;
    return !bytes_read_leb_s32(&bytes, &value);
}

static void test_s32(void) {
    CHECK(s32_is(READER(0x3F), 63));
    CHECK(s32_is(READER(0x40), -64));
    CHECK(s32_is(READER(0x7F), -1));
    CHECK(s32_is(READER(0xFF, 0xFF, 0xFF, 0xFF, 0x07), INT32_MAX));
    CHECK(s32_is(READER(0x80, 0x80, 0x80, 0x80, 0x78), INT32_MIN));
    CHECK(s32_fails(READER(0x80, 0x80, 0x80, 0x80, 0x08)));
    CHECK(s32_fails(READER(0x80, 0x80, 0x80, 0x80, 0x70)));
    CHECK(s32_fails(READER(0xFF, 0xFF, 0xFF, 0xFF, 0x4F)));
    CHECK(s32_fails(READER(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)));
}

static bool s33_is(struct bytes bytes, int64_t wanted) {
    int64_t value;
    return bytes_read_leb_s33(&bytes, &value) && value == wanted && bytes_left(&bytes) == 0;
}

static void test_s33(void) {
    int64_t value;
    struct bytes beyond = READER(0x80, 0x80, 0x80, 0x80, 0x20);
    CHECK(s33_is(READER(0xFF, 0xFF, 0xFF, 0xFF, 0x0F), UINT32_MAX));
    CHECK(s33_is(READER(0x80, 0x80, 0x80, 0x80, 0x70), -(INT64_C(1) << 32)));
    CHECK(s33_is(READER(0x40), -64));
    CHECK(!bytes_read_leb_s33(&beyond, &value));
}

static bool s64_is(struct bytes bytes, int64_t wanted) {
    int64_t value;
    return bytes_read_leb_s64(&bytes, &value) && value == wanted && bytes_left(&bytes) == 0;
}

static void test_64(void) {
    int64_t value;
    struct bytes sign = READER(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7E);
    CHECK(s64_is(READER(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F), INT64_MIN));
    CHECK(s64_is(READER(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00), INT64_MAX));
    CHECK(!bytes_read_leb_s64(&sign, &value));
}

static void test_ranges(void) {
    uint32_t sum;
    CHECK(range_within(0, 0, 0) && range_within(4, 4, 8) && range_within(8, 0, 8));
    CHECK(!range_within(9, 0, 8) && !range_within(4, 5, 8));
    CHECK(!range_within(UINT64_MAX, 2, UINT64_MAX) && !range_within(2, UINT64_MAX, 8));
    CHECK(!checked_add(UINT32_MAX, 1u, &sum) && checked_add(1u, 2u, &sum) && sum == 3);
    CHECK(align_up(1, 16) == 16 && align_up(16, 16) == 16 && align_down(31, 16) == 16);
}

int main(void) {
    test_fixed();
    test_u32();
    test_s32();
    test_s33();
    test_64();
    test_ranges();
    return check_finish("base/bytes");
}
