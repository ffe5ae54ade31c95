/* SPDX-License-Identifier: MIT */
/*
 * Calls to the system, one kind per run: `calls KIND ROUNDS FOLDER` does its kind so many times on
 * files in the folder and prints a checksum. The same source is a native program, which asks Linux,
 * and a WASI program. With 0 rounds all is made ready and nothing is called.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_SIZE = 8 << 20, PART_MAX = 1 << 20 };

static uint8_t bytes[PART_MAX];
static char path[200];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_file(int flags) {
    int fd = open(path, flags, 0644);
    if (fd < 0) {
        fail("open");
    }
    return fd;
}

/* The file: FILE_SIZE bytes that are not all alike. */
static void make_file(void) {
    int fd = open_file(O_CREAT | O_TRUNC | O_WRONLY);
    for (uint32_t i = 0; i < PART_MAX; i++) {
        bytes[i] = (uint8_t)(i * 37 + (i >> 8));
    }
    for (uint32_t at = 0; at < FILE_SIZE; at += PART_MAX) {
        if (write(fd, bytes, PART_MAX) != PART_MAX) {
            fail("write");
        }
    }
    close(fd);
}

static uint64_t read_parts(uint32_t rounds, uint32_t part) {
    uint64_t sum = 0;
    int fd = open_file(O_RDONLY);
    for (uint32_t i = 0; i < rounds; i++) {
        if (i % (FILE_SIZE / part) == 0 && lseek(fd, 0, SEEK_SET) != 0) {
            fail("lseek");
        }
        if (read(fd, bytes, part) != (ssize_t)part) {
            fail("read");
        }
        sum = sum * 31 + bytes[0] + bytes[part - 1];
    }
    close(fd);
    return sum;
}

static uint64_t write_parts(uint32_t rounds, uint32_t part) {
    int fd = open_file(O_WRONLY);
    for (uint32_t i = 0; i < rounds; i++) {
        if (i % (FILE_SIZE / part) == 0 && lseek(fd, 0, SEEK_SET) != 0) {
            fail("lseek");
        }
        bytes[0] = (uint8_t)i;
        if (write(fd, bytes, part) != (ssize_t)part) {
            fail("write");
        }
    }
    struct stat told;
    if (fstat(fd, &told) != 0) {
        fail("fstat");
    }
    close(fd);
    return (uint64_t)told.st_size;
}

static uint64_t read_16(uint32_t rounds) {
    return read_parts(rounds, 16);
}

static uint64_t read_4k(uint32_t rounds) {
    return read_parts(rounds, 4 << 10);
}

static uint64_t read_64k(uint32_t rounds) {
    return read_parts(rounds, 64 << 10);
}

static uint64_t read_1m(uint32_t rounds) {
    return read_parts(rounds, 1 << 20);
}

static uint64_t write_16(uint32_t rounds) {
    return write_parts(rounds, 16);
}

static uint64_t write_4k(uint32_t rounds) {
    return write_parts(rounds, 4 << 10);
}

static uint64_t write_64k(uint32_t rounds) {
    return write_parts(rounds, 64 << 10);
}

static uint64_t write_1m(uint32_t rounds) {
    return write_parts(rounds, 1 << 20);
}

/* A place anywhere, as a database reads its pages. */
static uint64_t read_at(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t place = 1;
    int fd = open_file(O_RDONLY);
    for (uint32_t i = 0; i < rounds; i++) {
        place = place * 1664525 + 1013904223;
        if (pread(fd, bytes, 4096, place % (FILE_SIZE / 4096) * 4096) != 4096) {
            fail("pread");
        }
        sum = sum * 31 + bytes[0] + bytes[4095];
    }
    close(fd);
    return sum;
}

static uint64_t seek(uint32_t rounds) {
    uint64_t sum = 0;
    int fd = open_file(O_RDONLY);
    for (uint32_t i = 0; i < rounds; i++) {
        sum += (uint64_t)lseek(fd, i % FILE_SIZE, SEEK_SET);
    }
    close(fd);
    return sum;
}

static uint64_t clock_get(clockid_t id, uint32_t rounds) {
    struct timespec last = {0}, now;
    for (uint32_t i = 0; i < rounds; i++) {
        if (clock_gettime(id, &now) != 0) {
            fail("clock_gettime");
        }
        if (now.tv_sec < last.tv_sec) {
            return i; /* the checksum tells */
        }
        last = now;
    }
    return rounds;
}

static uint64_t clock_monotonic(uint32_t rounds) {
    return clock_get(CLOCK_MONOTONIC, rounds);
}

static uint64_t clock_wall(uint32_t rounds) {
    return clock_get(CLOCK_REALTIME, rounds);
}

static uint64_t open_close(uint32_t rounds) {
    for (uint32_t i = 0; i < rounds; i++) {
        close(open_file(O_RDONLY));
    }
    return rounds;
}

static uint64_t file_stat(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        struct stat told;
        if (stat(path, &told) != 0) {
            fail("stat");
        }
        sum += (uint64_t)told.st_size;
    }
    return sum;
}

static const struct {
    const char *name;
    uint64_t (*run)(uint32_t rounds);
    uint32_t size; /* bytes that each round moves */
} kinds[] = {
    {"clock", clock_monotonic, 0},
    {"clock wall", clock_wall, 0},
    {"seek", seek, 0},
    {"stat", file_stat, 0},
    {"open+close", open_close, 0},
    {"read 16", read_16, 16},
    {"read 4k", read_4k, 4096},
    {"read 64k", read_64k, 64 << 10},
    {"read 1M", read_1m, 1 << 20},
    {"pread 4k", read_at, 4096},
    {"write 16", write_16, 16},
    {"write 4k", write_4k, 4096},
    {"write 64k", write_64k, 64 << 10},
    {"write 1M", write_1m, 1 << 20},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Without arguments: what there is, and the bytes of a round, for who runs this. */
static int tell(void) {
    for (uint32_t i = 0; i < KINDS; i++) {
        printf("%s,%u\n", kinds[i].name, (unsigned)kinds[i].size);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return tell();
    }
    snprintf(path, sizeof path, "%s/calls.bin", argv[3]);
    make_file();
    for (uint32_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, argv[1]) == 0) {
            uint64_t sum = kinds[i].run((uint32_t)strtoul(argv[2], NULL, 10));
            printf("%016llx\n", (unsigned long long)sum);
            return 0;
        }
    }
    fprintf(stderr, "no such kind: %s\n", argv[1]);
    return 2;
}
