/* SPDX-License-Identifier: MIT */
/*
 * Archives. The first byte says whether the checksums of ustar headers are put right, so that what
 * is behind them is looked at. What a walk gives lies within the archive; what it finds by name is
 * what it walked over.
 */
#include "../fixture.h"
#include "fuzz.h"
#include <base/archive.h>
#include <base/ensure.h>
#include <boot/initrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "boot/fuzz initrd";
const unsigned fuzz_rounds = 4000;

constexpr size_t BLOCK = 512;

static size_t put_entry(uint8_t *to, char last, const char *name, const char *data) {
    char header[128];
    size_t padding = last == '7' ? 1 : 4;
    size_t name_size = strlen(name) + 1, data_size = strlen(data);
    int size =
        last == '7'
            ? snprintf(header, sizeof header, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06zo%011zo",
                       1, 2, 0100644, 0, 0, 2, 0, 0, name_size, data_size)
            : snprintf(header, sizeof header,
                       "07070%c%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", last, 2,
                       0100644, 0, 0, 2, 0, data_size, 0, 0, 0, 0, name_size,
                       last == '2' ? data[0] : 0);
    memcpy(to, header, (size_t)size);
    size_t at = (size_t)size;
    memcpy(to + at, name, name_size);
    at = (at + name_size + padding - 1) / padding * padding;
    memcpy(to + at, data, data_size);
    return (at + data_size + padding - 1) / padding * padding;
}

static size_t cpio_seed(char last, uint8_t *to) {
    size_t size = put_entry(to, last, "./sys/core", last == '7' ? "k" : "");
    size += put_entry(to + size, last, "sys/config", "k");
    return size + put_entry(to + size, last, "TRAILER!!!", "");
}

static size_t tar_seed(uint8_t *to) {
    static const char types[] = {'0', 'L', '0', 'K', '2', 'x', '1', '5', 'g', '0'};
    static const char pax[] = "16 path=a/b/c/d\n";
    struct buffer archive = {};
    for (size_t i = 0; i < sizeof types; i++) {
        size_t at = archive.size;
        archive_add(&archive, i == 9 ? "sys/core" : "./dir/name", pax, sizeof pax - 1);
        archive.bytes[at + 156] = (uint8_t)types[i];
        archive_checksum(archive.bytes + at);
    }
    archive_finish(&archive);
    memcpy(to, archive.bytes, archive.size);
    free(archive.bytes);
    return archive.size;
}

size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]) {
    memset(to, 0, FUZZ_SEED_MAX);
    to[0] = n % 2;
    switch (n) {
    case 0:
    case 1:
        return 1 + tar_seed(to + 1);
    case 2:
    case 3:
    case 4:
        return 1 + cpio_seed("127"[n - 2], to + 1);
    default:
        return 0;
    }
}

static void checksums_right(uint8_t *bytes, size_t size) {
    for (size_t at = 0; size - at >= BLOCK; at += BLOCK) {
        if (memcmp(bytes + at + 257, "ustar", 5) == 0) {
            archive_checksum(bytes + at);
        }
    }
}

static void check_within(struct bytes all, const uint8_t *at, uint64_t size) {
    ensure(size == 0 || (at >= all.at && size <= (uint64_t)(all.end - at)));
}

static void walk(struct bytes all) {
    static struct archive archive;
    struct archive_entry entry;
    uint64_t before = 0;
    archive_init(&archive, all.at, bytes_left(&all));
    while (archive_next(&archive, &entry) == ARCHIVE_ENTRY) {
        ensure(archive.next > before && archive.next <= bytes_left(&all));
        before = archive.next;
        check_within(all, entry.data, entry.size);
        ensure(entry.name.size <= ARCHIVE_PATH_MAX && entry.target.size <= ARCHIVE_PATH_MAX);
        ensure(entry.name.size == 0 || entry.name.bytes[0] != '/');
    }
    ensure(entry.offset <= bytes_left(&all));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct complaint complaint;
    struct bytes found;
    if (size == 0) {
        return 0;
    }
    uint8_t *copy = malloc(size - 1);
    memcpy(copy, bytes + 1, size - 1);
    if (bytes[0] % 2 != 0) {
        checksums_right(copy, size - 1);
    }
    struct bytes all = bytes_init(copy, size - 1);
    walk(all);
    bool whole = initrd_check(all, &complaint);
    ensure(whole || complaint.text[0] != 0);
    if (initrd_find(all, text_of("sys/core"), &found, &complaint)) {
        check_within(all, found.at, bytes_left(&found));
    } else {
        ensure(complaint.text[0] != 0);
    }
    free(copy);
    return 0;
}
