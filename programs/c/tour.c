/* SPDX-License-Identifier: MIT */
/*
 * A tour of what a WASI program can ask for: arguments, environment, standard input, files and
 * folders below the first argument, a clock that does not run backwards, random bytes, and an exit
 * status of its own. Prints nothing that differs from one run to the next.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

[[noreturn]] static void fail(const char *what) {
    fprintf(stderr, "tour: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void show_arguments(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        printf("argument %d: %s\n", i, arguments[i]);
    }
    const char *color = getenv("COLOR");
    printf("COLOR: %s\n", color != nullptr ? color : "not set");
}

static void count_input(void) {
    size_t lines = 0, bytes = 0;
    for (int c; (c = getchar()) != EOF;) {
        bytes++;
        lines += c == '\n';
    }
    printf("stdin: %zu lines, %zu bytes\n", lines, bytes);
}

static void write_file(const char *path) {
    FILE *file = fopen(path, "w");
    if (file == nullptr) {
        fail(path);
    }
    for (int i = 0; i < 10000; i++) {
        fprintf(file, "%d squared is %d\n", i, i * i);
    }
    if (fclose(file) != 0) {
        fail(path);
    }
}

static void read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == nullptr || fseek(file, -20, SEEK_END) != 0) {
        fail(path);
    }
    char tail[32] = {0};
    size_t size = fread(tail, 1, sizeof tail - 1, file);
    printf("last %zu bytes: %s", size, strchr(tail, '\n') + 1);
    fclose(file);
}

static void list_folder(const char *path) {
    DIR *folder = opendir(path);
    if (folder == nullptr) {
        fail(path);
    }
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != nullptr;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            printf("entry: %s\n", entry->d_name);
        }
    }
    printf("entries: %zu\n", count);
    closedir(folder);
}

static void visit_files(const char *base) {
    char folder[256], first[256], second[256];
    snprintf(folder, sizeof folder, "%s/tour", base);
    snprintf(first, sizeof first, "%s/tour/first", base);
    snprintf(second, sizeof second, "%s/tour/second", base);
    if (mkdir(folder, 0777) != 0) {
        fail(folder);
    }
    write_file(first);
    struct stat status;
    if (rename(first, second) != 0 || stat(second, &status) != 0) {
        fail(second);
    }
    printf("size: %lld\n", (long long)status.st_size);
    read_file(second);
    list_folder(folder);
    errno = 0;
    printf("opening what was renamed: %s\n",
           fopen(first, "r") == nullptr ? strerror(errno) : "still there");
    if (rmdir(folder) == 0) {
        puts("a folder that is not empty went away");
    }
    if (unlink(second) != 0 || rmdir(folder) != 0) {
        fail("removing");
    }
}

static void ask_clock_and_chance(void) {
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    clock_gettime(CLOCK_MONOTONIC, &after);
    bool forward = after.tv_sec > before.tv_sec ||
                   (after.tv_sec == before.tv_sec && after.tv_nsec >= before.tv_nsec);
    printf("clock runs %s\n", forward ? "forward" : "backward");
    unsigned char a[16], b[16];
    if (getentropy(a, sizeof a) != 0 || getentropy(b, sizeof b) != 0) {
        fail("getentropy");
    }
    printf("random bytes are %s\n", memcmp(a, b, sizeof a) != 0 ? "different" : "the same");
}

int main(int count, char **arguments) {
    show_arguments(count, arguments);
    count_input();
    visit_files(count > 1 ? arguments[1] : "/tmp");
    ask_clock_and_chance();
    fprintf(stderr, "tour: done\n");
    return 7;
}
