/* SPDX-License-Identifier: MIT */
/* The initrd that the loader left, and its files: one core at a time. */
#pragma once
#include <base/bytes.h>
#include <base/string.h>

/* Maps it whole, for good. False: there is none. */
bool initrd_map(struct bytes *out);
/* The file of that path; its bytes lie in the initrd. False: no such file. */
bool initrd_file_find(struct bytes initrd, struct text path, struct bytes *out);
