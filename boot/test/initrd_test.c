/* SPDX-License-Identifier: MIT */
/* ustar: names with and without "./", prefixes, damage in each field, seeded mutations. */
#include "fixture.h"
#include <boot/initrd.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static struct complaint complaint;

static struct buffer sample(void) {
    struct buffer archive = {};
    uint8_t zeros[700] = {};
    archive_add(&archive, "sys/empty", "", 0);
    archive_add(&archive, "./sys/core", "kernel", 6);
    archive_add(&archive, "bin/big", zeros, sizeof zeros);
    archive_add(&archive, "last", "end", 3);
    archive_finish(&archive);
    return archive;
}

static bool find(const struct buffer *archive, const char *name, struct bytes *out) {
    return initrd_find(bytes_init(archive->bytes, archive->size), text_of(name), out, &complaint);
}

static bool holds(const struct buffer *archive, const char *name, const char *contents) {
    struct bytes out;
    return find(archive, name, &out) && bytes_left(&out) == strlen(contents) &&
           memcmp(out.at, contents, strlen(contents)) == 0;
}

static bool complains(const char *part) {
    return strstr(complaint.text, part) != nullptr;
}

static void test_names(void) {
    struct buffer archive = sample();
    struct bytes out;
    CHECK(holds(&archive, "sys/core", "kernel"));
    CHECK(holds(&archive, "./sys/core", "kernel"));
    CHECK(holds(&archive, "/last", "end"));
    CHECK(holds(&archive, "sys/empty", ""));
    CHECK(!find(&archive, "sys/cor", &out) && complains("no file sys/cor"));
    CHECK(!find(&archive, "", &out));
    free(archive.bytes);
}

static void test_prefix(void) {
    struct buffer archive = {};
    archive_add(&archive, "name", "deep", 4);
    memcpy(archive.bytes + 345, "./a/very/long", 13);
    archive_checksum(archive.bytes);
    CHECK(holds(&archive, "a/very/long/name", "deep"));
    CHECK(!holds(&archive, "name", "deep"));
    free(archive.bytes);
}

static void test_damage(void) {
    struct buffer archive = sample();
    struct bytes out;
    CHECK(!initrd_find(bytes_init(archive.bytes, 1536), text_of("last"), &out, &complaint));
    CHECK(complains("truncated"));
    archive.bytes[512 + 3] ^= 1; /* second header's name, checksum wrong */
    CHECK(!find(&archive, "last", &out) && complains("damaged: bad ustar entry at byte 512"));
    archive_checksum(archive.bytes + 512);
    CHECK(holds(&archive, "last", "end"));
    archive.bytes[0] ^= 1;
    CHECK(!find(&archive, "last", &out) && complains("neither a ustar nor"));
    memcpy(archive.bytes + 124, "77777777777", 11);
    archive_checksum(archive.bytes);
    CHECK(!find(&archive, "last", &out) && complains("truncated"));
    memcpy(archive.bytes + 124, "\x80zzzzzzzzzz", 11);
    archive_checksum(archive.bytes);
    CHECK(!find(&archive, "last", &out));
    free(archive.bytes);
}

/* Checksums are put right half of the time, so that the mutation is looked at. */
static void test_mutations(void) {
    struct random random = {1};
    for (int round = 0; round < 20'000; round++) {
        struct buffer archive = sample();
        struct bytes out;
        size_t header = (size_t)random_below(&random, 4) * 512;
        random_mutate(&random, archive.bytes + header, 512, 4);
        if (random_below(&random, 2) == 0) {
            archive_checksum(archive.bytes + header);
        }
        size_t size = random_below(&random, 4) == 0 ? random_below(&random, (uint32_t)archive.size)
                                                    : archive.size;
        uint8_t *exact = memcpy(malloc(size + 1), archive.bytes, size);
        if (initrd_find(bytes_init(exact, size), text_of("last"), &out, &complaint)) {
            CHECK(out.at >= exact && out.end <= exact + size);
        } else {
            CHECK(complaint.text[0] != 0);
        }
        free(exact);
        free(archive.bytes);
    }
}

int main(void) {
    test_names();
    test_prefix();
    test_damage();
    test_mutations();
    return check_finish("boot/initrd");
}
