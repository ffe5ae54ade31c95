/* SPDX-License-Identifier: MIT */
/*
 * Opening files below a directory and never outside of it: neither "..", nor an absolute path, nor
 * a symbolic link leads out, whoever renames what meanwhile.
 */
#pragma once
#include <sys/types.h>

/* Like openat(): a file descriptor, or -errno. -EXDEV: the path leads outside. `path` is not empty;
 * `mode` matters with O_CREAT only. */
int beneath_open(int directory, const char *path, int flags, mode_t mode);

/* Linux resolves such paths itself since 5.6 (openat2). True: as if it could not. For tests. */
void beneath_set_walk(bool always);

/* The directory that holds the last part of a path, for calls that name an entry. */
struct place {
    int parent;     /* file descriptor */
    char name[256]; /* one part: neither empty, nor "." or ".." */
    bool directory; /* a '/' followed: only a directory will do */
};

/* 0 or -errno; -EINVAL: the last part is "." or "..". */
int place_open(int directory, const char *path, struct place *out);
void place_close(struct place *place);
