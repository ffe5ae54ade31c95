/* SPDX-License-Identifier: MIT */
/* cpio archives in newc, crc and odc: names, kinds, files with several names, sums; then archives
 * cut short and damaged everywhere. */
#include <base/archive.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static uint8_t bytes[4096];
static size_t size;
static struct archive archive;

static const unsigned FILE_MODE = 0100644, DIRECTORY_MODE = 0040755, LINK_MODE = 0120777;

static void put(const void *from, size_t count) {
    memcpy(bytes + size, from, count);
    size += count;
}

static uint32_t sum_of(const char *data) {
    uint32_t sum = 0;
    for (; *data != 0; data++) {
        sum += (uint8_t)*data;
    }
    return sum;
}

/* An entry; `last` is the magic's last digit. Returns the header's offset. */
static size_t add(char last, const char *name, unsigned mode, unsigned inode, unsigned links,
                  const char *data) {
    char header[128];
    size_t at = size;
    unsigned name_size = (unsigned)strlen(name) + 1, data_size = (unsigned)strlen(data);
    if (last == '7') {
        snprintf(header, sizeof header, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o", 1,
                 inode, mode, 0, 0, links, 0, 1'000'000, name_size, data_size);
    } else {
        snprintf(header, sizeof header,
                 "07070%c%08X%08x%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", last, inode, mode,
                 0, 0, links, 1'000'000, data_size, 8, 1, 0, 0, name_size,
                 last == '2' ? sum_of(data) : 0);
    }
    put(header, strlen(header));
    put(name, name_size);
    while (last != '7' && size % 4 != 0) {
        put("", 1);
    }
    put(data, data_size);
    while (last != '7' && size % 4 != 0) {
        put("", 1);
    }
    return at;
}

static void build(char last) {
    memset(bytes, 0, sizeof bytes);
    size = 0;
    add(last, ".", DIRECTORY_MODE, 1, 2, "");
    add(last, "./sys/core", FILE_MODE, 2, 1, "the kernel");
    add(last, "/sys", DIRECTORY_MODE, 3, 2, "");
    add(last, "link", LINK_MODE, 4, 1, "sys/core");
    add(last, "one", FILE_MODE, 5, 2, last == '7' ? "shared" : "");
    add(last, "other", FILE_MODE, 6, 1, "");
    add(last, "two", FILE_MODE, 5, 2, "shared");
    add(last, "TRAILER!!!", 0, 0, 1, "");
}

static bool find(const char *name, const char *data) {
    struct archive_entry entry;
    archive_init(&archive, bytes, size);
    return archive_find(&archive, text_of(name), &entry) == ARCHIVE_ENTRY &&
           entry.size == strlen(data) && memcmp(entry.data, data, entry.size) == 0;
}

static enum archive_result walk(size_t limit, struct archive_entry *entry) {
    enum archive_result result;
    archive_init(&archive, bytes, limit);
    do {
        result = archive_next(&archive, entry);
    } while (result == ARCHIVE_ENTRY);
    return result;
}

static void test_entries(char last) {
    static const enum archive_kind kinds[] = {ARCHIVE_DIRECTORY, ARCHIVE_FILE, ARCHIVE_DIRECTORY,
                                              ARCHIVE_SYMLINK,   ARCHIVE_FILE, ARCHIVE_FILE,
                                              ARCHIVE_FILE};
    struct archive_entry entry;
    build(last);
    CHECK(find("sys/core", "the kernel") && find("./sys/core", "the kernel"));
    CHECK(find("one", "shared") && find("/two", "shared") && find("other", ""));
    CHECK(!find("sys", "") && !find("link", "") && !find("", "") && !find("TRAILER!!!", ""));
    archive_init(&archive, bytes, size);
    CHECK(archive.format == ARCHIVE_CPIO);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        CHECK(archive_next(&archive, &entry) == ARCHIVE_ENTRY && entry.kind == kinds[i]);
        CHECK(entry.modification_s == 1'000'000);
        CHECK(entry.shared == (last != '7' && (i == 4 || i == 6)));
        CHECK(i != 3 || (text_equal(entry.target, text_of("sys/core")) && entry.size == 0));
    }
    CHECK(archive_next(&archive, &entry) == ARCHIVE_END);
}

static void test_ends(char last) {
    struct archive_entry entry;
    size_t trailer = 0;
    build(last);
    for (size_t i = 0; i < size; i++) {
        trailer = memcmp(bytes + i, "TRAILER", 7) == 0 ? i : trailer;
    }
    size_t header = trailer - (last == '7' ? 76 : 110);
    CHECK(walk(size, &entry) == ARCHIVE_END);
    CHECK(walk(header, &entry) == ARCHIVE_CUT && walk(header + 70, &entry) == ARCHIVE_CUT);
    CHECK(walk(trailer + 3, &entry) == ARCHIVE_TRUNCATED && entry.offset == header);
    CHECK(walk(header - 5, &entry) == ARCHIVE_TRUNCATED);
    bytes[header + 10] = 'g';
    CHECK(walk(size, &entry) == ARCHIVE_DAMAGED && entry.offset == header);
    build(last);
    bytes[header] = '1';
    CHECK(walk(size, &entry) == ARCHIVE_DAMAGED && entry.offset == header);
    build(last);
    bytes[trailer + 10] = 'x'; /* a name without its NUL */
    CHECK(walk(size, &entry) == ARCHIVE_DAMAGED && entry.offset == header);
}

/* The sum is of the data that is found, wherever it stands. */
static void test_sums(void) {
    struct archive_entry entry;
    build('2');
    size_t damaged = 0;
    for (size_t i = 0; i < size; i++) {
        if (memcmp(bytes + i, "shared", 6) == 0) {
            bytes[i] ^= 1;
            damaged++;
        }
    }
    CHECK(damaged == 1);
    CHECK(find("sys/core", "the kernel") && !find("two", "rhared") && !find("one", "rhared"));
    archive_init(&archive, bytes, size);
    CHECK(archive_find(&archive, text_of("one"), &entry) == ARCHIVE_DAMAGED);
}

/* A file with several names none of which has data is empty, and found at once or never. */
static void test_no_data(void) {
    size = 0;
    add('1', "a", FILE_MODE, 9, 3, "");
    add('1', "b", FILE_MODE, 9, 3, "");
    add('1', "TRAILER!!!", 0, 0, 1, "");
    CHECK(find("a", "") && find("b", ""));
}

static bool walk_is_sound(const uint8_t *start, size_t count) {
    struct archive_entry entry;
    archive_init(&archive, start, count);
    while (archive_next(&archive, &entry) == ARCHIVE_ENTRY) {
        if (entry.data < start || entry.size > count ||
            (size_t)(entry.data - start) > count - entry.size ||
            entry.name.size > ARCHIVE_PATH_MAX || entry.target.size > ARCHIVE_PATH_MAX) {
            return false;
        }
        (void)archive_entry_intact(&entry);
    }
    return true;
}

static void test_hostile(char last) {
    static const uint8_t values[] = {'0', '7', 'f', 0, 0xff, 1};
    bool sound = true;
    build(last);
    for (size_t count = 0; count <= size; count++) {
        uint8_t *copy = malloc(count);
        memcpy(copy, bytes, count);
        sound &= walk_is_sound(copy, count);
        free(copy);
    }
    for (size_t at = 0; at < size; at++) {
        for (size_t i = 0; i < sizeof values; i++) {
            build(last);
            bytes[at] = values[i];
            sound &= walk_is_sound(bytes, size);
        }
    }
    CHECK(sound);
}

int main(void) {
    for (const char *last = "127"; *last != 0; last++) {
        test_entries(*last);
        test_ends(*last);
        test_hostile(*last);
    }
    test_sums();
    test_no_data();
    return check_finish("cpio");
}
