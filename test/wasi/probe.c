/* SPDX-License-Identifier: MIT */
/*
 * A program that knows what preview 1 must answer, and says where it does not: every function at
 * its edges, in an empty writable directory that it was given as descriptor 3. It says nothing and
 * exits with 0 when all is right. On Linux and booted the answers must be the same. Calls that
 * should fail, and conditions of time, are left out when their text is an argument.
 */
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int failures;

static void expect_at(int line, const char *what, unsigned got, unsigned wanted) {
    if (got != wanted) {
        printf("probe.c:%d: %s: %u, not %u\n", line, what, got, wanted);
        failures++;
    }
}

/* Calls that should fail and conditions that are left out: of those who are compared, one never
 * returns, or does not always answer alike. */
static char **skipped;
static int skipped_count;

static int is_skipped(const char *what) {
    for (int i = 0; i < skipped_count; i++) {
        if (strcmp(skipped[i], what) == 0) {
            return 1;
        }
    }
    return 0;
}

#define EXPECT(value, wanted) expect_at(__LINE__, #value, (unsigned)(value), (unsigned)(wanted))
#define OK(call)              expect_at(__LINE__, #call, (unsigned)(call), __WASI_ERRNO_SUCCESS)
#define UNLESS_SKIPPED(text, value, wanted)                                                        \
    do {                                                                                           \
        if (!is_skipped(text)) {                                                                   \
            expect_at(__LINE__, text, (unsigned)(value), wanted);                                  \
        }                                                                                          \
    } while (0)
#define FAILS(call, name) UNLESS_SKIPPED(#call, call, __WASI_ERRNO_##name)
#define HOLDS(condition)  UNLESS_SKIPPED(#condition, condition, 1)

enum { DIR = 3 };
static const __wasi_rights_t ALL = (1u << 30) - 1;
static __wasi_rights_t file_rights, inherited;

static __wasi_errno_t open_with(const char *path, unsigned lookup, unsigned oflags,
                                __wasi_rights_t base, unsigned fdflags, __wasi_fd_t *fd) {
    *fd = ~0u;
    return __wasi_path_open(DIR, lookup, path, (__wasi_oflags_t)oflags, base, inherited,
                            (__wasi_fdflags_t)fdflags, fd);
}

static __wasi_fd_t make(const char *path, const char *text) {
    __wasi_fd_t fd;
    __wasi_size_t size;
    __wasi_ciovec_t part = {(const uint8_t *)text, strlen(text)};
    OK(open_with(path, 0, __WASI_OFLAGS_CREAT, file_rights, 0, &fd));
    OK(__wasi_fd_write(fd, &part, 1, &size));
    return fd;
}

static void remove_file(const char *path) {
    OK(__wasi_path_unlink_file(DIR, path));
}

static void probe_paths(void) {
    __wasi_fd_t fd;
    __wasi_filestat_t stat;
    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    OK(__wasi_fd_close(make("f", "0123456789")));
    OK(__wasi_path_create_directory(DIR, "d"));
    FAILS(open_with("", 0, 0, file_rights, 0, &fd), NOENT);
    FAILS(open_with("none", 0, 0, file_rights, 0, &fd), NOENT);
    FAILS(open_with("none/f", 0, __WASI_OFLAGS_CREAT, file_rights, 0, &fd), NOENT);
    FAILS(open_with("f/x", 0, 0, file_rights, 0, &fd), NOTDIR);
    FAILS(open_with("f/", 0, 0, __WASI_RIGHTS_FD_READ, 0, &fd), NOTDIR);
    FAILS(open_with("../f", 0, 0, file_rights, 0, &fd), PERM);
    FAILS(open_with("d/../../f", 0, 0, file_rights, 0, &fd), PERM);
    FAILS(open_with("/f", 0, 0, file_rights, 0, &fd), PERM);
    FAILS(open_with(longest, 0, 0, file_rights, 0, &fd), NAMETOOLONG);
    longest[300] = 0;
    FAILS(open_with(longest, 0, 0, file_rights, 0, &fd), NAMETOOLONG);
    OK(open_with("d/../f", 0, 0, file_rights, 0, &fd));
    OK(__wasi_fd_close(fd));
    FAILS(open_with("f", 0, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, file_rights, 0, &fd), EXIST);
    FAILS(open_with("f", 0, __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READ, 0, &fd), NOTDIR);
    FAILS(open_with("d", 0, 0, __WASI_RIGHTS_FD_WRITE, 0, &fd), ISDIR);
    FAILS(open_with("x", 0, __WASI_OFLAGS_DIRECTORY | __WASI_OFLAGS_CREAT, file_rights, 0, &fd),
          INVAL);
    OK(open_with("d/.", 0, __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READDIR, 0, &fd));
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_filestat_get(DIR, 0, "d/", &stat));
    EXPECT(stat.filetype, __WASI_FILETYPE_DIRECTORY);
    FAILS(__wasi_path_filestat_get(DIR, 0, "f/", &stat), NOTDIR);
    FAILS(__wasi_path_filestat_get(DIR, 0, "..", &stat), PERM);
    FAILS(__wasi_path_filestat_get(0, 0, "f", &stat), NOTDIR);
    FAILS(__wasi_path_filestat_get(99, 0, "f", &stat), BADF);
}

static void probe_names(void) {
    __wasi_size_t size;
    uint8_t target[16];
    FAILS(__wasi_path_create_directory(DIR, "d"), EXIST);
    FAILS(__wasi_path_create_directory(DIR, "f"), EXIST);
    FAILS(__wasi_path_create_directory(DIR, "none/d"), NOENT);
    FAILS(__wasi_path_remove_directory(DIR, "f"), NOTDIR);
    FAILS(__wasi_path_remove_directory(DIR, "none"), NOENT);
    FAILS(__wasi_path_unlink_file(DIR, "d"), ISDIR);
    FAILS(__wasi_path_unlink_file(DIR, "none"), NOENT);
    OK(__wasi_fd_close(make("d/in", "")));
    FAILS(__wasi_path_remove_directory(DIR, "d"), NOTEMPTY);
    FAILS(__wasi_path_rename(DIR, "f", DIR, "d"), ISDIR);
    FAILS(__wasi_path_rename(DIR, "d", DIR, "f"), NOTDIR);
    FAILS(__wasi_path_rename(DIR, "d", DIR, "d/below"), INVAL);
    FAILS(__wasi_path_rename(DIR, "none", DIR, "x"), NOENT);
    OK(__wasi_path_create_directory(DIR, "e"));
    FAILS(__wasi_path_rename(DIR, "e", DIR, "d"), NOTEMPTY);
    OK(__wasi_path_rename(DIR, "d", DIR, "e"));
    OK(__wasi_path_rename(DIR, "e", DIR, "d"));
    FAILS(__wasi_path_link(DIR, 0, "none", DIR, "l"), NOENT);
    FAILS(__wasi_path_link(DIR, 0, "f", DIR, "d"), EXIST);
    FAILS(__wasi_path_link(DIR, 0, "d", DIR, "l"), PERM);
    OK(__wasi_path_link(DIR, 0, "f", DIR, "l"));
    remove_file("l");
    OK(__wasi_path_symlink("f", DIR, "s"));
    FAILS(__wasi_path_symlink("f", DIR, "s"), EXIST);
    FAILS(__wasi_path_symlink("/f", DIR, "t"), PERM);
    OK(__wasi_path_readlink(DIR, "s", target, sizeof target, &size));
    EXPECT(size, 1);
    FAILS(__wasi_path_readlink(DIR, "f", target, sizeof target, &size), INVAL);
    FAILS(__wasi_path_readlink(DIR, "none", target, sizeof target, &size), NOENT);
}

static void probe_links(void) {
    __wasi_fd_t fd;
    __wasi_filestat_t stat;
    FAILS(open_with("s", 0, 0, file_rights, 0, &fd), LOOP);
    OK(open_with("s", __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, 0, file_rights, 0, &fd));
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_filestat_get(DIR, 0, "s", &stat));
    EXPECT(stat.filetype, __WASI_FILETYPE_SYMBOLIC_LINK);
    OK(__wasi_path_filestat_get(DIR, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "s", &stat));
    EXPECT(stat.filetype, __WASI_FILETYPE_REGULAR_FILE);
    EXPECT(stat.size, 10);
    OK(__wasi_path_symlink("b", DIR, "a"));
    OK(__wasi_path_symlink("a", DIR, "b"));
    FAILS(open_with("a", __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, 0, file_rights, 0, &fd), LOOP);
    FAILS(open_with("a/x", 0, 0, file_rights, 0, &fd), LOOP);
    OK(__wasi_path_symlink("../up", DIR, "out"));
    FAILS(open_with("out", __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, 0, file_rights, 0, &fd), PERM);
    remove_file("out");
    remove_file("a");
    remove_file("b");
    remove_file("s");
}

static void probe_positions(void) {
    __wasi_filesize_t at;
    __wasi_size_t size;
    uint8_t bytes[16];
    __wasi_iovec_t parts[] = {{bytes, 4}, {bytes, 0}, {bytes + 4, 12}};
    __wasi_fd_t fd = make("p", "0123456789");
    OK(__wasi_fd_tell(fd, &at));
    EXPECT(at, 10);
    FAILS(__wasi_fd_seek(fd, -11, __WASI_WHENCE_CUR, &at), INVAL);
    FAILS(__wasi_fd_seek(fd, 0, 3, &at), INVAL);
    OK(__wasi_fd_seek(fd, 20, __WASI_WHENCE_END, &at));
    EXPECT(at, 30);
    OK(__wasi_fd_read(fd, parts, COUNT(parts), &size));
    EXPECT(size, 0);
    OK(__wasi_fd_pread(fd, parts, COUNT(parts), 3, &size));
    EXPECT(size, 7);
    EXPECT(memcmp(bytes, "3456789", 7), 0);
    FAILS(__wasi_fd_pread(fd, parts, 1, (__wasi_filesize_t)-1, &size), INVAL);
    OK(__wasi_fd_pwrite(fd, (__wasi_ciovec_t *)parts, 1, 100, &size));
    OK(__wasi_fd_tell(fd, &at));
    EXPECT(at, 30);
    OK(__wasi_fd_filestat_set_size(fd, 5));
    FAILS(__wasi_fd_filestat_set_size(fd, (__wasi_filesize_t)-1), INVAL);
    OK(__wasi_fd_allocate(fd, 0, 50));
    FAILS(__wasi_fd_allocate(fd, 0, 0), INVAL);
    __wasi_filestat_t stat;
    OK(__wasi_fd_filestat_get(fd, &stat));
    EXPECT(stat.size, 50);
    OK(__wasi_fd_advise(fd, 0, 10, __WASI_ADVICE_RANDOM));
    FAILS(__wasi_fd_advise(fd, 0, 10, 9), INVAL);
    OK(__wasi_fd_sync(fd));
    OK(__wasi_fd_datasync(fd));
    OK(__wasi_fd_close(fd));
    FAILS(__wasi_fd_close(fd), BADF);
    remove_file("p");
}

static void probe_times(void) {
    __wasi_filestat_t stat;
    __wasi_fd_t fd = make("t", "");
    const unsigned both = __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW;
    FAILS(__wasi_fd_filestat_set_times(fd, 1, 1, (__wasi_fstflags_t)both), INVAL);
    FAILS(__wasi_fd_filestat_set_times(fd, 1, 1, 16), INVAL);
    OK(__wasi_fd_filestat_set_times(fd, 5000000000, 6000000001,
                                    __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
    OK(__wasi_fd_filestat_get(fd, &stat));
    EXPECT(stat.atim == 5000000000 && stat.mtim == 6000000001, 1);
    OK(__wasi_path_filestat_set_times(DIR, 0, "t", 0, 7000000000, __WASI_FSTFLAGS_MTIM));
    OK(__wasi_fd_filestat_get(fd, &stat));
    EXPECT(stat.atim == 5000000000 && stat.mtim == 7000000000, 1);
    FAILS(__wasi_path_filestat_set_times(DIR, 0, "t", 0, 0, (__wasi_fstflags_t)both), INVAL);
    FAILS(__wasi_path_filestat_set_times(DIR, 0, "none", 0, 0, 0), NOENT);
    OK(__wasi_fd_close(fd));
    remove_file("t");
}

static void probe_flags(void) {
    __wasi_fdstat_t stat;
    __wasi_filesize_t at;
    __wasi_size_t size;
    __wasi_fd_t fd = make("g", "abc");
    __wasi_ciovec_t part = {(const uint8_t *)"xy", 2};
    OK(__wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND));
    OK(__wasi_fd_fdstat_get(fd, &stat));
    EXPECT(stat.fs_flags, __WASI_FDFLAGS_APPEND);
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
    OK(__wasi_fd_write(fd, &part, 1, &size));
    OK(__wasi_fd_tell(fd, &at));
    EXPECT(at, 5);
    OK(__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_READ, 0));
    FAILS(__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE, 0),
          NOTCAPABLE);
    FAILS(__wasi_fd_write(fd, &part, 1, &size), BADF);
    FAILS(__wasi_fd_seek(fd, 1, __WASI_WHENCE_SET, &at), NOTCAPABLE);
    FAILS(__wasi_fd_filestat_set_size(fd, 0), NOTCAPABLE);
    FAILS(__wasi_fd_allocate(fd, 0, 1), NOTCAPABLE);
    OK(__wasi_fd_close(fd));
    OK(open_with("g", 0, __WASI_OFLAGS_TRUNC, file_rights, 0, &fd));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_END, &at));
    EXPECT(at, 0);
    OK(__wasi_fd_close(fd));
    remove_file("g");
}

/* A directory that may only pass on reading. */
static void probe_narrowing(void) {
    __wasi_fd_t dir, fd;
    const __wasi_rights_t reading = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK;
    OK(__wasi_path_open(DIR, 0, "d", __WASI_OFLAGS_DIRECTORY,
                        __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_FD_READDIR, reading, 0, &dir));
    FAILS(__wasi_path_open(dir, 0, "in", 0, __WASI_RIGHTS_FD_WRITE, 0, 0, &fd), NOTCAPABLE);
    FAILS(__wasi_path_open(dir, 0, "in", __WASI_OFLAGS_TRUNC, reading, 0, 0, &fd), NOTCAPABLE);
    FAILS(__wasi_path_open(dir, 0, "new", __WASI_OFLAGS_CREAT, reading, 0, 0, &fd), NOTCAPABLE);
    FAILS(__wasi_path_unlink_file(dir, "in"), NOTCAPABLE);
    FAILS(__wasi_path_create_directory(dir, "x"), NOTCAPABLE);
    FAILS(__wasi_path_symlink("in", dir, "x"), NOTCAPABLE);
    OK(__wasi_path_open(dir, 0, "in", 0, reading, 0, 0, &fd));
    FAILS(__wasi_fd_readdir(fd, (uint8_t *)&fd, 1, 0, &(__wasi_size_t){0}), NOTDIR);
    OK(__wasi_fd_close(fd));
    OK(__wasi_fd_close(dir));
}

/* The list read whole, and again in pieces that cut entries. */
static void probe_list(void) {
    static uint8_t whole[4096], piece[64];
    __wasi_size_t size, part, count = 0;
    char name[8] = "d/n0";
    for (char c = '0'; c <= '9'; c++) {
        name[3] = c;
        OK(__wasi_fd_close(make(name, "")));
    }
    __wasi_fd_t fd;
    OK(open_with("d", 0, __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READDIR, 0, &fd));
    OK(__wasi_fd_readdir(fd, whole, sizeof whole, 0, &size));
    for (__wasi_size_t at = 0; at + sizeof(__wasi_dirent_t) <= size; count++) {
        __wasi_dirent_t entry, again;
        memcpy(&entry, whole + at, sizeof entry);
        at += sizeof entry + entry.d_namlen;
        OK(__wasi_fd_readdir(fd, piece, 25, entry.d_next, &part));
        EXPECT(part, at < size ? 25 : 0);
        if (at < size) {
            memcpy(&again, piece, sizeof again);
            EXPECT(memcmp(piece, whole + at, 25), 0);
            EXPECT(again.d_next != entry.d_next, 1);
        }
    }
    EXPECT(count, 13); /* ".", "..", "in", and ten */
    OK(__wasi_fd_readdir(fd, piece, 0, 0, &part));
    EXPECT(part, 0);
    OK(__wasi_fd_close(fd));
    for (char c = '0'; c <= '9'; c++) {
        name[3] = c;
        remove_file(name);
    }
}

static void probe_descriptors(void) {
    __wasi_filesize_t at;
    __wasi_size_t size;
    __wasi_prestat_t prestat;
    uint8_t name[8];
    __wasi_fd_t a = make("ra", "a"), b = make("rb", "bb");
    FAILS(__wasi_fd_renumber(a, 500), BADF);
    FAILS(__wasi_fd_renumber(500, a), BADF);
    OK(__wasi_fd_renumber(b, a));
    FAILS(__wasi_fd_tell(b, &at), BADF);
    OK(__wasi_fd_tell(a, &at));
    EXPECT(at, 2);
    OK(__wasi_fd_close(a));
    remove_file("ra");
    remove_file("rb");
    OK(__wasi_fd_prestat_get(DIR, &prestat));
    EXPECT(prestat.u.dir.pr_name_len, 1);
    FAILS(__wasi_fd_prestat_dir_name(DIR, name, 0), NAMETOOLONG);
    FAILS(__wasi_fd_prestat_get(1, &prestat), BADF);
    FAILS(__wasi_fd_tell(1, &at), SPIPE);
    FAILS(__wasi_fd_tell(DIR, &at), BADF);
    FAILS(__wasi_fd_read(DIR, &(__wasi_iovec_t){name, 1}, 1, &size), ISDIR);
    FAILS(__wasi_sock_shutdown(1, 1), NOTSOCK);
    FAILS(__wasi_sock_shutdown(99, 1), BADF);
    FAILS(__wasi_sock_send(DIR, &(__wasi_ciovec_t){name, 1}, 1, 0, &size), NOTSOCK);
}

static __wasi_subscription_t clock_subscription(__wasi_userdata_t data, unsigned clock,
                                                __wasi_timestamp_t timeout, unsigned flags) {
    __wasi_subscription_t made = {.userdata = data, .u.tag = __WASI_EVENTTYPE_CLOCK};
    made.u.u.clock.id = clock;
    made.u.u.clock.timeout = timeout;
    made.u.u.clock.flags = (__wasi_subclockflags_t)flags;
    return made;
}

static void probe_poll(void) {
    static __wasi_subscription_t many[300];
    static __wasi_event_t events[300];
    __wasi_size_t count;
    __wasi_timestamp_t before, after;
    FAILS(__wasi_poll_oneoff(many, events, 0, &count), INVAL);
    OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &before));
    many[0] = clock_subscription(1, __WASI_CLOCKID_MONOTONIC, 2000000, 0);
    many[1] = clock_subscription(2, __WASI_CLOCKID_MONOTONIC, 10000000000, 0);
    OK(__wasi_poll_oneoff(many, events, 2, &count));
    OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &after));
    EXPECT(count == 1 && events[0].userdata == 1, 1);
    HOLDS(after - before >= 2000000);
    many[0] = clock_subscription(3, __WASI_CLOCKID_MONOTONIC, 1,
                                 __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
    many[2] = clock_subscription(4, __WASI_CLOCKID_REALTIME, 1,
                                 __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
    OK(__wasi_poll_oneoff(many, events, 3, &count)); /* both are long past */
    EXPECT(count == 2 && events[0].userdata == 3 && events[1].userdata == 4, 1);
    for (unsigned i = 0; i < COUNT(many); i++) {
        many[i] = clock_subscription(i, __WASI_CLOCKID_MONOTONIC, 0, 0);
    }
    OK(__wasi_poll_oneoff(many, events, COUNT(many), &count));
    EXPECT(count, COUNT(many));
    many[0] = clock_subscription(5, 77, 0, 0);
    many[1] = (__wasi_subscription_t){.userdata = 6, .u.tag = __WASI_EVENTTYPE_FD_READ};
    many[1].u.u.fd_read.file_descriptor = 99;
    OK(__wasi_poll_oneoff(many, events, 2, &count));
    EXPECT(count == 2 && events[0].error == __WASI_ERRNO_INVAL &&
               events[1].error == __WASI_ERRNO_BADF,
           1);
    FAILS(__wasi_clock_time_get(9, 0, &after), INVAL);
    FAILS(__wasi_clock_res_get(9, &after), INVAL);
}

int main(int argc, char **argv) {
    __wasi_fdstat_t stat;
    skipped = argv + 1;
    skipped_count = argc - 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    OK(__wasi_fd_fdstat_get(DIR, &stat));
    file_rights =
        stat.fs_rights_inheriting & ~(stat.fs_rights_base & ~stat.fs_rights_inheriting) & ALL;
    file_rights &= ~(__wasi_rights_t)__WASI_RIGHTS_FD_READDIR;
    inherited = stat.fs_rights_inheriting;
    probe_paths();
    probe_names();
    probe_links();
    probe_positions();
    probe_times();
    probe_flags();
    probe_narrowing();
    probe_list();
    probe_descriptors();
    probe_poll();
    remove_file("d/in");
    remove_file("f");
    OK(__wasi_path_remove_directory(DIR, "d"));
    return failures > 0;
}
