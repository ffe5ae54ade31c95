/* SPDX-License-Identifier: MIT */
/*
 * What the loader wants of an initrd, which is an archive (base/archive.h): that it is whole, and
 * files of it. Names match with or without a leading "./" or "/".
 */
#pragma once
#include <base/bytes.h>
#include <base/string.h>
#include <boot/complaint.h>

/* Looks at each entry; false when one is damaged or ends beyond the archive. An end mark may be
 * missing. */
[[nodiscard]] bool initrd_check(struct bytes initrd, struct complaint *complaint);

/* False: the initrd does not hold the file, or is damaged before it. *out borrows. */
[[nodiscard]] bool initrd_find(struct bytes initrd, struct text name, struct bytes *out,
                               struct complaint *complaint);
