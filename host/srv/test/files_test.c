/* SPDX-License-Identifier: MIT */
/*
 * The file server: what clients ask comes in as messages, as from a program; the gates below stand
 * in for the kernel. Everything that resolves paths runs twice: with openat2() and with the walk.
 */
#include "../beneath.h"
#include "../files.h"
#include <base/ensure.h>
#include <errno.h>
#include <fcntl.h>
#include <proto/file.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <test/check.h>
#include <unistd.h>
#include <user/system.h>

/* ---- the kernel's part: a handle is its badge + 1000 ---- */

constexpr handle_t OFFSET = 1000;
static struct message answer;
static uint8_t answer_payload[MESSAGE_PAYLOAD_MAX];
static int closed;
static status_t mint_result = OK;

status_t system_reply(handle_t reply, const struct message *message) {
    answer = *message;
    memcpy(answer_payload, message->payload == nullptr ? answer_payload : message->payload,
           message->payload_size);
    return OK;
}

status_t system_handle_mint(uint64_t badge, handle_t *out) {
    *out = (handle_t)badge + OFFSET;
    return mint_result;
}

status_t system_handle_badge(handle_t handle, uint64_t *out) {
    *out = handle - OFFSET;
    return handle > OFFSET ? OK : ERR_BAD_HANDLE;
}

status_t system_handle_close(handle_t handle) {
    closed++;
    return OK;
}

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

/* ---- the client's part ---- */

static struct message *request;

static status_t ask(uint64_t badge, uint32_t operation, const uint64_t *words, const void *payload,
                    size_t size) {
    uint8_t *buffer = request->payload;
    ensure(size <= request->payload_capacity);
    *request = (struct message){.operation = operation,
                                .badge = badge,
                                .payload = buffer,
                                .payload_size = (uint32_t)size,
                                .payload_capacity = MESSAGE_PAYLOAD_MAX,
                                .reply = 1,
                                .handles = {request->handles[0]},
                                .handle_count = request->handle_count};
    if (words != nullptr) {
        memcpy(request->words, words, sizeof(request->words));
    }
    memcpy(buffer, payload, size);
    server_host_files.handle(request);
    request->handle_count = 0;
    return (status_t)answer.status;
}

static status_t ask_path(uint64_t badge, uint32_t operation, uint64_t word, const char *path) {
    return ask(badge, operation, (uint64_t[4]){word}, path, strlen(path));
}

static status_t ask_paths(uint64_t badge, uint32_t operation, uint64_t word, const char *from,
                          const char *to) {
    char both[2 * FILE_PATH_MAX];
    size_t size = strlen(from);
    memcpy(both, from, size);
    memcpy(both + size, to, strlen(to));
    return ask(badge, operation, (uint64_t[4]){word, 0, 0, size}, both, size + strlen(to));
}

static status_t open_rights(uint64_t badge, uint64_t flags, uint64_t rights, const char *path,
                            uint64_t *out) {
    status_t status = ask(badge, FILE_OPEN, (uint64_t[4]){flags, rights}, path, strlen(path));
    if (status == OK) {
        CHECK(answer.handle_count == 1);
        *out = answer.handles[0] - OFFSET;
    }
    return status;
}

static void release(uint64_t badge) {
    *request = (struct message){.operation = MESSAGE_RELEASED,
                                .badge = badge,
                                .payload = request->payload,
                                .payload_capacity = MESSAGE_PAYLOAD_MAX};
    server_host_files.handle(request);
}

static status_t try_open(uint64_t badge, uint64_t flags, const char *path) {
    uint64_t file;
    status_t status = open_rights(badge, flags, FILE_RIGHT_READ, path, &file);
    if (status == OK) {
        release(file);
    }
    return status;
}

/* ---- the world ----
 *   base/outside        a file nobody gave away
 *   base/root/          what was given
 *       file  sub/inner  to_sub -> sub  up -> ..  out -> ../outside  absolute -> /etc/passwd
 *       loop -> loop  back -> sub/../file  deep -> sub/../../outside  dangling -> nothing
 *       sub/up -> ../file */

static char base[] = "/tmp/copper-files-XXXXXX";

static void write_file(const char *name, const char *text) {
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ensure(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
}

static void link_to(const char *target, const char *name) {
    ensure(symlink(target, name) == 0);
}

static uint64_t make_world(void) {
    uint64_t root;
    ensure(mkdtemp(base) != nullptr && chdir(base) == 0);
    ensure(mkdir("root", 0755) == 0 && mkdir("root/sub", 0755) == 0);
    write_file("outside", "secret");
    write_file("root/file", "hello");
    write_file("root/sub/inner", "inner");
    link_to("sub", "root/to_sub");
    link_to("..", "root/up");
    link_to("../outside", "root/out");
    link_to("/etc/passwd", "root/absolute");
    link_to("loop", "root/loop");
    link_to("sub/../file", "root/back");
    link_to("sub/../../outside", "root/deep");
    link_to("nothing", "root/dangling");
    link_to("../file", "root/sub/up");
    CHECK(files_root_add("root", &root) == OK);
    CHECK(files_root_add("outside", &root) == ERR_NOT_DIRECTORY);
    CHECK(files_root_add("nowhere", &root) == ERR_NOT_FOUND);
    CHECK(files_root_add("root", &root) == OK);
    return root;
}

static void test_escapes(uint64_t root) {
    static const char *const escapes[] = {
        "..",
        "../outside",
        "sub/../../outside",
        "/",
        "/etc/passwd",
        "absolute",
        "out",
        "up",
        "up/outside",
        "deep",
        "to_sub/../..",
        "./../outside",
        "sub/..//../",
        "up/",
        "//",
        "up/root/file",
    };
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        CHECK(try_open(root, FILE_OPEN_FOLLOW, escapes[i]) == ERR_DENIED);
        CHECK(ask_path(root, FILE_STAT_AT, FILE_FOLLOW, escapes[i]) == ERR_DENIED);
    }
    CHECK(try_open(root, 0, "up/outside") == ERR_DENIED);
    CHECK(ask_path(root, FILE_MAKE_DIRECTORY, 0, "../made") == ERR_DENIED);
    CHECK(ask_path(root, FILE_MAKE_DIRECTORY, 0, "up/made") == ERR_DENIED);
    CHECK(ask_path(root, FILE_UNLINK, 0, "../outside") == ERR_DENIED);
    CHECK(ask_path(root, FILE_UNLINK, 0, "up/outside") == ERR_DENIED);
    CHECK(ask_path(root, FILE_REMOVE_DIRECTORY, 0, "../root") == ERR_DENIED);
    CHECK(ask_path(root, FILE_READLINK, 0, "../root/up") == ERR_DENIED);
    CHECK(ask_paths(root, FILE_RENAME, 0, "file", "../stolen") == ERR_DENIED);
    CHECK(ask_paths(root, FILE_RENAME, 0, "../outside", "here") == ERR_DENIED);
    CHECK(ask_paths(root, FILE_LINK, 0, "../outside", "here") == ERR_DENIED);
    CHECK(ask_paths(root, FILE_LINK, FILE_FOLLOW, "out", "here") == ERR_DENIED);
    CHECK(ask_paths(root, FILE_SYMLINK, 0, "/etc", "here") == ERR_DENIED);
    CHECK(ask_paths(root, FILE_SYMLINK, 0, "file", "../here") == ERR_DENIED);
    CHECK(access("outside", F_OK) == 0 && access("made", F_OK) != 0 && access("here", F_OK) != 0);
}

static void test_resolves(uint64_t root) {
    uint64_t sub;
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "file") == OK);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "back") == OK);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "to_sub/inner") == OK);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "to_sub//.//up") == OK);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, ".") == OK);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "sub/..") == OK);
    CHECK(try_open(root, 0, "sub/") == OK && try_open(root, 0, "to_sub/") == OK);
    CHECK(try_open(root, 0, "back") == ERR_LOOP);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "loop") == ERR_LOOP);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "loop/x") == ERR_LOOP);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "dangling") == ERR_NOT_FOUND);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "file/") == ERR_NOT_DIRECTORY);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "file/x") == ERR_NOT_DIRECTORY);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "file/..") == ERR_NOT_DIRECTORY);
    CHECK(try_open(root, FILE_OPEN_FOLLOW | FILE_OPEN_DIRECTORY, "file") == ERR_NOT_DIRECTORY);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "nothing/x") == ERR_NOT_FOUND);
    CHECK(try_open(root, FILE_OPEN_FOLLOW, "") == ERR_NOT_FOUND);
    /* A directory handle is a root of its own. */
    CHECK(open_rights(root, FILE_OPEN_DIRECTORY, FILE_RIGHT_READ, "sub", &sub) == OK);
    CHECK(try_open(sub, FILE_OPEN_FOLLOW, "inner") == OK);
    CHECK(try_open(sub, FILE_OPEN_FOLLOW, "up") == ERR_DENIED);
    release(sub);
    CHECK(try_open(sub, FILE_OPEN_FOLLOW, "inner") == ERR_BAD_HANDLE);
}

static void test_hostile_paths(uint64_t root) {
    char path[FILE_PATH_MAX + 2];
    memset(path, 'a', sizeof(path));
    CHECK(ask(root, FILE_STAT_AT, nullptr, path, FILE_PATH_MAX + 1) == ERR_NAME_TOO_LONG);
    CHECK(ask(root, FILE_STAT_AT, nullptr, path, FILE_PATH_MAX) == ERR_NAME_TOO_LONG);
    CHECK(ask(root, FILE_STAT_AT, nullptr, path, 256) == ERR_NAME_TOO_LONG);
    CHECK(ask(root, FILE_STAT_AT, nullptr, path, 255) == ERR_NOT_FOUND);
    CHECK(ask(root, FILE_MAKE_DIRECTORY, nullptr, path, 256) == ERR_NAME_TOO_LONG);
    CHECK(ask(root, FILE_STAT_AT, nullptr, "fi\0le", 5) == ERR_INVALID);
    CHECK(ask(root, FILE_STAT_AT, nullptr, "\xFF", 1) == ERR_INVALID);
    for (size_t i = 0; i + 2 <= FILE_PATH_MAX; i += 2) {
        memcpy(path + i, "a/", 2);
    }
    CHECK(ask(root, FILE_STAT_AT, nullptr, path, FILE_PATH_MAX - 2) == ERR_NOT_FOUND);
    CHECK(ask(root, FILE_RENAME, (uint64_t[4]){0, 0, 0, 5}, "file", 4) == ERR_INVALID);
    CHECK(ask(root, FILE_RENAME, (uint64_t[4]){0, 0, 0, UINT64_MAX}, "file", 4) == ERR_INVALID);
    CHECK(ask(root, FILE_RENAME, (uint64_t[4]){0, 0, 0, 4}, "file", 4) == ERR_NOT_FOUND);
    CHECK(ask(root, 0, nullptr, "", 0) == ERR_NOT_SUPPORTED);
    CHECK(ask(root, 19, nullptr, "", 0) == ERR_NOT_SUPPORTED);
    CHECK(ask(root, UINT32_MAX, nullptr, "", 0) == ERR_NOT_SUPPORTED);
    CHECK(ask_path(0, FILE_STAT_AT, 0, "file") == ERR_BAD_HANDLE);
    CHECK(ask_path(UINT64_MAX, FILE_STAT_AT, 0, "file") == ERR_BAD_HANDLE);
    CHECK(open_rights(root, 1 << 9, FILE_RIGHT_READ, "file", &(uint64_t){0}) == ERR_INVALID);
    CHECK(open_rights(root, 0, 4, "file", &(uint64_t){0}) == ERR_INVALID);
}

static void test_changes(uint64_t root) {
    uint64_t file;
    constexpr uint64_t both = FILE_RIGHT_READ | FILE_RIGHT_WRITE;
    CHECK(open_rights(root, FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE, both, "new", &file) == OK);
    CHECK(answer.words[0] == FILE_KIND_REGULAR && answer.words[1] == both);
    CHECK(ask(file, FILE_WRITE, (uint64_t[4]){3}, "abc", 3) == OK);
    CHECK(answer.words[0] == 3 && answer.words[1] == 6);
    CHECK(ask(file, FILE_WRITE, (uint64_t[4]){0, 1}, "tail", 4) == OK);
    CHECK(answer.words[0] == 4 && answer.words[1] == 10);
    CHECK(ask(file, FILE_READ, (uint64_t[4]){0, 100}, "", 0) == OK);
    CHECK(answer.payload_size == 10 && memcmp(answer_payload, "\0\0\0abctail", 10) == 0);
    CHECK(ask(file, FILE_READ, (uint64_t[4]){10, 100}, "", 0) == OK && answer.payload_size == 0);
    CHECK(ask(file, FILE_READ, (uint64_t[4]){UINT64_MAX, 1}, "", 0) == ERR_INVALID);
    CHECK(ask(file, FILE_WRITE, (uint64_t[4]){UINT64_MAX}, "a", 1) == ERR_INVALID);
    CHECK(ask(file, FILE_SET_SIZE, (uint64_t[4]){4}, "", 0) == OK);
    CHECK(ask(file, FILE_SET_SIZE, (uint64_t[4]){UINT64_MAX}, "", 0) == ERR_INVALID);
    CHECK(ask(file, FILE_ALLOCATE, (uint64_t[4]){0, 100}, "", 0) == OK);
    CHECK(ask(file, FILE_ALLOCATE, (uint64_t[4]){INT64_MAX, 100}, "", 0) == ERR_INVALID);
    CHECK(ask(file, FILE_SYNC, nullptr, "", 0) == OK);
    CHECK(ask(file, FILE_SET_TIMES,
              (uint64_t[4]){FILE_TIME_ACCESS | FILE_TIME_MODIFICATION, 5, 3'000'000'007}, "",
              0) == OK);
    CHECK(ask(file, FILE_SET_TIMES, (uint64_t[4]){FILE_TIME_ACCESS | FILE_TIME_ACCESS_NOW}, "",
              0) == ERR_INVALID);
    CHECK(ask(file, FILE_STAT, nullptr, "", 0) == OK);
    struct file_stat stat;
    memcpy(&stat, answer_payload, sizeof(stat));
    CHECK(stat.size == 100 && stat.kind == FILE_KIND_REGULAR && stat.link_count == 1);
    CHECK(stat.access_time_ns == 5 && stat.modification_time_ns == 3'000'000'007);
    CHECK(ask_path(file, FILE_STAT_AT, 0, "x") == ERR_NOT_DIRECTORY);
    release(file);

    CHECK(open_rights(root, FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE, both, "new", &file) ==
          ERR_EXISTS);
    CHECK(open_rights(root, FILE_OPEN_CREATE, both, "made/", &file) == ERR_IS_DIRECTORY);
    CHECK(open_rights(root, FILE_OPEN_FOLLOW, both, "sub", &file) == ERR_IS_DIRECTORY);
    CHECK(ask_paths(root, FILE_LINK, 0, "new", "second") == OK);
    CHECK(ask_paths(root, FILE_LINK, FILE_FOLLOW, "back", "third") == OK);
    CHECK(ask_paths(root, FILE_LINK, 0, "new", "second") == ERR_EXISTS);
    CHECK(ask_paths(root, FILE_RENAME, 0, "second", "sub/moved") == OK);
    CHECK(ask_paths(root, FILE_RENAME, 0, "new/", "x") == ERR_NOT_DIRECTORY);
    CHECK(ask_paths(root, FILE_RENAME, 0, "new", "..") == ERR_INVALID);
    CHECK(ask_paths(root, FILE_SYMLINK, 0, "any ../target", "link") == OK);
    CHECK(ask_path(root, FILE_READLINK, 0, "link") == OK);
    CHECK(answer.payload_size == 13 && memcmp(answer_payload, "any ../target", 13) == 0);
    CHECK(ask_path(root, FILE_READLINK, 0, "new") == ERR_INVALID);
    CHECK(ask_path(root, FILE_UNLINK, 0, "sub") == ERR_IS_DIRECTORY);
    CHECK(ask_path(root, FILE_UNLINK, 0, "new/") == ERR_NOT_DIRECTORY);
    CHECK(ask_path(root, FILE_REMOVE_DIRECTORY, 0, "sub") == ERR_NOT_EMPTY);
    CHECK(ask_path(root, FILE_MAKE_DIRECTORY, 0, "sub") == ERR_EXISTS);
    CHECK(ask_path(root, FILE_MAKE_DIRECTORY, 0, "dir/") == OK);
    CHECK(ask_path(root, FILE_REMOVE_DIRECTORY, 0, "dir/") == OK);
    CHECK(ask_path(root, FILE_UNLINK, 0, "sub/moved") == OK);
    CHECK(ask_path(root, FILE_UNLINK, 0, "link") == OK);
    CHECK(ask_path(root, FILE_UNLINK, 0, "third") == OK);
    CHECK(ask_path(root, FILE_UNLINK, 0, "new") == OK);
}

static void test_two_directories(uint64_t root) {
    uint64_t sub, reads;
    CHECK(open_rights(root, FILE_OPEN_DIRECTORY, 3, "sub", &sub) == OK);
    CHECK(open_rights(root, FILE_OPEN_DIRECTORY, FILE_RIGHT_READ, "sub", &reads) == OK);
    closed = 0;
    request->handles[0] = (handle_t)sub + OFFSET;
    request->handle_count = 1;
    CHECK(ask_paths(root, FILE_LINK, 0, "file", "linked") == OK && closed == 1);
    CHECK(access("root/sub/linked", F_OK) == 0);
    request->handles[0] = (handle_t)sub + OFFSET;
    request->handle_count = 1;
    CHECK(ask_paths(root, FILE_RENAME, 0, "file", "../file2") == ERR_DENIED && closed == 2);
    request->handles[0] = (handle_t)reads + OFFSET;
    request->handle_count = 1;
    CHECK(ask_paths(root, FILE_RENAME, 0, "file", "file2") == ERR_DENIED && closed == 3);
    request->handles[0] = 7;
    request->handle_count = 1;
    CHECK(ask_paths(root, FILE_RENAME, 0, "file", "file2") == ERR_BAD_HANDLE && closed == 4);
    CHECK(ask_path(sub, FILE_UNLINK, 0, "linked") == OK);
    release(sub);
    release(reads);
}

static void test_rights(uint64_t root) {
    uint64_t sub, file;
    CHECK(open_rights(root, FILE_OPEN_DIRECTORY, FILE_RIGHT_READ, "sub", &sub) == OK);
    CHECK(answer.words[0] == FILE_KIND_DIRECTORY && answer.words[1] == FILE_RIGHT_READ);
    CHECK(open_rights(sub, 0, FILE_RIGHT_WRITE, "inner", &file) == ERR_DENIED);
    CHECK(open_rights(sub, FILE_OPEN_CREATE, FILE_RIGHT_READ, "x", &file) == ERR_DENIED);
    CHECK(open_rights(sub, FILE_OPEN_TRUNCATE, FILE_RIGHT_READ, "inner", &file) == ERR_DENIED);
    CHECK(ask_path(sub, FILE_UNLINK, 0, "inner") == ERR_DENIED);
    CHECK(ask_path(sub, FILE_MAKE_DIRECTORY, 0, "x") == ERR_DENIED);
    CHECK(open_rights(sub, 0, FILE_RIGHT_READ, "inner", &file) == OK);
    CHECK(ask(file, FILE_WRITE, nullptr, "x", 1) == ERR_DENIED);
    CHECK(ask(file, FILE_SET_SIZE, nullptr, "", 0) == ERR_DENIED);
    CHECK(ask(file, FILE_READ, (uint64_t[4]){0, 5}, "", 0) == OK && answer.payload_size == 5);
    release(file);
    release(sub);
    CHECK(open_rights(root, 0, FILE_RIGHT_WRITE, "file", &file) == OK);
    CHECK(ask(file, FILE_READ, (uint64_t[4]){0, 5}, "", 0) == ERR_DENIED);
    release(file);
    mint_result = ERR_FULL;
    CHECK(open_rights(root, 0, FILE_RIGHT_READ, "file", &file) == ERR_FULL);
    mint_result = OK;
}

/* Lists with as little room as the protocol allows; how many entries, and "inner" was one. */
static size_t list_all(uint64_t directory, uint64_t capacity, bool *inner) {
    uint64_t cookie = 0;
    size_t count = 0;
    *inner = false;
    while (ask(directory, FILE_LIST, (uint64_t[4]){cookie, capacity}, "", 0) == OK &&
           answer.words[0] > 0) {
        uint32_t at = 0;
        for (uint64_t i = 0; i < answer.words[0]; i++, count++) {
            struct file_entry entry;
            memcpy(&entry, answer_payload + at, sizeof(entry));
            const char *name = (const char *)answer_payload + at + sizeof(entry);
            *inner |= entry.name_size == 5 && memcmp(name, "inner", 5) == 0 &&
                      entry.kind == FILE_KIND_REGULAR;
            cookie = entry.cookie;
            at += sizeof(entry) + (entry.name_size + 7) / 8 * 8;
        }
        CHECK(at == answer.payload_size && at <= capacity);
    }
    return count;
}

static void test_list(uint64_t root) {
    uint64_t sub, file;
    bool inner;
    CHECK(open_rights(root, FILE_OPEN_DIRECTORY, 3, "sub", &sub) == OK);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof(name), "entry-%d", i);
        CHECK(open_rights(sub, FILE_OPEN_CREATE, 2, name, &file) == OK);
        release(file);
    }
    CHECK(list_all(sub, 288, &inner) == 304 && inner);
    CHECK(list_all(sub, 65536, &inner) == 304 && inner);
    CHECK(ask(sub, FILE_LIST, (uint64_t[4]){0, 200}, "", 0) == ERR_INVALID);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof(name), "entry-%d", i);
        CHECK(ask_path(sub, FILE_UNLINK, 0, name) == OK);
    }
    release(sub);
}

/* Times may be set through any handle that was opened through one that may write, and no other. */
static void test_times_of_readers(uint64_t root) {
    static const uint64_t times[4] = {FILE_TIME_MODIFICATION, 0, 5'000'000'000};
    uint64_t reader, directory, inner;
    CHECK(open_rights(root, 0, FILE_RIGHT_READ, "file", &reader) == OK);
    CHECK(ask(reader, FILE_SET_TIMES, times, "", 0) == OK);
    CHECK(ask(reader, FILE_SET_SIZE, times, "", 0) == ERR_DENIED);
    CHECK(open_rights(root, FILE_OPEN_DIRECTORY, FILE_RIGHT_READ, "sub", &directory) == OK);
    CHECK(open_rights(directory, 0, FILE_RIGHT_READ, "inner", &inner) == OK);
    CHECK(ask(inner, FILE_SET_TIMES, times, "", 0) == ERR_DENIED);
    release(reader);
    release(directory);
    release(inner);
}

int main(void) {
    request = server_host_files.start();
    uint64_t root = make_world();
    for (int walk = 0; walk < 2; walk++) {
        beneath_set_walk(walk == 1);
        test_escapes(root);
        test_resolves(root);
        test_hostile_paths(root);
        test_changes(root);
        test_two_directories(root);
        test_rights(root);
        test_times_of_readers(root);
        test_list(root);
    }
    CHECK(system("rm -rf -- \"$PWD\"") == 0);
    return check_finish("host files");
}
