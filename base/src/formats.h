/* SPDX-License-Identifier: MIT */
/* The formats of archives, for archive.c: each gives the next entry, with its name as it stands. */
#pragma once
#include <base/archive.h>

enum archive_result tar_next(struct archive *archive, struct archive_entry *out);
enum archive_result cpio_next(struct archive *archive, struct archive_entry *out);

/* Does it begin like a cpio archive? */
bool cpio_is(const uint8_t *bytes, uint64_t size);
