/* SPDX-License-Identifier: MIT */
/*
 * Many random requests from a fixed seed: paths of a few names, dots, slashes and links, through
 * several directories that are open at once. What must hold: a file outside of the directory that
 * all of it happens in is never reached nor changed, every name that is listed can be found, and
 * when all is removed and closed, no memory is left over.
 */
#include "../../../lib/native/test/machine.h"
#include "../space.h"
#include "client.h"
#include <string.h>

constexpr unsigned ROUNDS = 100'000;
constexpr unsigned HANDLES = 12;
constexpr uint64_t BOTH = FILE_RIGHT_READ | FILE_RIGHT_WRITE;

static handle_t base, handles[HANDLES];
static uint64_t state = 88'172'645'463'325'252;

static uint32_t pick(uint32_t count) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % count;
}

static const char *random_path(char *buffer) {
    static const char *const parts[] = {"a", "b",  "c", "a",      "b", "d",
                                        ".", "..", "/", "secret", "x"};
    buffer[0] = '\0';
    for (uint32_t i = 1 + pick(2) * pick(4); i > 0; i--) {
        strcat(buffer, parts[pick(sizeof parts / sizeof parts[0])]);
        strcat(buffer, i > 1 || pick(8) == 0 ? "/" : "");
    }
    return buffer;
}

static handle_t directory(void) {
    handle_t handle = handles[pick(HANDLES)];
    return handle != HANDLE_NONE && pick(2) == 0 ? handle : base;
}

static void open_one(const char *path) {
    unsigned place = pick(HANDLES);
    if (handles[place] != HANDLE_NONE) {
        close_handle(handles[place]);
        handles[place] = HANDLE_NONE;
    }
    (void)open_at(directory(), pick(32), pick(4), path, &handles[place]);
}

static void use_one(void) {
    handle_t handle = handles[pick(HANDLES)];
    if (handle == HANDLE_NONE) {
        return;
    }
    switch (pick(5)) {
    case 0:
        (void)write_at(handle, pick(20'000), "data", pick(4) + 1);
        break;
    case 1:
        (void)read_at(handle, pick(20'000), 100);
        CHECK(reply.payload_size <= 100 && memchr(bytes, '!', reply.payload_size) == nullptr);
        break;
    case 2:
        (void)ask(handle, FILE_SET_SIZE, (uint64_t[3]){pick(20'000)}, nullptr, 0);
        break;
    case 3:
        (void)ask(handle, FILE_STAT, (uint64_t[3]){0}, nullptr, 0);
        break;
    default:
        (void)ask(handle, FILE_LIST, (uint64_t[3]){pick(5), 300 + pick(900)}, nullptr, 0);
    }
}

static void random_request(void) {
    char first[64], second[64];
    random_path(first);
    random_path(second);
    handle_t other = pick(2) == 0 ? HANDLE_NONE : directory();
    switch (pick(10)) {
    case 0:
    case 1:
        open_one(first);
        break;
    case 2:
        (void)ask_path(directory(), FILE_MAKE_DIRECTORY, 0, first);
        break;
    case 3:
        (void)ask_path(directory(), pick(2) == 0 ? FILE_REMOVE_DIRECTORY : FILE_UNLINK, 0, first);
        break;
    case 4:
        (void)ask_paths(directory(), FILE_RENAME, 0, first, second, other);
        break;
    case 5:
        (void)ask_paths(directory(), FILE_LINK, pick(2) * FILE_FOLLOW, first, second, other);
        break;
    case 6:
        (void)ask_paths(directory(), FILE_SYMLINK, 0, first, second, HANDLE_NONE);
        break;
    case 7:
        (void)ask_path(directory(), pick(2) == 0 ? FILE_STAT_AT : FILE_READLINK,
                       pick(2) * FILE_FOLLOW, first);
        break;
    default:
        use_one();
    }
}

/* Removes all that a directory holds; what is listed must be there. */
static void clear(handle_t of) {
    while (ask(of, FILE_LIST, (uint64_t[3]){2, 300}, nullptr, 0) == OK && reply.words[0] > 0) {
        struct file_entry entry;
        char name[256] = "";
        memcpy(&entry, bytes, sizeof entry);
        memcpy(name, bytes + sizeof entry, entry.name_size);
        if (entry.kind != FILE_KIND_DIRECTORY) {
            CHECK(ask_path(of, FILE_UNLINK, 0, name) == OK);
            continue;
        }
        handle_t below;
        CHECK(open_at(of, FILE_OPEN_DIRECTORY, BOTH, name, &below) == OK);
        clear(below);
        close_handle(below);
        CHECK(ask_path(of, FILE_REMOVE_DIRECTORY, 0, name) == OK);
    }
}

/* Makes the server's table of open files as large as it will ever be. */
static void open_many(handle_t of) {
    handle_t opened[200];
    for (unsigned i = 0; i < 200; i++) {
        CHECK(open_at(of, FILE_OPEN_DIRECTORY, BOTH, ".", &opened[i]) == OK);
    }
    for (unsigned i = 0; i < 200; i++) {
        close_handle(opened[i]);
    }
}

int main(void) {
    handle_t tmp, secret;
    client_start();
    CHECK(open_at(root, FILE_OPEN_DIRECTORY, BOTH, "tmp", &tmp) == OK);
    CHECK(open_at(tmp, FILE_OPEN_CREATE, BOTH, "secret", &secret) == OK);
    CHECK(write_at(secret, 0, "!!!!", 4) == OK);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "base") == OK);
    open_many(tmp);
    uint64_t used = space_used();
    CHECK(open_at(tmp, FILE_OPEN_DIRECTORY, BOTH, "base", &base) == OK);
    unsigned worked = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        random_request();
        worked += reply.status == OK;
    }
    CHECK(worked > ROUNDS / 10);
    for (unsigned i = 0; i < HANDLES; i++) {
        if (handles[i] != HANDLE_NONE) {
            close_handle(handles[i]);
        }
    }
    clear(base);
    close_handle(base);
    struct file_stat stat;
    CHECK(stat_at(tmp, "secret", &stat) == OK && stat.link_count == 1 && stat.size == 4);
    CHECK(read_at(secret, 0, 100) == OK && replied("!!!!"));
    CHECK(ask_path(tmp, FILE_REMOVE_DIRECTORY, 0, "base") == OK);
    CHECK(ask_path(tmp, FILE_MAKE_DIRECTORY, 0, "base") == OK);
    CHECK(space_used() == used);
    client_stop();
    return check_finish("random");
}
