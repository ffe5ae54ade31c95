/* SPDX-License-Identifier: MIT */
/* ustar archives: names in all spellings, then archives cut short and damaged everywhere. */
#include <base/archive.h>
#include <base/bytes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static uint8_t archive[32 * 512];
static size_t archive_size;

static void add(const char *prefix, const char *name, char type, const char *content) {
    uint8_t *header = archive + archive_size;
    memset(header, 0, 512);
    memcpy(header, name, strlen(name));
    memcpy(header + 345, prefix, strlen(prefix));
    size_t size = strlen(content);
    snprintf((char *)header + 124, 12, "%011zo", size);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar\00000", 8);
    unsigned sum = 8 * ' ';
    for (unsigned i = 0; i < 512; i++) {
        sum += header[i];
    }
    snprintf((char *)header + 148, 8, "%06o", sum);
    header[155] = ' ';
    archive_size += 512;
    memcpy(archive + archive_size, content, size);
    archive_size += (size + 511) / 512 * 512;
}

static void build(void) {
    memset(archive, 0, sizeof(archive));
    archive_size = 0;
    add("", "./", '5', "");
    add("", "./sys/core", '0', "the kernel");
    add("", "app/hello.wasm", '0', "hello");
    add("a/long/prefix", "file", '0', "");
    add("", "/empty", 0, "");
    add("", "link", '2', "");
    archive_size += 1024;
}

static struct archive tar;

static bool find(const char *name, struct archive_entry *out) {
    archive_init(&tar, archive, archive_size);
    return archive_find(&tar, text_of(name), out) == ARCHIVE_ENTRY;
}

static void test_find(void) {
    struct archive_entry entry;
    build();
    CHECK(find("sys/core", &entry) && entry.size == 10);
    CHECK(memcmp(entry.data, "the kernel", 10) == 0);
    CHECK(find("./app/hello.wasm", &entry) && entry.size == 5);
    CHECK(find("a/long/prefix/file", &entry) && entry.size == 0);
    CHECK(find("/empty", &entry));
    CHECK(!find("link", &entry));
    CHECK(!find("sys", &entry));
    CHECK(!find("", &entry));
    unsigned count = 0;
    archive_init(&tar, archive, archive_size);
    while (archive_next(&tar, &entry) == ARCHIVE_ENTRY) {
        count++;
    }
    CHECK(count == 6);
}

static void test_ends(void) {
    struct archive_entry entry;
    build();
    archive_init(&tar, archive, archive_size);
    CHECK(archive_find(&tar, text_of("none"), &entry) == ARCHIVE_END);
    archive_init(&tar, archive, archive_size - 1024);
    CHECK(archive_find(&tar, text_of("none"), &entry) == ARCHIVE_CUT);
    archive_init(&tar, archive, 512 + 512 + 5);
    CHECK(archive_find(&tar, text_of("none"), &entry) == ARCHIVE_TRUNCATED && entry.offset == 512);
    archive[512]++;
    archive_init(&tar, archive, archive_size);
    CHECK(archive_find(&tar, text_of("none"), &entry) == ARCHIVE_DAMAGED && entry.offset == 512);
}

static bool is_within(const struct archive_entry *entry, const uint8_t *start, size_t size) {
    return entry->data >= start && entry->size <= size &&
           (size_t)(entry->data - start) <= size - entry->size;
}

static bool walk_is_sound(const uint8_t *start, size_t size) {
    struct archive_entry entry;
    archive_init(&tar, start, size);
    while (archive_next(&tar, &entry) == ARCHIVE_ENTRY) {
        if (!is_within(&entry, start, size) || entry.name.size > ARCHIVE_PATH_MAX) {
            return false;
        }
    }
    return true;
}

static void test_hostile(void) {
    bool sound = true;
    build();
    for (size_t size = 0; size <= archive_size; size += 37) {
        uint8_t *copy = malloc(size);
        memcpy(copy, archive, size);
        sound &= walk_is_sound(copy, size);
        free(copy);
    }
    for (size_t at = 0; at < archive_size; at++) {
        build();
        archive[at] ^= (uint8_t)(1 << at % 8);
        sound &= walk_is_sound(archive, archive_size);
    }
    CHECK(sound);
    build();
    archive[512 + 124] = '7'; /* a size of gigabytes, with its checksum right again */
    archive[512 + 148 + 5] = (uint8_t)(archive[512 + 148 + 5] + 7);
    CHECK(walk_is_sound(archive, archive_size));
}

int main(void) {
    test_find();
    test_ends();
    test_hostile();
    return check_finish("archive");
}
