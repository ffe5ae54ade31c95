/* SPDX-License-Identifier: MIT */
/* What a file is and when it changed, between the file protocol and WASI. */
#pragma once
#include "wasi.h"
#include <proto/file.h>

enum wasi_errno stat_write(guest_t out, const struct file_stat *stat);
/* FSTFLAG_ bits as FILE_TIME_ bits; ERRNO_INVAL for unknown ones, and for a time given twice. */
enum wasi_errno stat_time_flags(uint32_t flags, uint64_t *out);
