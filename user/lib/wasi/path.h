/* SPDX-License-Identifier: MIT */
/* What path.c and open.c share: directories to start at, and paths from the program's memory. */
#pragma once
#include "table.h"

/* ERRNO_BADF, ERRNO_NOTDIR, ERRNO_NOTCAPABLE. */
enum wasi_errno path_directory(fd_t fd, uint64_t rights, struct descriptor **out);

/* Copies a path to `payload + at` and checks it. ERRNO_NOENT: empty; ERRNO_NAMETOOLONG;
 * ERRNO_FAULT; ERRNO_INVAL: has a NUL; ERRNO_ILSEQ: is not UTF-8. */
enum wasi_errno path_read(uint32_t at, guest_t path, uint32_t size);
