/* SPDX-License-Identifier: MIT */
/*
 * gzip files. When the first byte is even the rest is a file as it is; else it is what deflate made
 * (RFC 1951), and gets a header, a size from its first two bytes, and a checksum, which is wrong:
 * inflate comes to its end nevertheless. Nothing is written beyond the size.
 */
#include "fuzz.h"
#include <base/ensure.h>
#include <boot/inflate.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "boot/fuzz gzip";
const unsigned fuzz_rounds = 8000;

/* "hello hello hello hello\n" and more by gzip -9, stored, and with dynamic codes. */
static const uint8_t fixed[] = {0x1F, 0x8B, 8, 0x1C, 0,    0,    0,    0, 2, 3,    2,
                                0,    0,    0, 'n',  0,    'c',  0,    3, 0, 0x4B, 0x4C,
                                0x4A, 6,    0, 0xC2, 0x41, 0x24, 0x35, 3, 0, 0,    0};
static const uint8_t stored[] = {1, 0x10, 0, 1, 3, 0, 0xFC, 0xFF, 'a', 'b', 'c'};
static const uint8_t dynamic[] = {1,    0xF4, 1,    0x05, 0xC0, 0x81, 0x00, 0x00,
                                  0x00, 0x00, 0x00, 0x90, 0x56, 0xFF, 0x13, 0x60,
                                  0x01, 0x02, 0x03, 0x04, 0x55, 0xAA, 0x3C, 0xC3};

size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]) {
    static const struct {
        const uint8_t *bytes;
        size_t size;
    } seeds[] = {{fixed, sizeof fixed}, {stored, sizeof stored}, {dynamic, sizeof dynamic}};
    if (n >= sizeof seeds / sizeof seeds[0]) {
        return 0;
    }
    to[0] = 0;
    size_t at = n == 0 ? 1 : 0;
    memcpy(to + at, seeds[n].bytes, seeds[n].size);
    return at + seeds[n].size;
}

static void unpack(struct bytes file) {
    struct complaint complaint = {};
    uint32_t size;
    if (!gzip_is(file) || !gzip_size(file, &size, &complaint)) {
        return;
    }
    uint8_t *to = malloc(size);
    if (to != nullptr && !gzip_unpack(file, to, size, &complaint)) {
        ensure(complaint.text[0] != 0);
    }
    free(to);
}

/* A gzip file around compressed bytes. */
static void unpack_wrapped(const uint8_t *bytes, size_t size) {
    uint8_t *file = calloc(1, 10 + size + 8);
    memcpy(file, "\x1F\x8B\x08", 3);
    memcpy(file + 10, bytes + 2, size - 2);
    memcpy(file + 10 + size - 2 + 4, bytes, 2); /* the size, behind a checksum */
    unpack(bytes_init(file, 10 + size - 2 + 8));
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > 3 && bytes[0] % 2 != 0) {
        unpack_wrapped(bytes + 1, size - 1);
    } else if (size > 0) {
        unpack(bytes_init(bytes + 1, size - 1));
    }
    return 0;
}
