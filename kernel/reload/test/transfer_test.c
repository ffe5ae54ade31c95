/* SPDX-License-Identifier: MIT */
/*
 * Files on their way in: in order, again, with holes, beyond their end, over one another, with
 * wrong hashes; then whatever a random sender says, held against a simple model. Memory is
 * malloc's, so that the sanitizer sees each byte too many.
 */
#include "../transfer.h"
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static uint64_t state;

static uint32_t random_below(uint32_t limit) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % limit;
}

static size_t allocated, memory_limit;

static void *allocate(size_t size) {
    if (allocated + size > memory_limit) {
        return nullptr;
    }
    allocated += size;
    return malloc(size);
}

static void release(void *bytes, size_t size) {
    allocated -= size;
    free(bytes);
}

static struct transfer transfer;

static void start(void) {
    for (uint8_t kind = 0; kind < CONTROL_KINDS; kind++) {
        transfer_forget(&transfer, kind);
    }
    transfer = (struct transfer){.allocate = allocate, .release = release};
    memory_limit = 100'000;
    CHECK(allocated == 0);
}

static void hash_of(const void *bytes, size_t size, uint8_t out[SHA256_SIZE]) {
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, bytes, size);
    sha256_get(&hash, out);
}

static enum transfer_result begin(uint8_t kind, const void *bytes, uint32_t size) {
    uint8_t hash[SHA256_SIZE];
    hash_of(bytes, size, hash);
    return transfer_begin(&transfer, kind, size, hash);
}

static enum transfer_result add(uint8_t kind, uint32_t offset, const void *bytes, size_t size) {
    return transfer_add(&transfer, kind, offset, bytes_init((const uint8_t *)bytes, size));
}

static void test_in_order(void) {
    start();
    CHECK(begin(1, "hello world", 11) == TRANSFER_HAVE && transfer.files[1].have == 0);
    CHECK(add(1, 0, "hello", 5) == TRANSFER_HAVE && transfer.files[1].have == 5);
    CHECK(add(1, 0, "hello", 5) == TRANSFER_HAVE && transfer.files[1].have == 5);
    CHECK(begin(1, "hello world", 11) == TRANSFER_HAVE && transfer.files[1].have == 5);
    CHECK(add(1, 3, "lo wo", 5) == TRANSFER_HAVE && transfer.files[1].have == 8);
    CHECK(add(1, 8, "rld", 3) == TRANSFER_VERIFIED);
    CHECK(memcmp(transfer.files[1].bytes, "hello world", 11) == 0);
    CHECK(add(1, 8, "rld", 3) == TRANSFER_VERIFIED);
    CHECK(begin(1, "hello world", 11) == TRANSFER_VERIFIED);
}

static void test_missing(void) {
    start();
    CHECK(add(0, 0, "x", 1) == TRANSFER_NOT_BEGUN);
    CHECK(transfer_damage(&transfer, 0) == TRANSFER_SILENT);
    CHECK(begin(0, "hello", 5) == TRANSFER_HAVE);
    CHECK(add(0, 1, "ello", 4) == TRANSFER_MISSING);
    CHECK(add(0, 1, "ello", 4) == TRANSFER_SILENT);
    CHECK(transfer_damage(&transfer, 0) == TRANSFER_SILENT);
    CHECK(add(0, 0, "h", 1) == TRANSFER_HAVE);
    CHECK(transfer_damage(&transfer, 0) == TRANSFER_MISSING);
    CHECK(begin(0, "hello", 5) == TRANSFER_HAVE && transfer.files[0].have == 1);
    CHECK(transfer_damage(&transfer, 0) == TRANSFER_MISSING);
    CHECK(add(0, 1, "ello", 4) == TRANSFER_VERIFIED);
}

static void test_refused(void) {
    static const uint8_t none[SHA256_SIZE];
    start();
    CHECK(transfer_begin(&transfer, CONTROL_KINDS, 1, none) == TRANSFER_BAD_KIND);
    CHECK(transfer_begin(&transfer, 255, 1, none) == TRANSFER_BAD_KIND);
    CHECK(transfer_damage(&transfer, 255) == TRANSFER_SILENT);
    CHECK(add(CONTROL_KINDS, 0, "x", 1) == TRANSFER_BAD_KIND);
    CHECK(transfer_begin(&transfer, 0, 0, none) == TRANSFER_BAD_SIZE);
    for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
        uint32_t limit = transfer_limit((enum control_kind)kind);
        CHECK(transfer_begin(&transfer, (uint8_t)kind, limit + 1, none) == TRANSFER_BAD_SIZE);
    }
    CHECK(transfer_begin(&transfer, 0, 100'001, none) == TRANSFER_NO_MEMORY);
    CHECK(add(0, 0, "x", 1) == TRANSFER_NOT_BEGUN);
    CHECK(begin(0, "hello", 5) == TRANSFER_HAVE);
    CHECK(add(0, 0, "hello!", 6) == TRANSFER_BAD_SIZE && transfer.files[0].have == 0);
    CHECK(add(0, 0, "hellO", 5) == TRANSFER_BAD_HASH);
    CHECK(add(0, 0, "hello", 5) == TRANSFER_NOT_BEGUN && allocated == 0);
}

static void test_holds(void) {
    uint8_t hashes[2 * SHA256_SIZE];
    start();
    hash_of("kernel", 6, hashes);
    hash_of("config", 6, hashes + SHA256_SIZE);
    CHECK(begin(0, "kernel", 6) == TRANSFER_HAVE && add(0, 0, "kernel", 6) == TRANSFER_VERIFIED);
    CHECK(begin(2, "config", 6) == TRANSFER_HAVE && add(2, 0, "confi", 5) == TRANSFER_HAVE);
    CHECK(transfer_holds(&transfer, 1, bytes_init(hashes, SHA256_SIZE)));
    CHECK(!transfer_holds(&transfer, 5, bytes_init(hashes, sizeof(hashes))));
    CHECK(add(2, 5, "g", 1) == TRANSFER_VERIFIED);
    CHECK(transfer_holds(&transfer, 5, bytes_init(hashes, sizeof(hashes))));
    CHECK(!transfer_holds(&transfer, 0, bytes_init(hashes, 0)));
    CHECK(!transfer_holds(&transfer, 1, bytes_init(hashes, sizeof(hashes))));
    CHECK(!transfer_holds(&transfer, 5, bytes_init(hashes, sizeof(hashes) - 1)));
    CHECK(!transfer_holds(&transfer, 4, bytes_init(hashes, SHA256_SIZE)));
    CHECK(!transfer_holds(&transfer, 13, bytes_init(hashes, sizeof(hashes))));
    CHECK(!transfer_holds(&transfer, 3, bytes_init(hashes, sizeof(hashes))));
}

/* Two files of three kinds compete; parts come from anywhere, some of them wrong. What counts as
 * whole is one of the two, and what is allocated is what is there. */
static void test_random(void) {
    static uint8_t files[2][3000];
    for (unsigned round = 0; round < 300; round++) {
        state = round;
        start();
        memory_limit = 4000 + random_below(8000);
        for (unsigned i = 0; i < sizeof(files); i++) {
            files[i / 3000][i % 3000] = (uint8_t)random_below(256);
        }
        for (unsigned step = 0; step < 200; step++) {
            uint8_t kind = (uint8_t)random_below(CONTROL_KINDS + 1);
            const uint8_t *file = files[random_below(2)];
            if (random_below(20) == 0) {
                (void)begin(kind, file, 3000 - random_below(2));
                continue;
            }
            uint32_t offset = kind < CONTROL_KINDS && random_below(4) > 0
                                  ? transfer.files[kind].have
                                  : random_below(3001);
            uint32_t size = random_below(600);
            size = size < 3000 - offset ? size : 3000 - offset;
            if (add(kind, offset, file + offset, size) == TRANSFER_VERIFIED) {
                const struct transfer_file *done = &transfer.files[kind];
                CHECK(memcmp(done->bytes, files[0], done->size) == 0 ||
                      memcmp(done->bytes, files[1], done->size) == 0);
            }
        }
        size_t there = 0;
        for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
            const struct transfer_file *held = &transfer.files[kind];
            CHECK(held->have <= held->size && (!held->verified || held->have == held->size));
            there += held->bytes != nullptr ? held->size : 0;
        }
        CHECK(there == allocated && allocated <= memory_limit);
    }
}

int main(void) {
    test_in_order();
    test_missing();
    test_refused();
    test_holds();
    test_random();
    start();
    return check_finish("kernel/reload/transfer");
}
