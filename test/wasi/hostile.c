/* SPDX-License-Identifier: MIT */
/*
 * hostile.wasm ROUNDS SEED: a program that means harm. Every function of preview 1 but proc_exit,
 * with arguments drawn from what hurts, in a directory that it was given as descriptor 3. It asks
 * only that each answer is an errno, that what it did not offer was not written to, and that at the
 * end files work as ever. Standard output and error, and waits without end, are left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define IMPORT(name) [[clang::import_module("wasi_snapshot_preview1"), clang::import_name(#name)]]
typedef uint32_t u;
typedef uint64_t w;

/* The raw calls: addresses are numbers. */
IMPORT(args_get) u args_get(u, u);
IMPORT(args_sizes_get) u args_sizes_get(u, u);
IMPORT(environ_get) u environ_get(u, u);
IMPORT(environ_sizes_get) u environ_sizes_get(u, u);
IMPORT(clock_res_get) u clock_res_get(u, u);
IMPORT(clock_time_get) u clock_time_get(u, w, u);
IMPORT(fd_advise) u fd_advise(u, w, w, u);
IMPORT(fd_allocate) u fd_allocate(u, w, w);
IMPORT(fd_close) u fd_close(u);
IMPORT(fd_datasync) u fd_datasync(u);
IMPORT(fd_fdstat_get) u fd_fdstat_get(u, u);
IMPORT(fd_fdstat_set_flags) u fd_fdstat_set_flags(u, u);
IMPORT(fd_fdstat_set_rights) u fd_fdstat_set_rights(u, w, w);
IMPORT(fd_filestat_get) u fd_filestat_get(u, u);
IMPORT(fd_filestat_set_size) u fd_filestat_set_size(u, w);
IMPORT(fd_filestat_set_times) u fd_filestat_set_times(u, w, w, u);
IMPORT(fd_pread) u fd_pread(u, u, u, w, u);
IMPORT(fd_prestat_get) u fd_prestat_get(u, u);
IMPORT(fd_prestat_dir_name) u fd_prestat_dir_name(u, u, u);
IMPORT(fd_pwrite) u fd_pwrite(u, u, u, w, u);
IMPORT(fd_read) u fd_read(u, u, u, u);
IMPORT(fd_readdir) u fd_readdir(u, u, u, w, u);
IMPORT(fd_renumber) u fd_renumber(u, u);
IMPORT(fd_seek) u fd_seek(u, w, u, u);
IMPORT(fd_sync) u fd_sync(u);
IMPORT(fd_tell) u fd_tell(u, u);
IMPORT(fd_write) u fd_write(u, u, u, u);
IMPORT(path_create_directory) u path_create_directory(u, u, u);
IMPORT(path_filestat_get) u path_filestat_get(u, u, u, u, u);
IMPORT(path_filestat_set_times) u path_filestat_set_times(u, u, u, u, w, w, u);
IMPORT(path_link) u path_link(u, u, u, u, u, u, u);
IMPORT(path_open) u path_open(u, u, u, u, u, w, w, u, u);
IMPORT(path_readlink) u path_readlink(u, u, u, u, u, u);
IMPORT(path_remove_directory) u path_remove_directory(u, u, u);
IMPORT(path_rename) u path_rename(u, u, u, u, u, u);
IMPORT(path_symlink) u path_symlink(u, u, u, u, u);
IMPORT(path_unlink_file) u path_unlink_file(u, u, u);
IMPORT(poll_oneoff) u poll_oneoff(u, u, u, u);
IMPORT(proc_raise) u proc_raise(u);
IMPORT(random_get) u random_get(u, u);
IMPORT(sched_yield) u yield(void);
IMPORT(sock_accept) u sock_accept(u, u, u);
IMPORT(sock_recv) u sock_recv(u, u, u, u, u, u);
IMPORT(sock_send) u sock_send(u, u, u, u, u);
IMPORT(sock_shutdown) u sock_shutdown(u, u);

enum { ARENA = 64 * 1024, DIR = 3, FDS = 24, FUNCTIONS = 45, BEYOND_ERRNOS = 77 };
static struct {
    uint8_t before[256];
    _Alignas(16) uint8_t bytes[ARENA]; /* all that is offered */
    uint8_t behind[256];
} memory;
static __wasi_subscription_t due[4]; /* the first is a clock that is due */
static w state;
static unsigned calls[FUNCTIONS], answers[BEYOND_ERRNOS];

static w next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static u pick(u count) {
    return (u)(next() >> 33) % count;
}

static u arena(u offset) {
    return (u)(uintptr_t)memory.bytes + offset;
}

/* The end of all memory there is. */
static u edge(void) {
    return (u)(__builtin_wasm_memory_size(0) * 65536);
}

/* For results: within the arena, or where nothing may be written. */
static u address(void) {
    switch (pick(8)) {
    case 0:
        return edge() - pick(8); /* never all of a result: at most 7 bytes are left */
    case 1:
        return UINT32_MAX - pick(64);
    case 2:
        return edge() + pick(1 << 20);
    default:
        return arena(pick(ARENA / 2) & ~7u);
    }
}

static u size(void) {
    static const u sizes[] = {0,    1,         7,         24,       48,        4096,
                              4097, ARENA / 2, INT32_MAX, 1u << 31, UINT32_MAX};
    return pick(3) == 0 ? pick(300) : sizes[pick(sizeof sizes / sizeof sizes[0])];
}

/* A place to write to, with its size: within the arena, or wrong as a whole. */
static u room(u *length) {
    *length = pick(3) == 0 ? size() : pick(ARENA / 2);
    if (*length > ARENA / 2) {
        return edge() - pick(1000); /* and so beyond the end */
    }
    return pick(8) == 0 ? edge() - pick(*length + 1) + (*length == 0) : arena(pick(ARENA / 2));
}

static w wide(void) {
    static const w numbers[] = {0, 1, 4095, 1 << 20, (w)1 << 62, INT64_MAX, (w)1 << 63, UINT64_MAX};
    return pick(3) == 0 ? next() >> pick(64) : numbers[pick(sizeof numbers / sizeof numbers[0])];
}

/* Small or absurd: what a disk could hold is not taken. */
static w extent(void) {
    return pick(2) == 0 ? pick(1 << 16) : ((w)1 << 62) + pick(100);
}

static u fd(void) {
    static const u odd[] = {0, DIR, UINT32_MAX, 2048, 1u << 31};
    return pick(6) == 0 ? odd[pick(5)] : DIR + pick(FDS);
}

static u own_fd(void) {
    return DIR + 1 + pick(FDS);
}

static u path(u *length) {
    static const char *const parts[] = {"a",   "b",        "c/",   "..", "/", ".",
                                        "a/b", "\xc3\xa4", "\xff", "",   "d"};
    if (pick(8) == 0) {
        *length = size();
        return pick(2) == 0 ? edge() - pick(16) : arena(pick(ARENA));
    }
    u offset = pick(64) * 64;
    *length = 0;
    for (u i = pick(4) + 1; i > 0; i--) {
        const char *part = parts[pick(pick(4) == 0 ? 11 : 3)];
        memcpy(memory.bytes + offset + *length, part, strlen(part));
        *length += (u)strlen(part);
    }
    return arena(offset);
}

static u iovecs(u *count) {
    *count = pick(6);
    u offset = 8192 + pick(64) * 64;
    for (u i = 0; i < *count; i++) {
        u part[2];
        part[0] = room(&part[1]);
        part[1] = part[1] > 4096 && part[1] <= ARENA / 2 ? 4096 : part[1];
        memcpy(memory.bytes + offset + i * 8, part, sizeof part);
    }
    if (pick(8) == 0) {
        *count = pick(2) == 0 ? 1u << 31 : UINT32_MAX - pick(9);
        return pick(2) == 0 ? arena(offset) : edge() - pick(64);
    }
    return arena(offset);
}

static u rights_of(void) {
    return pick(3) == 0 ? (u)next() : (1u << 30) - 1;
}

static u call_path(u which) {
    u length, second_length;
    u at = path(&length), second = path(&second_length), space;
    switch (which) {
    case 0:
        return path_create_directory(fd(), at, length);
    case 1:
        return path_filestat_get(fd(), pick(4), at, length, address());
    case 2:
        return path_filestat_set_times(fd(), pick(4), at, length, wide(), wide(), pick(20));
    case 3:
        return path_link(fd(), pick(4), at, length, fd(), second, second_length);
    case 4:
        second = room(&space);
        return path_readlink(fd(), at, length, second, space, address());
    case 5:
        return path_remove_directory(fd(), at, length);
    case 6:
        return path_rename(fd(), at, length, fd(), second, second_length);
    case 7:
        return path_symlink(at, length, fd(), second, second_length);
    case 8:
        return path_unlink_file(fd(), at, length);
    default:
        return path_open(pick(2) == 0 ? DIR : fd(), pick(3), at, length, pick(18), rights_of(),
                         rights_of(), pick(34), address());
    }
}

static u call_fd(u which) {
    u length, at;
    switch (which) {
    case 10:
        return fd_advise(fd(), wide(), wide(), pick(8));
    case 11:
        return fd_allocate(fd(), extent(), extent());
    case 12:
        return fd_close(pick(4) == 0 ? own_fd() : 0x10000 + pick(9));
    case 13:
        return fd_datasync(fd());
    case 14:
        return fd_fdstat_get(fd(), address());
    case 15:
        return fd_fdstat_set_flags(own_fd(), pick(40));
    case 16:
        return fd_fdstat_set_rights(own_fd(), rights_of(), rights_of());
    case 17:
        return fd_filestat_get(fd(), address());
    case 18:
        return fd_filestat_set_size(fd(), extent());
    case 19:
        return fd_filestat_set_times(fd(), wide(), wide(), pick(20));
    case 20:
        return fd_prestat_get(fd(), address());
    case 21:
        at = room(&length);
        return fd_prestat_dir_name(fd(), at, length);
    case 22:
        at = room(&length);
        return fd_readdir(fd(), at, length, wide(), address());
    case 23:
        return fd_renumber(own_fd(), own_fd());
    case 24:
        return fd_seek(fd(), wide(), pick(5), address());
    case 25:
        return fd_sync(fd());
    default:
        return fd_tell(fd(), address());
    }
}

/* What waits is due at once. */
static u call_poll(void) {
    static const u counts[] = {0, 1, 2, 4, 1u << 31, UINT32_MAX};
    for (u i = 1; i < 4; i++) {
        due[i] = (__wasi_subscription_t){.userdata = next()};
        due[i].u.tag = (__wasi_eventtype_t)pick(4);
        due[i].u.u.clock.id = pick(2) == 0 ? fd() : pick(6);
        due[i].u.u.clock.timeout = wide();
        due[i].u.u.clock.flags = (__wasi_subclockflags_t)pick(4);
    }
    u count = counts[pick(6)];
    u in = pick(4) == 0 ? edge() - pick(48) : (u)(uintptr_t)due;
    return poll_oneoff(in, count > 4 ? edge() - pick(64) : address(), count, address());
}

static u call_other(u which) {
    u count, at = iovecs(&count), length, to;
    switch (which) {
    case 27:
        return fd_read(fd(), at, count, address());
    case 28:
        return fd_write(own_fd(), at, count, address());
    case 29:
        return fd_pread(fd(), at, count, wide(), address());
    case 30:
        return fd_pwrite(own_fd(), at, count, extent(), address());
    case 31:
        return args_get(address(), address());
    case 32:
        return args_sizes_get(address(), address());
    case 33:
        return environ_get(address(), address());
    case 34:
        return environ_sizes_get(address(), address());
    case 35:
        return clock_res_get(pick(6), address());
    case 36:
        return clock_time_get(pick(6), wide(), address());
    case 37:
        to = room(&length);
        return random_get(to, length);
    case 38:
        return yield();
    case 39:
        return sock_accept(fd(), pick(8), address());
    case 40:
        return sock_recv(fd(), at, count, pick(6), address(), address());
    case 41:
        return sock_send(fd(), at, count, pick(3), address());
    case 42:
        return sock_shutdown(fd(), pick(6));
    case 43:
        return proc_raise(pick(2) == 0 ? 16 : 18 + pick(4));
    default:
        return call_poll();
    }
}

static void harm(void) {
    u which = pick(4) == 0 ? 9 : pick(FUNCTIONS);
    u error = which < 10 ? call_path(which) : which < 27 ? call_fd(which) : call_other(which);
    calls[which]++;
    if (error >= BEYOND_ERRNOS) {
        printf("call %u answered %u\n", which, error);
        exit(2);
    }
    answers[error]++;
}

static int untouched(void) {
    for (u i = 0; i < sizeof memory.before; i++) {
        if (memory.before[i] != 0xc3 || memory.behind[i] != 0x3c) {
            return 0;
        }
    }
    return 1;
}

/* Files work as ever. */
static int works(void) {
    char text[8] = "";
    remove("after");
    FILE *file = fopen("after", "w+");
    if (file == NULL || fputs("alive", file) < 0 || fseek(file, 0, SEEK_SET) != 0 ||
        fgets(text, sizeof text, file) == NULL || fclose(file) != 0) {
        return 0;
    }
    return strcmp(text, "alive") == 0 && remove("after") == 0;
}

int main(int count, char **arguments) {
    u rounds = count > 1 ? (u)strtoul(arguments[1], NULL, 10) : 100000, least = UINT32_MAX;
    state = count > 2 ? strtoull(arguments[2], NULL, 10) * 2 + 1 : 1;
    memset(memory.before, 0xc3, sizeof memory.before);
    memset(memory.behind, 0x3c, sizeof memory.behind);
    due[0].u.tag = __WASI_EVENTTYPE_CLOCK;
    due[0].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    for (u i = 0; i < rounds; i++) {
        harm();
    }
    for (u i = DIR + 1; i < 2048; i++) {
        (void)fd_close(i);
    }
    for (u i = 0; i < FUNCTIONS; i++) {
        least = calls[i] < least ? calls[i] : least;
    }
    printf("%u calls of %u functions, at least %u of each; %u succeeded, %u faults\n", rounds,
           FUNCTIONS, least, answers[__WASI_ERRNO_SUCCESS], answers[__WASI_ERRNO_FAULT]);
    if (!untouched() || !works()) {
        puts(untouched() ? "files do not work" : "memory was written to that was not offered");
        return 1;
    }
    return 0;
}
