/* SPDX-License-Identifier: MIT */
/*
 * A program that means harm: every call of the adapter with arguments drawn from what hurts, over a
 * memory of noise, from a fixed seed. What must hold: nothing outside the program's memory and the
 * adapter's own is touched (the sanitizers see to that), every answer is an errno, and when all is
 * closed and removed, no handle is left over.
 */
#include "world.h"
#include <string.h>

constexpr unsigned ROUNDS = 1'000'000;

static uint64_t state = 0x9e37'79b9'7f4a'7c15;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint32_t pick(uint32_t count) {
    return (uint32_t)(next() >> 33) % count;
}

/* Addresses: mostly good ones, some at the very end, some far out. */
static guest_t address(void) {
    switch (pick(8)) {
    case 0:
        return GUEST_SIZE - pick(64);
    case 1:
        return UINT32_MAX - pick(64);
    case 2:
        return (uint32_t)next();
    default:
        return pick(GUEST_SIZE / 8) * 8;
    }
}

static uint32_t size(void) {
    static const uint32_t sizes[] = {0,    1,    2,      7,          24,        48,
                                     4096, 4097, 65'536, GUEST_SIZE, INT32_MAX, UINT32_MAX};
    return pick(3) == 0 ? pick(300) : sizes[pick(sizeof sizes / sizeof sizes[0])];
}

static uint64_t wide(void) {
    static const uint64_t numbers[] = {
        0, 1, 4095, 1 << 20, INT32_MAX, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX, UINT64_MAX - 1};
    return pick(3) == 0 ? next() >> pick(64) : numbers[pick(sizeof numbers / sizeof numbers[0])];
}

static fd_t fd(void) {
    return pick(16) == 0 ? (fd_t)next() : pick(24);
}

/* Most descriptors stay open, so that calls have something to act on. */
static fd_t fd_to_close(void) {
    return FD_FIRST + pick(60);
}

static uint32_t flags(void) {
    return pick(8) == 0 ? (uint32_t)next() : pick(32);
}

static uint64_t rights(void) {
    return pick(3) == 0 ? next() : RIGHTS_FILE | RIGHTS_DIRECTORY;
}

/* A path that is often of a few letters, so that calls meet the same names again. */
static guest_t path(uint32_t *length) {
    static const char *const parts[] = {"a", "b",   "c/",       "..",   "/",
                                        ".", "a/b", "\xc3\xa4", "\xff", ""};
    if (pick(8) == 0) {
        *length = size();
        return address();
    }
    guest_t at = 1024 + pick(64) * 64;
    *length = 0;
    for (uint32_t i = pick(4) + 1; i > 0; i--) {
        const char *part = parts[pick(pick(4) == 0 ? 10 : 3)];
        put_text(at + *length, part);
        *length += (uint32_t)strlen(part);
    }
    return at;
}

/* An array of iovecs, often with good ones. */
static guest_t iovecs(uint32_t *count) {
    if (pick(8) == 0) {
        *count = size();
        return address();
    }
    *count = pick(6);
    guest_t at = 16'384 + pick(64) * 64;
    for (uint32_t i = 0; i < *count; i++) {
        put_iovec(at + i * 8, pick(4) == 0 ? address() : pick(GUEST_SIZE - 4096),
                  pick(6) == 0 ? size() : pick(4096));
    }
    return at;
}

static enum wasi_errno call_stream(void) {
    uint32_t count;
    guest_t at = iovecs(&count);
    switch (pick(4)) {
    case 0:
        return wasi_fd_read(fd(), at, count, address());
    case 1:
        return wasi_fd_write(fd(), at, count, address());
    case 2:
        return wasi_fd_pread(fd(), at, count, wide(), address());
    default:
        return wasi_fd_pwrite(fd(), at, count, pick(2) == 0 ? wide() : pick(1 << 20), address());
    }
}

static enum wasi_errno call_fd(void) {
    switch (pick(17)) {
    case 0:
        return wasi_fd_advise(fd(), wide(), wide(), flags());
    case 1:
        return wasi_fd_allocate(fd(), wide(), wide());
    case 2:
        return wasi_fd_close(fd_to_close());
    case 3:
        return wasi_fd_datasync(fd());
    case 4:
        return wasi_fd_fdstat_get(fd(), address());
    case 5:
        return wasi_fd_fdstat_set_flags(fd(), flags());
    case 6:
        return wasi_fd_fdstat_set_rights(FD_FIRST + fd(), rights(), rights());
    case 7:
        return wasi_fd_filestat_get(fd(), address());
    case 8:
        return wasi_fd_filestat_set_size(fd(), wide());
    case 9:
        return wasi_fd_filestat_set_times(fd(), wide(), wide(), flags());
    case 10:
        return wasi_fd_prestat_get(fd(), address());
    case 11:
        return wasi_fd_prestat_dir_name(fd(), address(), size());
    case 12:
        return wasi_fd_renumber(FD_FIRST + fd(), fd_to_close());
    case 13:
        return wasi_fd_seek(fd(), (int64_t)wide(), flags() % 5, address());
    case 14:
        return wasi_fd_sync(fd());
    case 15:
        return wasi_fd_tell(fd(), address());
    default:
        return wasi_fd_readdir(fd(), address(), size(), wide(), address());
    }
}

static enum wasi_errno call_path(void) {
    uint32_t length, second_length;
    guest_t at = path(&length);
    guest_t second = path(&second_length);
    switch (pick(12)) {
    case 0:
        return wasi_path_create_directory(fd(), at, length);
    case 1:
        return wasi_path_remove_directory(fd(), at, length);
    case 2:
        return wasi_path_unlink_file(fd(), at, length);
    case 3:
        return wasi_path_filestat_get(fd(), flags(), at, length, address());
    case 4:
        return wasi_path_filestat_set_times(fd(), flags(), at, length, wide(), wide(), flags());
    case 5:
        return wasi_path_link(fd(), flags(), at, length, fd(), second, second_length);
    case 6:
        return wasi_path_rename(fd(), at, length, fd(), second, second_length);
    case 7:
        return wasi_path_symlink(at, length, fd(), second, second_length);
    case 8:
        return wasi_path_readlink(fd(), at, length, address(), size(), address());
    default:
        return wasi_path_open(pick(2) == 0 ? FD_ROOT : fd(), flags() % 2, at, length, flags() % 16,
                              rights() & ~(pick(2) == 0 ? RIGHT_FD_WRITE : 0), rights(),
                              flags() % 32, address());
    }
}

/* Counts as in call_other() stay small where a large one would only take its time. */
static enum wasi_errno call_other(void) {
    uint32_t count;
    guest_t at = iovecs(&count);
    switch (pick(14)) {
    case 0:
        return wasi_args_get(address(), address());
    case 1:
        return wasi_args_sizes_get(address(), address());
    case 2:
        return wasi_environ_get(address(), address());
    case 3:
        return wasi_environ_sizes_get(address(), address());
    case 4:
        return wasi_clock_res_get(flags(), address());
    case 5:
        return wasi_clock_time_get(flags(), wide(), address());
    case 6:
        return wasi_random_get(address(), size());
    case 7:
        return wasi_sched_yield();
    case 8:
        return wasi_sock_accept(pick(2) == 0 ? FD_LISTENER : fd(), flags() & 4, address());
    case 9:
        return wasi_sock_recv(fd(), at, count, flags(), address(), address());
    case 10:
        return wasi_sock_send(fd(), at, count, flags() & 1, address());
    case 11:
        return wasi_sock_shutdown(fd(), flags() % 6);
    case 12:
        return wasi_proc_raise(pick(2) == 0 ? 16 : 18 + pick(4));
    default:
        return wasi_poll_oneoff(address(), address(), pick(4) == 0 ? size() : pick(5), address());
    }
}

static enum wasi_errno call_any(void) {
    switch (pick(8)) {
    case 0:
    case 1:
        return call_stream();
    case 2:
    case 3:
        return call_fd();
    case 4:
        return call_other();
    default:
        return call_path();
    }
}

int main(void) {
    world_start();
    CHECK(wasi_fd_prestat_get(FD_ROOT, 0) == ERRNO_SUCCESS);
    unsigned handles = world_handles();
    unsigned tally[77] = {0};
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (i % 64 == 0) {
            uint64_t noise = next();
            memcpy(guest_memory + pick(GUEST_SIZE / 8) * 8, &noise, sizeof noise);
            world_type(pick(2) == 0 ? "some input" : "");
            world_now_ns = next() >> (1 + pick(40));
            world_arrives_ns = pick(2) == 0 ? world_now_ns + pick(1000) : UINT64_MAX;
            world_input_waits = world_arrives_ns != UINT64_MAX;
        }
        world_written_size = 0;
        enum wasi_errno error = call_any();
        CHECK(error <= ERRNO_NOTCAPABLE);
        tally[error <= ERRNO_NOTCAPABLE ? error : 0]++;
    }
    /* The rounds were worth it: calls succeeded, and failed in the many ways there are. */
    CHECK(tally[ERRNO_SUCCESS] > ROUNDS / 20);
    CHECK(tally[ERRNO_FAULT] > ROUNDS / 100 && tally[ERRNO_BADF] > 0 && tally[ERRNO_INVAL] > 0 &&
          tally[ERRNO_PERM] > 0 && tally[ERRNO_NOTCAPABLE] > 0 && tally[ERRNO_NOTDIR] > 0 &&
          tally[ERRNO_NOTEMPTY] > 0 && tally[ERRNO_LOOP] > 0 && tally[ERRNO_EXIST] > 0);
    CHECK(tally[ERRNO_IO] == 0);
    for (fd_t i = FD_FIRST; i < 2048; i++) {
        (void)wasi_fd_close(i);
    }
    CHECK(world_handles() == handles);
    return check_finish("hostile");
}
