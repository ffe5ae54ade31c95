/* SPDX-License-Identifier: MIT */
/* The initrd: names in all spellings, then archives cut short and damaged everywhere. */
#include "../initrd.h"
#include <base/ensure.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

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

static void test_find(void) {
    struct initrd_file file;
    build();
    struct bytes all = bytes_init(archive, archive_size);
    CHECK(initrd_find(all, text_of("sys/core"), &file) && file.size == 10);
    CHECK(memcmp(file.bytes, "the kernel", 10) == 0);
    CHECK(initrd_find(all, text_of("./app/hello.wasm"), &file) && file.size == 5);
    CHECK(initrd_find(all, text_of("a/long/prefix/file"), &file) && file.size == 0);
    CHECK(initrd_find(all, text_of("/empty"), &file));
    CHECK(!initrd_find(all, text_of("link"), &file));
    CHECK(!initrd_find(all, text_of("sys"), &file));
    CHECK(!initrd_find(all, text_of(""), &file));
    unsigned count = 0;
    while (initrd_next(&all, &file)) {
        count++;
    }
    CHECK(count == 4);
}

static bool is_within(const struct initrd_file *file, const uint8_t *start, size_t size) {
    return file->bytes >= start && file->size <= size &&
           (size_t)(file->bytes - start) <= size - file->size;
}

static bool walk_is_sound(const uint8_t *start, size_t size) {
    struct bytes rest = bytes_init(start, size);
    struct initrd_file file;
    while (initrd_next(&rest, &file)) {
        if (!is_within(&file, start, size) || file.name.size > 256) {
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
    test_hostile();
    return check_finish("initrd");
}
