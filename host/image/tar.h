/* SPDX-License-Identifier: MIT */
/* Archives in POSIX.1-1988 ustar format: what an initrd is. */
#pragma once
#include "image.h"

/* The archive of these files, in this order, each with mode 0444 and time 0. *out is malloc'ed.
 * False: a path is empty, absolute or too long for the format, or there is no memory. */
bool tar_create(const struct image_file *files, size_t count, struct blob *out,
                struct image_error *error);
