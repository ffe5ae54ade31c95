/* SPDX-License-Identifier: MIT */
/* Each call of the adapter, as a program makes it: results, partial transfers, errors and rights.
 */
#include "world.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

constexpr guest_t OUT = 64, OUT2 = 72, IOVECS = 256, PATH = 1024, PATH2 = 2048, BYTES = 4096;
constexpr guest_t BIG = 128 * 1024;
constexpr uint64_t RIGHTS_READ_WRITE = RIGHTS_FILE;

static enum wasi_errno open_at(fd_t directory, const char *path, uint32_t oflags, uint64_t rights,
                               uint32_t fdflags, fd_t *out) {
    put_text(PATH, path);
    enum wasi_errno error =
        wasi_path_open(directory, LOOKUP_SYMLINK_FOLLOW, PATH, (uint32_t)strlen(path), oflags,
                       rights, rights & RIGHTS_DIRECTORY, fdflags, OUT);
    *out = error == ERRNO_SUCCESS ? get_u32(OUT) : 0;
    return error;
}

static enum wasi_errno write_text(fd_t fd, const char *text, uint32_t *size) {
    put_text(BYTES, text);
    put_iovec(IOVECS, BYTES, (uint32_t)strlen(text));
    enum wasi_errno error = wasi_fd_write(fd, IOVECS, 1, OUT);
    *size = get_u32(OUT);
    return error;
}

static enum wasi_errno on_path(enum wasi_errno (*call)(fd_t, guest_t, uint32_t), const char *path) {
    put_text(PATH, path);
    return call(FD_ROOT, PATH, (uint32_t)strlen(path));
}

static void test_arguments(void) {
    CHECK(wasi_args_sizes_get(OUT, OUT2) == ERRNO_SUCCESS);
    CHECK(get_u32(OUT) == 3 && get_u32(OUT2) == 10);
    CHECK(wasi_args_get(BYTES, BYTES + 100) == ERRNO_SUCCESS);
    CHECK(memcmp(guest_memory + BYTES + 100, "prog\0one\0", 10) == 0);
    CHECK(get_u32(BYTES) == BYTES + 100 && get_u32(BYTES + 4) == BYTES + 105 &&
          get_u32(BYTES + 8) == BYTES + 109);
    CHECK(wasi_environ_sizes_get(OUT, OUT2) == ERRNO_SUCCESS);
    CHECK(get_u32(OUT) == 1 && get_u32(OUT2) == 10);
    CHECK(wasi_environ_get(BYTES, BYTES + 100) == ERRNO_SUCCESS);
    CHECK(memcmp(guest_memory + BYTES + 100, "KEY=value", 10) == 0);
    CHECK(wasi_args_get(BYTES, GUEST_SIZE - 9) == ERRNO_FAULT);
    CHECK(wasi_args_get(GUEST_SIZE - 11, BYTES) == ERRNO_FAULT);
    CHECK(wasi_args_sizes_get(OUT, UINT32_MAX) == ERRNO_FAULT);
}

static uint64_t wall_time(void) {
    CHECK(wasi_clock_time_get(0, 0, OUT) == ERRNO_SUCCESS);
    return get_u64(OUT);
}

/* Wall time goes on without its server, but for a millisecond only: then it may have been set. */
static void test_wall_clock(void) {
    uint64_t start = wall_time();
    unsigned calls = world_calls;
    world_now_ns += 900'000;
    world_wall_set_ns = -5'000'000;
    CHECK(wall_time() == start + 900'000 && world_calls == calls);
    world_now_ns += 200'000;
    CHECK(wall_time() == start + 1'100'000 - 5'000'000 && world_calls == calls + 1);
    world_wall_set_ns = 0;
    world_now_ns += 2'000'000;
    CHECK(wall_time() == start + 3'100'000 && world_calls == calls + 2);
}

static void test_clock_and_random(void) {
    test_wall_clock();
    CHECK(wasi_clock_time_get(1, 0, OUT) == ERRNO_SUCCESS && get_u64(OUT) == world_now_ns);
    CHECK(wasi_clock_time_get(0, 0, OUT) == ERRNO_SUCCESS && get_u64(OUT) > world_now_ns);
    CHECK(wasi_clock_time_get(4, 0, OUT) == ERRNO_INVAL);
    CHECK(wasi_clock_res_get(0, OUT) == ERRNO_SUCCESS && get_u64(OUT) == 1);
    CHECK(wasi_clock_res_get(UINT32_MAX, OUT) == ERRNO_INVAL);
    CHECK(wasi_clock_time_get(1, 0, GUEST_SIZE - 7) == ERRNO_FAULT);
    CHECK(wasi_random_get(BYTES, 100'000) == ERRNO_SUCCESS);
    CHECK(guest_memory[BYTES + 99'999] == 0xa5 && guest_memory[BYTES + 100'000] == 0);
    CHECK(wasi_random_get(GUEST_SIZE, 0) == ERRNO_SUCCESS);
    CHECK(wasi_random_get(GUEST_SIZE - 4, 5) == ERRNO_FAULT);
    CHECK(wasi_random_get(100, UINT32_MAX) == ERRNO_FAULT);
    memset(guest_memory + BYTES, 0, GUEST_SIZE - BYTES);
}

static void test_stdio(void) {
    put_text(BYTES, "hello world");
    put_iovec(IOVECS, BYTES, 5);
    put_iovec(IOVECS + 8, BYTES, 0);
    put_iovec(IOVECS + 16, BYTES + 5, 6);
    unsigned calls = world_calls;
    CHECK(wasi_fd_write(1, IOVECS, 3, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 11);
    CHECK(world_calls == calls + 1 && memcmp(world_written, "hello world", 11) == 0);
    CHECK(wasi_fd_write(1, IOVECS, 0, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 0);
    CHECK(world_calls == calls + 1);
    CHECK(wasi_fd_write(0, IOVECS, 1, OUT) == ERRNO_BADF);
    CHECK(wasi_fd_read(1, IOVECS, 1, OUT) == ERRNO_BADF);
    CHECK(wasi_fd_pwrite(1, IOVECS, 1, 0, OUT) == ERRNO_SPIPE);
    CHECK(wasi_fd_seek(1, 0, WHENCE_CUR, OUT) == ERRNO_SPIPE);

    world_type("abcdef");
    put_iovec(IOVECS, BYTES, 2);
    put_iovec(IOVECS + 8, BYTES + 10, 3);
    CHECK(wasi_fd_read(0, IOVECS, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 5);
    CHECK(memcmp(guest_memory + BYTES, "ab", 2) == 0);
    CHECK(memcmp(guest_memory + BYTES + 10, "cde", 3) == 0);
    CHECK(wasi_fd_read(0, IOVECS, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 1);
    CHECK(wasi_fd_read(0, IOVECS, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 0);

    world_input_waits = true;
    CHECK(wasi_fd_fdstat_set_flags(0, FDFLAG_NONBLOCK) == ERRNO_SUCCESS);
    CHECK(wasi_fd_read(0, IOVECS, 2, OUT) == ERRNO_AGAIN);
    CHECK(wasi_fd_fdstat_set_flags(0, 0) == ERRNO_SUCCESS);
    world_input_waits = false;

    CHECK(wasi_fd_fdstat_get(0, OUT) == ERRNO_SUCCESS);
    CHECK(guest_memory[OUT] == FILETYPE_CHARACTER_DEVICE);
    CHECK((get_u64(OUT + 8) & (RIGHT_FD_SEEK | RIGHT_FD_TELL)) == 0);
    CHECK(wasi_fd_fdstat_get(1, OUT) == ERRNO_SUCCESS && guest_memory[OUT] == FILETYPE_UNKNOWN);
    CHECK(wasi_fd_filestat_get(1, OUT) == ERRNO_SUCCESS);
    CHECK(wasi_fd_sync(1) == ERRNO_SUCCESS);
}

static void test_prestat(void) {
    CHECK(wasi_fd_prestat_get(FD_ROOT, OUT) == ERRNO_SUCCESS);
    CHECK(guest_memory[OUT] == 0 && get_u32(OUT + 4) == 1);
    CHECK(wasi_fd_prestat_dir_name(FD_ROOT, BYTES, 1) == ERRNO_SUCCESS);
    CHECK(guest_memory[BYTES] == '/');
    CHECK(wasi_fd_prestat_dir_name(FD_ROOT, BYTES, 0) == ERRNO_NAMETOOLONG);
    CHECK(wasi_fd_prestat_get(FD_LISTENER, OUT) == ERRNO_BADF);
    CHECK(wasi_fd_prestat_get(0, OUT) == ERRNO_BADF);
}

static void test_positions(void) {
    fd_t fd;
    uint32_t size;
    CHECK(open_at(FD_ROOT, "f", OFLAG_CREAT, RIGHTS_READ_WRITE, 0, &fd) == ERRNO_SUCCESS);
    CHECK(fd == FD_FIRST);
    CHECK(write_text(fd, "0123456789", &size) == ERRNO_SUCCESS && size == 10);
    CHECK(wasi_fd_tell(fd, OUT) == ERRNO_SUCCESS && get_u64(OUT) == 10);
    CHECK(wasi_fd_seek(fd, -3, WHENCE_END, OUT) == ERRNO_SUCCESS && get_u64(OUT) == 7);
    CHECK(wasi_fd_seek(fd, -8, WHENCE_CUR, OUT) == ERRNO_INVAL);
    CHECK(wasi_fd_seek(fd, INT64_MAX, WHENCE_CUR, OUT) == ERRNO_OVERFLOW);
    CHECK(wasi_fd_seek(fd, 0, 3, OUT) == ERRNO_INVAL);
    CHECK(wasi_fd_seek(fd, 1, WHENCE_CUR, GUEST_SIZE) == ERRNO_FAULT);
    CHECK(wasi_fd_tell(fd, OUT) == ERRNO_SUCCESS && get_u64(OUT) == 7);
    put_iovec(IOVECS, BYTES + 100, 100);
    CHECK(wasi_fd_read(fd, IOVECS, 1, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 3);
    CHECK(memcmp(guest_memory + BYTES + 100, "789", 3) == 0);
    CHECK(wasi_fd_pread(fd, IOVECS, 1, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 8);
    CHECK(wasi_fd_tell(fd, OUT) == ERRNO_SUCCESS && get_u64(OUT) == 10);
    put_text(BYTES, "XY");
    put_iovec(IOVECS, BYTES, 2);
    CHECK(wasi_fd_pwrite(fd, IOVECS, 1, 4, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 2);
    CHECK(wasi_fd_pwrite(fd, IOVECS, 1, UINT64_MAX, OUT) == ERRNO_INVAL);
    CHECK(wasi_fd_pwrite(fd, IOVECS, 1, INT64_MAX, OUT) == ERRNO_FBIG);
    put_iovec(IOVECS, BYTES + 100, 100);
    CHECK(wasi_fd_pread(fd, IOVECS, 1, 0, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 10);
    CHECK(memcmp(guest_memory + BYTES + 100, "0123XY6789", 10) == 0);
    CHECK(wasi_fd_close(fd) == ERRNO_SUCCESS && wasi_fd_close(fd) == ERRNO_BADF);

    CHECK(open_at(FD_ROOT, "f", 0, RIGHTS_READ_WRITE, FDFLAG_APPEND, &fd) == ERRNO_SUCCESS);
    CHECK(write_text(fd, "end", &size) == ERRNO_SUCCESS && size == 3);
    CHECK(wasi_fd_tell(fd, OUT) == ERRNO_SUCCESS && get_u64(OUT) == 13);
    CHECK(wasi_fd_close(fd) == ERRNO_SUCCESS);
    CHECK(on_path(wasi_path_unlink_file, "f") == ERRNO_SUCCESS);
}

/* More than one payload, over iovecs that cut it where they like. */
static void test_large(void) {
    fd_t fd;
    constexpr uint32_t SIZE = 100'003;
    for (uint32_t i = 0; i < SIZE; i++) {
        guest_memory[BIG + i] = (uint8_t)(i * 31 + i / 251);
    }
    uint32_t count = 0;
    for (uint32_t at = 0; at < SIZE; count++) {
        uint32_t part = count % 7 == 0 ? 0 : 1 + count * 37 % 3000;
        part = part < SIZE - at ? part : SIZE - at;
        put_iovec(BYTES + count * 8, BIG + at, part);
        at += part;
    }
    CHECK(open_at(FD_ROOT, "big", OFLAG_CREAT, RIGHTS_READ_WRITE, 0, &fd) == ERRNO_SUCCESS);
    unsigned calls = world_calls;
    CHECK(wasi_fd_write(fd, BYTES, count, OUT) == ERRNO_SUCCESS && get_u32(OUT) == SIZE);
    CHECK(world_calls == calls + 2);
    memset(guest_memory + BIG, 0, SIZE);
    CHECK(wasi_fd_pread(fd, BYTES, count, 0, OUT) == ERRNO_SUCCESS && get_u32(OUT) == SIZE);
    bool same = true;
    for (uint32_t i = 0; i < SIZE; i++) {
        same = same && guest_memory[BIG + i] == (uint8_t)(i * 31 + i / 251);
    }
    CHECK(same);
    /* A fault after a whole payload has passed is told as what has passed. */
    put_iovec(IOVECS, BIG, 64 * 1024);
    put_iovec(IOVECS + 8, GUEST_SIZE - 10, 20);
    CHECK(wasi_fd_pwrite(fd, IOVECS, 2, 0, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 64 * 1024);
    CHECK(wasi_fd_pwrite(fd, IOVECS + 8, 1, 0, OUT) == ERRNO_FAULT);
    CHECK(wasi_fd_close(fd) == ERRNO_SUCCESS);
    CHECK(on_path(wasi_path_unlink_file, "big") == ERRNO_SUCCESS);
}

static void test_rights(void) {
    fd_t fd, directory;
    CHECK(on_path(wasi_path_create_directory, "d") == ERRNO_SUCCESS);
    uint64_t few = RIGHT_PATH_OPEN | RIGHT_FD_READDIR;
    CHECK(open_at(FD_ROOT, "d", OFLAG_DIRECTORY, few, 0, &directory) == ERRNO_SUCCESS);
    CHECK(wasi_fd_fdstat_get(directory, OUT) == ERRNO_SUCCESS && get_u64(OUT + 8) == few &&
          get_u64(OUT + 16) == few);
    CHECK(open_at(directory, "x", OFLAG_CREAT, 0, 0, &fd) == ERRNO_NOTCAPABLE);
    CHECK(open_at(directory, "x", 0, RIGHT_FD_READ, 0, &fd) == ERRNO_NOTCAPABLE);
    CHECK(open_at(directory, "x", 0, 0, 0, &fd) == ERRNO_NOENT);
    put_text(PATH, "x");
    CHECK(wasi_path_create_directory(directory, PATH, 1) == ERRNO_NOTCAPABLE);
    CHECK(wasi_fd_fdstat_set_rights(directory, few | RIGHT_PATH_SYMLINK, few) == ERRNO_NOTCAPABLE);
    CHECK(wasi_fd_fdstat_set_rights(directory, RIGHT_FD_READDIR, 0) == ERRNO_SUCCESS);
    CHECK(open_at(directory, "x", 0, 0, 0, &fd) == ERRNO_NOTCAPABLE);
    put_iovec(IOVECS, BYTES, 4);
    CHECK(wasi_fd_read(directory, IOVECS, 1, OUT) == ERRNO_ISDIR);
    CHECK(wasi_fd_write(directory, IOVECS, 1, OUT) == ERRNO_BADF);
    CHECK(wasi_fd_seek(directory, 0, WHENCE_SET, OUT) == ERRNO_BADF);
    CHECK(wasi_fd_close(directory) == ERRNO_SUCCESS);
    /* Opened without OFLAG_DIRECTORY it can still be written below. */
    CHECK(open_at(FD_ROOT, "d", 0, RIGHTS_DIRECTORY, 0, &directory) == ERRNO_SUCCESS);
    CHECK(open_at(directory, "x", OFLAG_CREAT, RIGHT_PATH_OPEN, 0, &fd) == ERRNO_SUCCESS);
    CHECK(wasi_fd_close(fd) == ERRNO_SUCCESS);
    put_text(PATH, "x");
    CHECK(wasi_path_unlink_file(directory, PATH, 1) == ERRNO_SUCCESS);
    CHECK(wasi_fd_close(directory) == ERRNO_SUCCESS);
    CHECK(open_at(FD_ROOT, "d", 0, RIGHT_FD_WRITE, 0, &fd) == ERRNO_ISDIR);
    CHECK(open_at(FD_ROOT, "d", OFLAG_DIRECTORY, RIGHT_FD_WRITE, 0, &fd) == ERRNO_ISDIR);
    CHECK(open_at(FD_ROOT, "d", OFLAG_DIRECTORY | OFLAG_CREAT, 0, 0, &fd) == ERRNO_INVAL);
    CHECK(on_path(wasi_path_remove_directory, "d") == ERRNO_SUCCESS);
}

static void test_paths(void) {
    fd_t fd;
    CHECK(open_at(FD_ROOT, "../etc", 0, 0, 0, &fd) == ERRNO_PERM);
    CHECK(open_at(FD_ROOT, "/etc", 0, 0, 0, &fd) == ERRNO_PERM);
    CHECK(open_at(FD_ROOT, "", 0, 0, 0, &fd) == ERRNO_NOENT);
    CHECK(open_at(FD_ROOT, "\xff", 0, 0, 0, &fd) == ERRNO_ILSEQ);
    CHECK(open_at(1, "x", 0, 0, 0, &fd) == ERRNO_NOTDIR);
    guest_memory[PATH] = 0;
    CHECK(wasi_path_unlink_file(FD_ROOT, PATH, 1) == ERRNO_INVAL);
    CHECK(wasi_path_unlink_file(FD_ROOT, PATH, 5000) == ERRNO_NAMETOOLONG);
    CHECK(wasi_path_unlink_file(FD_ROOT, GUEST_SIZE - 1, 2) == ERRNO_FAULT);
    CHECK(on_path(wasi_path_create_directory, "a") == ERRNO_SUCCESS);
    CHECK(on_path(wasi_path_create_directory, "a") == ERRNO_EXIST);
    CHECK(on_path(wasi_path_unlink_file, "a") == ERRNO_ISDIR);
    put_text(PATH, "to/x");
    put_text(PATH2, "l");
    CHECK(wasi_path_symlink(PATH, 4, FD_ROOT, PATH2, 1) == ERRNO_SUCCESS);
    CHECK(wasi_path_readlink(FD_ROOT, PATH2, 1, BYTES, 3, OUT) == ERRNO_SUCCESS);
    CHECK(get_u32(OUT) == 3 && memcmp(guest_memory + BYTES, "to/", 3) == 0);
    put_text(PATH, "/abs");
    CHECK(wasi_path_symlink(PATH, 4, FD_ROOT, PATH2, 1) == ERRNO_PERM);

    fd_t a;
    CHECK(open_at(FD_ROOT, "a", OFLAG_DIRECTORY, RIGHTS_DIRECTORY, 0, &a) == ERRNO_SUCCESS);
    put_text(PATH, "l");
    put_text(PATH2, "m");
    CHECK(wasi_path_rename(FD_ROOT, PATH, 1, a, PATH2, 1) == ERRNO_SUCCESS);
    CHECK(wasi_path_link(a, 0, PATH2, 1, FD_ROOT, PATH, 1) == ERRNO_SUCCESS);
    CHECK(wasi_path_filestat_get(FD_ROOT, 0, PATH, 1, OUT) == ERRNO_SUCCESS);
    CHECK(guest_memory[OUT + 16] == FILETYPE_SYMBOLIC_LINK && get_u64(OUT + 24) == 2);
    CHECK(wasi_path_filestat_get(FD_ROOT, LOOKUP_SYMLINK_FOLLOW, PATH, 1, OUT) == ERRNO_NOENT);
    CHECK(wasi_path_filestat_set_times(FD_ROOT, 0, PATH, 1, 5, 6, FSTFLAG_ATIM | FSTFLAG_MTIM) ==
          ERRNO_SUCCESS);
    CHECK(wasi_path_filestat_get(a, 0, PATH2, 1, OUT) == ERRNO_SUCCESS);
    CHECK(get_u64(OUT + 40) == 5 && get_u64(OUT + 48) == 6);
    CHECK(wasi_path_filestat_set_times(FD_ROOT, 0, PATH, 1, 5, 6, 16) == ERRNO_INVAL);
    CHECK(wasi_path_unlink_file(FD_ROOT, PATH, 1) == ERRNO_SUCCESS);
    CHECK(wasi_path_unlink_file(a, PATH2, 1) == ERRNO_SUCCESS);
    CHECK(wasi_fd_close(a) == ERRNO_SUCCESS);
    CHECK(on_path(wasi_path_remove_directory, "a") == ERRNO_SUCCESS);
}

/* Reads the directory with a buffer of `room` bytes; counts whole entries, "." and ".." too. */
static uint32_t list(fd_t fd, uint32_t room) {
    uint64_t cookie = 0;
    for (uint32_t count = 0;;) {
        CHECK(wasi_fd_readdir(fd, BIG, room, cookie, OUT) == ERRNO_SUCCESS);
        uint32_t used = get_u32(OUT), at = 0;
        while (used - at >= sizeof(struct wasi_dirent)) {
            struct wasi_dirent entry;
            memcpy(&entry, guest_memory + BIG + at, sizeof entry);
            if (entry.name_size > used - at - sizeof entry) {
                break;
            }
            at += (uint32_t)sizeof entry + entry.name_size;
            cookie = entry.next;
            count++;
        }
        if (used < room) {
            return count;
        }
        CHECK(at > 0);
        if (at == 0) {
            return 0;
        }
    }
}

static void test_directory(void) {
    char name[32];
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "file-%u", i);
        CHECK(on_path(wasi_path_create_directory, name) == ERRNO_SUCCESS);
    }
    CHECK(list(FD_ROOT, 64 * 1024) == 302);
    CHECK(list(FD_ROOT, 100) == 302);
    CHECK(list(FD_ROOT, 33) == 302);
    CHECK(wasi_fd_readdir(FD_ROOT, GUEST_SIZE - 30, 64, 0, OUT) == ERRNO_FAULT);
    CHECK(wasi_fd_readdir(1, BIG, 64, 0, OUT) == ERRNO_NOTDIR);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "file-%u", i);
        CHECK(on_path(wasi_path_remove_directory, name) == ERRNO_SUCCESS);
    }
    CHECK(list(FD_ROOT, 4096) == 2);
}

static void test_table(void) {
    unsigned before = world_handles();
    fd_t fd;
    unsigned count = 0;
    while (open_at(FD_ROOT, "t", OFLAG_CREAT, RIGHT_FD_READ, 0, &fd) == ERRNO_SUCCESS) {
        CHECK(fd == FD_FIRST + count);
        count++;
    }
    CHECK(count == 2048 - FD_FIRST);
    CHECK(open_at(FD_ROOT, "t", 0, 0, 0, &fd) == ERRNO_MFILE);
    CHECK(wasi_fd_close(100) == ERRNO_SUCCESS && wasi_fd_close(50) == ERRNO_SUCCESS);
    CHECK(open_at(FD_ROOT, "t", 0, 0, 0, &fd) == ERRNO_SUCCESS && fd == 50);
    CHECK(wasi_fd_renumber(7, 100) == ERRNO_BADF);
    CHECK(wasi_fd_renumber(7, 7) == ERRNO_SUCCESS);
    CHECK(wasi_fd_renumber(7, 8) == ERRNO_SUCCESS && wasi_fd_close(7) == ERRNO_BADF);
    for (fd = FD_FIRST; fd < 2048; fd++) {
        CHECK(wasi_fd_close(fd) == (fd == 7 || fd == 100 ? ERRNO_BADF : ERRNO_SUCCESS));
    }
    CHECK(world_handles() == before);
    CHECK(on_path(wasi_path_unlink_file, "t") == ERRNO_SUCCESS);
}

static void put_subscription(guest_t at, uint64_t userdata, uint8_t tag, uint32_t id_or_fd,
                             uint64_t timeout, uint16_t flags) {
    struct wasi_subscription subscription = {.userdata = userdata, .tag = tag};
    subscription.clock.id = id_or_fd;
    if (tag == EVENTTYPE_CLOCK) {
        subscription.clock.timeout = timeout;
        subscription.clock.flags = flags;
    }
    memcpy(guest_memory + at, &subscription, sizeof subscription);
}

static struct wasi_event event_at(uint32_t index) {
    struct wasi_event event;
    memcpy(&event, guest_memory + PATH2 + index * sizeof event, sizeof event);
    return event;
}

static void test_poll(void) {
    CHECK(wasi_poll_oneoff(PATH, PATH2, 0, OUT) == ERRNO_INVAL);
    uint64_t start = world_now_ns;
    put_subscription(PATH, 7, EVENTTYPE_CLOCK, 1, 5'000, 0);
    put_subscription(PATH + 48, 8, EVENTTYPE_CLOCK, 1, 9'000, 0);
    CHECK(wasi_poll_oneoff(PATH, PATH2, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 1);
    CHECK(event_at(0).userdata == 7 && event_at(0).error == 0 && world_now_ns == start + 5'000);
    start = world_now_ns;
    put_subscription(PATH, 7, EVENTTYPE_CLOCK, 1, start + 77, SUBCLOCK_ABSTIME);
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_SUCCESS && world_now_ns == start + 77);
    CHECK(wasi_clock_time_get(0, 0, OUT) == ERRNO_SUCCESS);
    put_subscription(PATH, 7, EVENTTYPE_CLOCK, 0, get_u64(OUT) + 1000, SUBCLOCK_ABSTIME);
    start = world_now_ns;
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_SUCCESS && world_now_ns == start + 1000);

    world_type("xyz");
    put_subscription(PATH, 1, EVENTTYPE_FD_READ, 0, 0, 0);
    put_subscription(PATH + 48, 2, EVENTTYPE_FD_WRITE, 1, 0, 0);
    put_subscription(PATH + 96, 3, EVENTTYPE_FD_READ, 99, 0, 0);
    CHECK(wasi_poll_oneoff(PATH, PATH2, 3, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 3);
    CHECK(event_at(0).size == 3 && event_at(1).size == 4096 && event_at(2).error == ERRNO_BADF);
    world_type("");
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_SUCCESS &&
          event_at(0).flags == EVENT_HANGUP);
    world_input_waits = true;
    put_subscription(PATH + 48, 2, EVENTTYPE_CLOCK, 1, 50'000'000, 0);
    start = world_now_ns;
    CHECK(wasi_poll_oneoff(PATH, PATH2, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 1);
    CHECK(event_at(0).userdata == 2 && world_now_ns == start + 50'000'000);
    world_input_waits = false;
    put_subscription(PATH, 7, EVENTTYPE_CLOCK, 9, 0, 0);
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_SUCCESS &&
          event_at(0).error == ERRNO_INVAL);
    put_subscription(PATH, 7, 3, 0, 0, 0);
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_INVAL);
    CHECK(wasi_poll_oneoff(PATH, PATH2, UINT32_MAX, OUT) == ERRNO_FAULT);
    CHECK(wasi_poll_oneoff(GUEST_SIZE - 40, PATH2, 1, OUT) == ERRNO_FAULT);
}

/* The server of a stream is asked once to tell, and does. */
static void test_watch(void) {
    world_input_waits = true;
    world_type("");
    unsigned watches = world_watches;
    unsigned calls = world_calls;
    put_subscription(PATH, 1, EVENTTYPE_FD_READ, 0, 0, 0);
    put_subscription(PATH + 48, 2, EVENTTYPE_CLOCK, 1, 1'000'000'000, 0);
    CHECK(wasi_poll_oneoff(PATH, PATH2, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 1);
    CHECK(event_at(0).userdata == 2 && event_at(0).type == EVENTTYPE_CLOCK);
    CHECK(world_watches == watches && world_calls - calls < 8); /* test_poll() left one behind */
    world_arrives_ns = world_now_ns + 300;
    CHECK(wasi_poll_oneoff(PATH, PATH2, 2, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 1);
    CHECK(event_at(0).userdata == 1 && event_at(0).size == 7 && world_now_ns == world_arrives_ns);
    CHECK(world_watches == watches - 1);
    world_type("");
    world_arrives_ns = world_now_ns + 400;
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 1);
    CHECK(world_now_ns == world_arrives_ns && world_watches == watches - 1);
    world_arrives_ns = UINT64_MAX;
    world_input_waits = false;
    world_callers = 0;
}

static void test_listener(void) {
    put_subscription(PATH, 1, EVENTTYPE_FD_READ, FD_LISTENER, 0, 0);
    world_arrives_ns = world_now_ns + 100;
    CHECK(wasi_poll_oneoff(PATH, PATH2, 1, OUT) == ERRNO_SUCCESS && event_at(0).size == 1);
    world_arrives_ns = UINT64_MAX;
    CHECK(wasi_fd_fdstat_get(FD_LISTENER, OUT) == ERRNO_SUCCESS);
    CHECK(guest_memory[OUT] == FILETYPE_SOCKET_STREAM);
    CHECK(wasi_sock_accept(FD_LISTENER, FDFLAG_APPEND, OUT) == ERRNO_INVAL);
    CHECK(wasi_sock_accept(FD_LISTENER, 0, GUEST_SIZE - 3) == ERRNO_FAULT && world_callers == 1);
    CHECK(wasi_sock_recv(FD_LISTENER, IOVECS, 1, 0, OUT, OUT2) == ERRNO_NOTCAPABLE);
    CHECK(wasi_sock_shutdown(FD_LISTENER, 1) == ERRNO_NOTCAPABLE);
    CHECK(wasi_fd_read(FD_LISTENER, IOVECS, 1, OUT) == ERRNO_BADF);
    CHECK(wasi_fd_seek(FD_LISTENER, 0, WHENCE_SET, OUT) == ERRNO_SPIPE);
}

static void test_sockets(void) {
    test_listener();
    CHECK(wasi_sock_accept(FD_LISTENER, 0, OUT) == ERRNO_SUCCESS && get_u32(OUT) == FD_FIRST);
    CHECK(wasi_fd_fdstat_set_flags(FD_LISTENER, FDFLAG_NONBLOCK) == ERRNO_SUCCESS);
    CHECK(wasi_sock_accept(FD_LISTENER, 0, OUT) == ERRNO_AGAIN);
    world_type("abcdef");
    put_iovec(IOVECS, BYTES, 2);
    CHECK(wasi_sock_recv(FD_FIRST, IOVECS, 1, 1, OUT, OUT2) == ERRNO_SUCCESS && get_u32(OUT) == 2);
    put_text(OUT2, "\xff\xff");
    CHECK(wasi_sock_recv(FD_FIRST, IOVECS, 1, 2, OUT, OUT2) == ERRNO_SUCCESS && get_u32(OUT) == 2);
    CHECK(memcmp(guest_memory + BYTES, "ab", 2) == 0 && (get_u32(OUT2) & 0xffff) == 0);
    CHECK(wasi_sock_recv(FD_FIRST, IOVECS, 1, 4, OUT, OUT2) == ERRNO_INVAL);
    put_iovec(IOVECS, BYTES, 100); /* all that comes until the end */
    CHECK(wasi_sock_recv(FD_FIRST, IOVECS, 1, 2, OUT, OUT2) == ERRNO_SUCCESS && get_u32(OUT) == 4);
    CHECK(wasi_sock_send(FD_FIRST, IOVECS, 1, 1, OUT) == ERRNO_INVAL);
    world_written_size = 0;
    CHECK(wasi_sock_send(FD_FIRST, IOVECS, 1, 0, OUT) == ERRNO_SUCCESS && get_u32(OUT) == 100);
    CHECK(world_written_size == 100);
    CHECK(wasi_sock_accept(FD_FIRST, 0, OUT) == ERRNO_NOTCAPABLE);
    CHECK(wasi_sock_shutdown(FD_FIRST, 0) == ERRNO_INVAL);
    CHECK(wasi_sock_shutdown(FD_FIRST, 4) == ERRNO_INVAL && world_shut == 0);
    CHECK(wasi_sock_shutdown(FD_FIRST, 2) == ERRNO_SUCCESS && world_shut == 2);
    CHECK(wasi_fd_close(FD_FIRST) == ERRNO_SUCCESS);
}

static int exit_code_of(void (*action)(void)) {
    pid_t child = fork();
    if (child == 0) {
        action();
        _exit(99);
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void exit_7(void) {
    wasi_proc_exit(7);
}

static void raise_abort(void) {
    (void)wasi_proc_raise(6);
}

static void test_process(void) {
    CHECK(exit_code_of(exit_7) == 7);
    CHECK(exit_code_of(raise_abort) == 128 + 6);
    CHECK(wasi_proc_raise(0) == ERRNO_SUCCESS && wasi_proc_raise(16) == ERRNO_SUCCESS);
    CHECK(wasi_proc_raise(18) == ERRNO_NOTSUP && wasi_proc_raise(31) == ERRNO_INVAL);
    CHECK(wasi_sched_yield() == ERRNO_SUCCESS);
    CHECK(wasi_sock_shutdown(1, 1) == ERRNO_NOTSOCK && wasi_sock_shutdown(77, 1) == ERRNO_BADF);
    CHECK(wasi_sock_accept(FD_ROOT, 0, OUT) == ERRNO_NOTSOCK);
}

int main(void) {
    world_start();
    test_arguments();
    test_clock_and_random();
    test_stdio();
    test_prestat();
    test_positions();
    test_large();
    test_rights();
    test_paths();
    test_directory();
    test_table();
    test_poll();
    test_watch();
    test_sockets();
    test_process();
    return check_finish("adapter");
}
