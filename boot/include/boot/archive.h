/* SPDX-License-Identifier: MIT */
/*
 * Finding a file in an initrd.
 *
 * Source: POSIX.1-1988 ustar (tar), also with GNU's magic. Names match with or without a leading
 * "./" or "/". The archive is not trusted: headers are checksummed and sizes bounded.
 */
#pragma once
#include <base/bytes.h>
#include <base/string.h>
#include <boot/complaint.h>

/* False: the archive is damaged, is no archive, or does not hold the file. */
[[nodiscard]] bool archive_find(struct bytes archive, struct text name, struct bytes *out,
                                struct complaint *complaint);
