/* SPDX-License-Identifier: MIT */
/* The file server, asked through the kernel as any program would: every operation, what it refuses,
 * and that nothing is left over. */
#include "../../../lib/native/test/machine.h"
#include "../space.h"
#include "archives.h"
#include "client.h"
#include <stdlib.h>
#include <user/files.h>

constexpr uint64_t BOTH = FILE_RIGHT_READ | FILE_RIGHT_WRITE;

static struct archive_writer archive;
static handle_t tmp;

static void make(handle_t directory, const char *path, const char *text) {
    handle_t file;
    CHECK(open_at(directory, FILE_OPEN_CREATE, BOTH, path, &file) == OK);
    CHECK(write_at(file, 0, text, strlen(text)) == OK && reply.words[0] == strlen(text));
    close_handle(file);
}

static void test_archive(void) {
    archive_add(&archive, '5', "./", "", "");
    archive_add(&archive, '0', "./bin/hello", "", "hello data");
    archive_add(&archive, '5', "etc/", "", "");
    archive_add(&archive, '0', "etc/a", "", "first");
    archive_add(&archive, '0', "etc/a", "", "second");
    archive_add(&archive, '2', "etc/l", "a", "");
    archive_add(&archive, '1', "etc/h", "./bin/hello", "");
    archive_add(&archive, 'L', "././@LongLink", "", "long/name/by/gnu");
    archive_add(&archive, '0', "short", "", "gnu");
    archive_add(&archive, 'x', "pax", "", "20 path=long/by/pax\n");
    archive_add(&archive, '\0', "short", "", "pax");
    archive_add(&archive, '3', "dev/null", "", "");
    size_t prefixed = archive_add(&archive, '0', "leaf", "", "prefix");
    memcpy(archive.bytes + prefixed + 345, "some/prefix", 11);
    archive_seal(&archive, prefixed);
    uint64_t fault;
    CHECK(files_archive_add(archive.bytes, archive.size, &fault) == OK);

    handle_t file;
    CHECK(open_at(root, 0, FILE_RIGHT_READ, "bin/hello", &file) == OK);
    CHECK(reply.words[0] == FILE_KIND_REGULAR && reply.words[1] == FILE_RIGHT_READ);
    CHECK(read_at(file, 0, 100) == OK && replied("hello data"));
    CHECK(read_at(file, 6, 2) == OK && replied("da"));
    CHECK(read_at(file, UINT64_MAX, 2) == OK && replied(""));
    CHECK(write_at(file, 0, "x", 1) == ERR_DENIED);
    close_handle(file);
    CHECK(open_at(root, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, "etc/l", &file) == OK);
    CHECK(read_at(file, 0, 100) == OK && replied("second"));
    close_handle(file);
    static const char *const names[] = {"etc/h", "long/name/by/gnu", "long/by/pax",
                                        "some/prefix/leaf"};
    static const char *const contents[] = {"hello data", "gnu", "pax", "prefix"};
    for (unsigned i = 0; i < 4; i++) {
        CHECK(open_at(root, 0, FILE_RIGHT_READ, names[i], &file) == OK);
        CHECK(read_at(file, 0, 100) == OK && replied(contents[i]));
        close_handle(file);
    }
    struct file_stat stat;
    CHECK(stat_at(root, "bin/hello", &stat) == OK && stat.link_count == 2 && stat.size == 10 &&
          stat.modification_time_ns == UINT64_C(1'000'000'000'000'000));
    CHECK(stat_at(root, "dev/null", &stat) == ERR_NOT_FOUND);
}

/* A file with three names, whose data comes with the last. */
static void test_cpio(void) {
    static struct archive_writer cpio;
    static const char *const names[] = {"cpio/one", "cpio/two", "cpio/three", "cpio/link"};
    archive_add_cpio(&cpio, 0040755, 1, 2, "cpio", "");
    archive_add_cpio(&cpio, 0100644, 2, 3, "./cpio/one", "");
    archive_add_cpio(&cpio, 0100644, 3, 1, "cpio/plain", "plain");
    archive_add_cpio(&cpio, 0100644, 2, 3, "cpio/two", "");
    archive_add_cpio(&cpio, 0100644, 2, 3, "cpio/three", "shared");
    archive_add_cpio(&cpio, 0120777, 4, 1, "cpio/link", "two");
    archive_add_cpio(&cpio, 0020666, 5, 1, "cpio/device", "");
    archive_add_cpio(&cpio, 0, 0, 1, "TRAILER!!!", "");
    uint64_t fault;
    CHECK(files_archive_add(cpio.bytes, cpio.size, &fault) == OK);
    handle_t file;
    for (unsigned i = 0; i < 4; i++) {
        CHECK(open_at(root, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, names[i], &file) == OK);
        CHECK(read_at(file, 0, 100) == OK && replied("shared"));
        close_handle(file);
    }
    struct file_stat stat;
    CHECK(stat_at(root, "cpio/one", &stat) == OK && stat.link_count == 3 && stat.size == 6);
    CHECK(stat_at(root, "cpio/plain", &stat) == OK && stat.link_count == 1 && stat.size == 5);
    CHECK(stat_at(root, "cpio/device", &stat) == ERR_NOT_FOUND);
}

static void test_read_only(void) {
    handle_t file;
    CHECK(open_at(root, 0, BOTH, "etc/a", &file) == ERR_READ_ONLY);
    CHECK(open_at(root, FILE_OPEN_TRUNCATE, FILE_RIGHT_READ, "etc/a", &file) == ERR_READ_ONLY);
    CHECK(open_at(root, FILE_OPEN_CREATE, BOTH, "etc/new", &file) == ERR_READ_ONLY);
    CHECK(ask_path(root, FILE_UNLINK, 0, "etc/a") == ERR_READ_ONLY);
    CHECK(ask_path(root, FILE_MAKE_DIRECTORY, 0, "etc/new") == ERR_READ_ONLY);
    CHECK(ask_path(root, FILE_MAKE_DIRECTORY, 0, "etc") == ERR_EXISTS);
    CHECK(ask_path(root, FILE_REMOVE_DIRECTORY, 0, "tmp") == ERR_READ_ONLY);
    CHECK(ask_paths(root, FILE_RENAME, 0, "etc/a", "tmp/a", HANDLE_NONE) == ERR_READ_ONLY);
    CHECK(ask_paths(root, FILE_LINK, 0, "etc/a", "tmp/a", HANDLE_NONE) == ERR_CROSS_DEVICE);
    CHECK(ask(root, FILE_SET_TIMES_AT, (uint64_t[3]){FILE_TIME_ACCESS}, "etc/a", 5) ==
          ERR_READ_ONLY);
}

static void test_contents(void) {
    handle_t file;
    CHECK(open_at(tmp, FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE, BOTH, "f", &file) == OK);
    CHECK(read_at(file, 0, 10) == OK && replied(""));
    CHECK(write_at(file, 4094, "abcd", 4) == OK && reply.words[1] == 4098);
    CHECK(read_at(file, 4092, 100) == OK && reply.payload_size == 6);
    CHECK(memcmp(bytes, "\0\0abcd", 6) == 0);
    CHECK(ask(file, FILE_WRITE, (uint64_t[3]){0, 1}, "e", 1) == OK && reply.words[1] == 4099);
    CHECK(ask(file, FILE_SET_SIZE, (uint64_t[3]){4095}, nullptr, 0) == OK);
    CHECK(ask(file, FILE_SET_SIZE, (uint64_t[3]){5000}, nullptr, 0) == OK);
    CHECK(read_at(file, 4094, 4) == OK && memcmp(bytes, "a\0\0\0", 4) == 0);
    /* A sparse file takes little; one that is full takes all there is, and then no more. */
    CHECK(write_at(file, 1'000'000'000, "z", 1) == OK);
    CHECK(read_at(file, 999'999'999, 9) == OK && reply.payload_size == 2 && bytes[1] == 'z');
    CHECK(write_at(file, UINT64_MAX, "z", 1) == ERR_TOO_BIG);
    CHECK(ask(file, FILE_SET_SIZE, (uint64_t[3]){UINT64_MAX}, nullptr, 0) == ERR_TOO_BIG);
    CHECK(ask(file, FILE_ALLOCATE, (uint64_t[3]){0, 1 << 30}, nullptr, 0) == ERR_NO_SPACE);
    CHECK(ask(file, FILE_SET_SIZE, (uint64_t[3]){0}, nullptr, 0) == OK);
    CHECK(ask(file, FILE_ALLOCATE, (uint64_t[3]){100, 9000}, nullptr, 0) == OK);
    CHECK(ask(file, FILE_STAT, (uint64_t[3]){0}, nullptr, 0) == OK);
    CHECK(((struct file_stat *)(void *)bytes)->size == 9100);
    CHECK(ask(file, FILE_SYNC, (uint64_t[3]){1}, nullptr, 0) == OK);

    uint64_t used = space_used();
    files_limit_set(used + 100'000);
    static uint8_t block[MESSAGE_PAYLOAD_MAX];
    CHECK(write_at(file, 1 << 20, block, sizeof block) == OK && reply.words[0] == sizeof block);
    CHECK(write_at(file, 2 << 20, block, sizeof block) == OK);
    CHECK(reply.words[0] > 0 && reply.words[0] < sizeof block);
    CHECK(write_at(file, 3 << 20, block, 1) == ERR_NO_SPACE);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "x") == OK ||
          reply.status == ERR_NO_SPACE); /* whichever: it must not break */
    (void)ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "x");
    files_limit_set(FILES_LIMIT_DEFAULT);
    close_handle(file);
    CHECK(open_at(tmp, FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE, BOTH, "f", &file) == ERR_EXISTS);
    CHECK(open_at(tmp, FILE_OPEN_TRUNCATE, FILE_RIGHT_READ, "f", &file) == OK);
    CHECK(read_at(file, 0, 1) == OK && replied(""));
    CHECK(write_at(file, 0, "x", 1) == ERR_DENIED);
    close_handle(file);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "f") == OK);
}

static void test_open_unlinked(void) {
    handle_t file;
    struct file_stat stat;
    make(tmp, "gone", "still here");
    CHECK(open_at(tmp, 0, BOTH, "gone", &file) == OK);
    CHECK(ask_paths(tmp, FILE_LINK, 0, "gone", "other", HANDLE_NONE) == OK);
    CHECK(stat_at(tmp, "other", &stat) == OK && stat.link_count == 2);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "gone") == OK);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "other") == OK);
    CHECK(read_at(file, 0, 100) == OK && replied("still here"));
    CHECK(write_at(file, 0, "s", 1) == OK);
    close_handle(file);
    handle_t directory;
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "d") == OK);
    CHECK(open_at(tmp, FILE_OPEN_DIRECTORY, BOTH, "d", &directory) == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "d") == OK);
    CHECK(open_at(directory, FILE_OPEN_CREATE, BOTH, "f", &file) == ERR_NOT_FOUND);
    CHECK(ask_path(directory, FILE_MAKE_DIRECTORY, 0, "f") == ERR_NOT_FOUND);
    CHECK(ask_path(directory, FILE_STAT_AT, 0, "..") == ERR_DENIED);
    close_handle(directory);
}

static void test_confinement(void) {
    handle_t base, file;
    struct file_stat stat;
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "base") == OK);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "base/in") == OK);
    make(tmp, "secret", "s");
    CHECK(open_at(tmp, FILE_OPEN_DIRECTORY, BOTH, "base", &base) == OK);
    static const char *const outside[] = {
        "..",       "../secret", "in/../../secret", "./../secret", "/tmp",  "/",
        "in/../..", "in/up",     "in/up/..",        "abs",         "abs/x", "in/up/secret"};
    CHECK(ask_paths(base, FILE_SYMLINK, 0, "../../secret", "in/up", HANDLE_NONE) == OK);
    CHECK(ask_paths(base, FILE_SYMLINK, 0, "/secret", "abs", HANDLE_NONE) == OK);
    for (unsigned i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        CHECK(open_at(base, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, outside[i], &file) == ERR_DENIED);
        CHECK(ask_path(base, FILE_STAT_AT, FILE_FOLLOW, outside[i]) == ERR_DENIED);
    }
    CHECK(ask_path(base, FILE_UNLINK, 0, "../secret") == ERR_DENIED);
    CHECK(ask_paths(base, FILE_RENAME, 0, "in", "../out", HANDLE_NONE) == ERR_DENIED);
    CHECK(ask_paths(base, FILE_LINK, 0, "../secret", "in/s", HANDLE_NONE) == ERR_DENIED);
    CHECK(stat_at(base, "in/..", &stat) == OK && stat.kind == FILE_KIND_DIRECTORY);
    CHECK(ask_path(base, FILE_READLINK, 0, "abs") == OK && replied("/secret"));
    CHECK(ask_path(base, FILE_READLINK, 0, "in") == ERR_INVALID);
    CHECK(ask_path(base, FILE_UNLINK, 0, "abs") == OK &&
          ask_path(base, FILE_UNLINK, 0, "in/up") == OK);
    CHECK(ask_path(base, FILE_REMOVE_DIRECTORY, 0, "in") == OK);
    /* What was opened for reading passes no more on. */
    handle_t reading;
    CHECK(open_at(tmp, FILE_OPEN_DIRECTORY, FILE_RIGHT_READ, "base", &reading) == OK);
    CHECK(open_at(reading, FILE_OPEN_CREATE, FILE_RIGHT_READ, "x", &file) == ERR_DENIED);
    CHECK(ask_path(reading, FILE_MAKE_DIRECTORY, 0, "x") == ERR_DENIED);
    make(base, "x", "");
    CHECK(open_at(reading, 0, FILE_RIGHT_WRITE, "x", &file) == ERR_DENIED);
    CHECK(ask_paths(base, FILE_RENAME, 0, "x", "y", reading) == ERR_DENIED);
    CHECK(ask_path(base, FILE_UNLINK, 0, "x") == OK);
    close_handle(reading);
    close_handle(base);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "secret") == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "base") == OK);
}

static void test_names(void) {
    char name[FILE_PATH_MAX + 2];
    handle_t file;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, name) == ERR_NAME_TOO_LONG);
    name[256] = '\0';
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, name) == ERR_NAME_TOO_LONG);
    name[255] = '\0';
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, name) == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, name) == OK);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "") == ERR_NOT_FOUND);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "\xff") == ERR_INVALID);
    CHECK(ask(tmp, FILE_MAKE_DIRECTORY, (uint64_t[3]){0}, "a\0b", 3) == ERR_INVALID);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "no/way") == ERR_NOT_FOUND);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "d///") == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "d/.") == ERR_INVALID);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "d") == ERR_IS_DIRECTORY);
    make(tmp, "f", "");
    CHECK(open_at(tmp, 0, FILE_RIGHT_READ, "f/", &file) == ERR_NOT_DIRECTORY);
    CHECK(open_at(tmp, 0, FILE_RIGHT_READ, "f/x", &file) == ERR_NOT_DIRECTORY);
    CHECK(open_at(tmp, FILE_OPEN_DIRECTORY, FILE_RIGHT_READ, "f", &file) == ERR_NOT_DIRECTORY);
    CHECK(open_at(tmp, FILE_OPEN_CREATE, BOTH, "new/", &file) == ERR_IS_DIRECTORY);
    CHECK(open_at(tmp, 0, BOTH, "d", &file) == ERR_IS_DIRECTORY);
    CHECK(open_at(tmp, 1 << 20, BOTH, "d", &file) == ERR_INVALID);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "f") == ERR_NOT_DIRECTORY);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "f/") == ERR_NOT_DIRECTORY);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "f") == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "d/") == OK);
}

static void test_links(void) {
    handle_t file;
    char name[8], target[8];
    make(tmp, "end", "at the end");
    for (unsigned i = 0; i < 41; i++) {
        snprintf(name, sizeof name, "l%u", i);
        snprintf(target, sizeof target, "l%u", i + 1);
        CHECK(ask_paths(tmp, FILE_SYMLINK, 0, i == 40 ? "end" : target, name, HANDLE_NONE) == OK);
    }
    CHECK(open_at(tmp, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, "l0", &file) == ERR_LOOP);
    CHECK(open_at(tmp, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, "l1", &file) == OK);
    CHECK(read_at(file, 0, 100) == OK && replied("at the end"));
    close_handle(file);
    CHECK(open_at(tmp, 0, FILE_RIGHT_READ, "l1", &file) == ERR_LOOP);
    CHECK(ask_paths(tmp, FILE_SYMLINK, 0, "x", "l0", HANDLE_NONE) == ERR_EXISTS);
    for (unsigned i = 0; i < 41; i++) {
        snprintf(name, sizeof name, "l%u", i);
        CHECK(ask_path(tmp, FILE_UNLINK, 0, name) == OK);
    }
    /* Creating through a dangling link makes its target, unless it must be new. */
    CHECK(ask_paths(tmp, FILE_SYMLINK, 0, "made", "dangling", HANDLE_NONE) == OK);
    CHECK(open_at(tmp, FILE_OPEN_FOLLOW, BOTH, "dangling", &file) == ERR_NOT_FOUND);
    CHECK(open_at(tmp, FILE_OPEN_FOLLOW | FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE, BOTH, "dangling",
                  &file) == ERR_EXISTS);
    CHECK(open_at(tmp, FILE_OPEN_FOLLOW | FILE_OPEN_CREATE, BOTH, "dangling", &file) == OK);
    close_handle(file);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "made") == OK);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "dangling") == OK &&
          ask_path(tmp, FILE_UNLINK, 0, "end") == OK);
}

static void test_rename(void) {
    struct file_stat stat, other;
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "a") == OK);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "b") == OK);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "a/c") == OK);
    make(tmp, "f", "f");
    make(tmp, "g", "g");
    CHECK(stat_at(tmp, "a", &stat) == OK && stat.link_count == 3);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "a", "a/c/a", HANDLE_NONE) == ERR_INVALID);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "a", "a", HANDLE_NONE) == OK);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "a", "f", HANDLE_NONE) == ERR_NOT_DIRECTORY);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "f", "a", HANDLE_NONE) == ERR_IS_DIRECTORY);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "b", "a", HANDLE_NONE) == ERR_NOT_EMPTY);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "f", "h/", HANDLE_NONE) == ERR_NOT_DIRECTORY);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "none", "h", HANDLE_NONE) == ERR_NOT_FOUND);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, ".", "h", HANDLE_NONE) == ERR_BUSY);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "a", "b/", HANDLE_NONE) == OK);
    CHECK(stat_at(tmp, "b/c/..", &stat) == OK && stat_at(tmp, "b", &other) == OK);
    CHECK(stat.inode == other.inode);
    CHECK(stat_at(tmp, "f", &stat) == OK);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "f", "g", HANDLE_NONE) == OK);
    CHECK(stat_at(tmp, "g", &other) == OK && other.inode == stat.inode && other.link_count == 1);
    handle_t c, file;
    CHECK(open_at(tmp, FILE_OPEN_DIRECTORY, BOTH, "b/c", &c) == OK);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "g", "moved", c) == OK);
    CHECK(stat_at(tmp, "b/c/moved", &other) == OK && other.inode == stat.inode);
    CHECK(open_at(tmp, 0, FILE_RIGHT_READ, "b/c/moved", &file) == OK);
    CHECK(ask_paths(tmp, FILE_RENAME, 0, "b", "x", file) == ERR_NOT_DIRECTORY);
    close_handle(file);
    CHECK(ask_path(c, FILE_UNLINK, 0, "moved") == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "b") == ERR_NOT_EMPTY);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "b/c") == OK);
    close_handle(c);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "b") == OK);
}

/* Lists a directory with small answers, removing each name as it comes; counts. */
static unsigned list_and_remove(void) {
    uint64_t cookie = 0;
    unsigned count = 0;
    for (;;) {
        if (ask(tmp, FILE_LIST, (uint64_t[3]){cookie, 300}, nullptr, 0) != OK ||
            reply.words[0] == 0) {
            return count;
        }
        static uint8_t entries[MESSAGE_PAYLOAD_MAX];
        memcpy(entries, bytes, reply.payload_size);
        uint64_t left = reply.words[0];
        for (uint32_t at = 0; left > 0; left--) {
            struct file_entry entry;
            char name[256] = "";
            memcpy(&entry, entries + at, sizeof entry);
            memcpy(name, entries + at + sizeof entry, entry.name_size);
            at += sizeof entry + ((entry.name_size + 7) & ~7u);
            cookie = entry.cookie;
            if (name[0] != '.') {
                count++;
                CHECK(ask_path(tmp, FILE_UNLINK, 0, name) == OK);
                make(tmp, "new", ""); /* what is made meanwhile comes later, once */
                CHECK(ask_path(tmp, FILE_UNLINK, 0, "new") == OK);
            }
        }
    }
}

static void test_list(void) {
    char name[32];
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "entry-%u", i);
        make(tmp, name, "");
    }
    for (unsigned i = 0; i < 3000; i += 2) {
        snprintf(name, sizeof name, "entry-%u", i);
        CHECK(ask_path(tmp, FILE_UNLINK, 0, name) == OK);
    }
    CHECK(ask(tmp, FILE_LIST, (uint64_t[3]){0, 10}, nullptr, 0) == ERR_INVALID);
    CHECK(list_and_remove() == 1500);
    CHECK(list_and_remove() == 0);
}

static void test_times(void) {
    struct file_stat stat;
    handle_t file;
    machine_wall_ns = 5'000'000;
    make(tmp, "f", "x");
    CHECK(stat_at(tmp, "f", &stat) == OK && stat.modification_time_ns == 5'000'000);
    CHECK(open_at(tmp, 0, FILE_RIGHT_READ, "f", &file) == OK);
    machine_wall_ns = 6'000'000;
    CHECK(ask(file, FILE_SET_TIMES, (uint64_t[3]){FILE_TIME_ACCESS | FILE_TIME_MODIFICATION_NOW, 7},
              nullptr, 0) == OK);
    CHECK(stat_at(tmp, "f", &stat) == OK && stat.access_time_ns == 7 &&
          stat.modification_time_ns == 6'000'000 && stat.change_time_ns == 6'000'000);
    CHECK(ask(file, FILE_SET_TIMES, (uint64_t[3]){FILE_TIME_ACCESS | FILE_TIME_ACCESS_NOW, 7},
              nullptr, 0) == ERR_INVALID);
    close_handle(file);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "f") == OK);
}

static void test_wrong_requests(void) {
    handle_t file;
    make(tmp, "f", "");
    CHECK(open_at(tmp, 0, BOTH, "f", &file) == OK);
    CHECK(ask_path(file, FILE_STAT_AT, 0, "x") == ERR_NOT_DIRECTORY);
    CHECK(ask(file, FILE_LIST, (uint64_t[3]){0, 300}, nullptr, 0) == ERR_NOT_DIRECTORY);
    CHECK(read_at(tmp, 0, 1) == ERR_IS_DIRECTORY);
    CHECK(ask(file, 0, (uint64_t[3]){0}, nullptr, 0) == ERR_NOT_SUPPORTED);
    CHECK(ask(file, 99, (uint64_t[3]){0}, nullptr, 0) == ERR_NOT_SUPPORTED);
    struct message request = {.operation = FILE_RENAME, .words = {0, 0, 0, UINT64_MAX}};
    reply = (struct message){.payload = bytes, .payload_capacity = sizeof bytes};
    CHECK(machine_call(client, tmp, &request, &reply) == OK && reply.status == ERR_INVALID);
    /* Asked without waiting for an answer, it makes nothing that nobody could have. */
    request = (struct message){.operation = FILE_OPEN,
                               .words = {FILE_OPEN_CREATE, BOTH},
                               .payload = bytes,
                               .payload_size = 1};
    bytes[0] = 'n';
    CHECK(machine_send(client, tmp, &request, 0, 0) == OK);
    struct file_stat stat;
    CHECK(stat_at(tmp, "n", &stat) == ERR_NOT_FOUND);
    close_handle(file);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "f") == OK);
}

/* What an archive has below /tmp is there to be changed. */
static void test_copied(void) {
    handle_t file;
    uint64_t fault;
    archive.size = 0;
    archive_add(&archive, '0', "tmp/given/file", "", "given");
    archive_add(&archive, '2', "tmp/given/link", "file", "");
    CHECK(files_archive_add(archive.bytes, archive.size, &fault) == OK);
    CHECK(open_at(tmp, FILE_OPEN_FOLLOW, BOTH, "given/link", &file) == OK);
    CHECK(write_at(file, 5, " more", 5) == OK && read_at(file, 0, 100) == OK);
    CHECK(replied("given more"));
    close_handle(file);
    CHECK(memcmp(archive.bytes + 512, "given\0", 6) == 0);
    CHECK(files_root_choose("tmp/given/file", 14) == ERR_NOT_DIRECTORY);
    CHECK(files_root_choose("/tmp/none", 9) == ERR_NOT_FOUND);
    CHECK(files_root_choose("/tmp/given", 10) == OK);
    CHECK(ask_path(root, FILE_UNLINK, 0, "link") == OK);
    CHECK(ask_path(root, FILE_UNLINK, 0, "../x") == ERR_DENIED);
    CHECK(files_root_choose("/", 1) == OK);
    CHECK(ask_path(tmp, FILE_UNLINK, 0, "given/file") == OK);
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "given") == OK);
}

int main(void) {
    client_start();
    test_archive();
    test_cpio();
    CHECK(open_at(root, FILE_OPEN_DIRECTORY, BOTH, "tmp", &tmp) == OK);
    test_read_only();
    test_list(); /* first, so that the table of entries has its full size below */
    uint64_t used = space_used();
    test_contents();
    test_open_unlinked();
    test_confinement();
    test_names();
    test_links();
    test_rename();
    test_times();
    test_copied();
    test_wrong_requests();
    CHECK(space_used() == used);
    client_stop();
    return check_finish("files");
}
