/* SPDX-License-Identifier: MIT */
/* Archives in POSIX.1-1988 ustar format: what an initrd is. */
#pragma once
#include "image.h"

/* A file of an archive; path without "/" at its front. */
struct tar_file {
    const char *path;
    struct blob content;
};

/* The archive of what `base` holds, which is a ustar archive or empty, as it stands there, and then
 * these files in this order, each with mode 0444 and time 0. Of several files with the same path
 * only the last is kept. *out is malloc'ed. False: base is damaged or a cpio archive, a path is
 * empty, absolute or too long for the format, or there is no memory. */
bool tar_create(struct blob base, const struct tar_file *files, size_t count, struct blob *out,
                struct image_error *error);

/* What is in a gzip file, malloc'ed; any other file is left as it is. */
bool tar_unpack(struct blob *archive, struct image_error *error);
