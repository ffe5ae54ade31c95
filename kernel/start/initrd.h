/* SPDX-License-Identifier: MIT */
/*
 * The files of the initrd, as far as the kernel itself needs them: a ustar archive in memory. What
 * programs see of it is the business of the file server.
 */
#pragma once
#include <base/bytes.h>
#include <base/string.h>

struct initrd_file {
    struct text name; /* without "./" or "/" before it; borrowed from the archive, or from buffer */
    const uint8_t *bytes;
    size_t size;
    char buffer[257];
};

/* The next regular file; false at the end or where the archive is damaged. Start with the whole
 * archive in *rest. */
bool initrd_next(struct bytes *rest, struct initrd_file *out);
/* The file of that name; false when there is none. */
bool initrd_find(struct bytes archive, struct text name, struct initrd_file *out);
