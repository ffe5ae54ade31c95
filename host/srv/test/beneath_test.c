/* SPDX-License-Identifier: MIT */
/*
 * Paths while somebody renames under them: a directory changes places with a symbolic link that
 * leads out, and another is moved out while ".." is on its way through it. What is opened is never
 * what lies outside, with openat2() and with the walk.
 */
#include "../beneath.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <test/check.h>
#include <unistd.h>

constexpr unsigned ROUNDS = 3000;

static char base[] = "/tmp/copper-beneath-XXXXXX";
static int top;
static atomic_bool stop;

static void make_file(const char *path, const char *text) {
    int file = openat(top, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
}

/*   inside/real/file  inside/link -> ../outside  inside/deep/er/    outside/file  file   */
static void make_tree(void) {
    CHECK(mkdtemp(base) != nullptr);
    top = open(base, O_PATH | O_DIRECTORY);
    CHECK(mkdirat(top, "inside", 0700) == 0 && mkdirat(top, "outside", 0700) == 0);
    CHECK(mkdirat(top, "inside/real", 0700) == 0 && mkdirat(top, "inside/deep", 0700) == 0);
    CHECK(mkdirat(top, "inside/deep/er", 0700) == 0);
    CHECK(symlinkat("../outside", top, "inside/link") == 0);
    make_file("inside/real/file", "good");
    make_file("inside/file", "good");
    make_file("outside/file", "evil");
    make_file("file", "evil");
}

static void *rename_for_ever(void *data) {
    while (!atomic_load(&stop)) {
        (void)renameat2(top, "inside/real", top, "inside/link", RENAME_EXCHANGE);
        (void)renameat(top, "inside/deep/er", top, "outside/er");
        (void)renameat(top, "outside/er", top, "inside/deep/er");
    }
    return nullptr;
}

/* What came of it: opened and good, or not opened. */
static bool stays_inside(int inside, const char *path, unsigned *opened) {
    char text[4] = {};
    int file = beneath_open(inside, path, O_RDONLY, 0);
    if (file < 0) {
        return true;
    }
    (*opened)++;
    bool good = read(file, text, 4) == 4 && memcmp(text, "good", 4) == 0;
    close(file);
    return good;
}

static void test_races(bool walk) {
    static const char *const paths[] = {"real/file", "link/file", "deep/er/../../file",
                                        "deep/er/../../../file", "real/../file"};
    int inside = openat(top, "inside", O_PATH | O_DIRECTORY);
    unsigned opened = 0, escaped = 0;
    pthread_t thread;
    beneath_set_walk(walk);
    atomic_store(&stop, false);
    CHECK(pthread_create(&thread, nullptr, rename_for_ever, nullptr) == 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        escaped += !stays_inside(inside, paths[i % 5], &opened);
    }
    atomic_store(&stop, true);
    CHECK(pthread_join(thread, nullptr) == 0);
    CHECK(escaped == 0 && opened > 0);
    close(inside);
}

/* Doors of /proc lead anywhere; they are not gone through. */
static void test_magic_links(bool walk) {
    int proc = open("/proc/self", O_PATH | O_DIRECTORY);
    beneath_set_walk(walk);
    CHECK(beneath_open(proc, "root/etc", O_RDONLY, 0) < 0);
    CHECK(beneath_open(proc, "cwd/.", O_RDONLY, 0) < 0);
    CHECK(beneath_open(proc, "exe", O_RDONLY, 0) < 0);
    CHECK(beneath_open(proc, "fd/0", O_RDONLY, 0) < 0);
    int file = beneath_open(proc, "status", O_RDONLY, 0);
    CHECK(file >= 0);
    close(file);
    close(proc);
}

static void remove_tree(void) {
    char command[sizeof base + 16];
    (void)snprintf(command, sizeof command, "rm -rf %s", base);
    CHECK(system(command) == 0);
}

int main(void) {
    make_tree();
    for (int walk = 0; walk < 2; walk++) {
        test_races(walk == 1);
        test_magic_links(walk == 1);
    }
    close(top);
    remove_tree();
    return check_finish("host/beneath");
}
