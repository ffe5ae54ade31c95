/* SPDX-License-Identifier: MIT */
/* The wiring file of an image (doc/wiring.md): put into an initrd, and checked against its files.
 */
#pragma once
#include "../image/image.h"

/* Makes `file` (borrowed; path NULL: none) the initrd's file "wiring", unless it has just that one,
 * and checks what the initrd has then, if anything. *initrd is replaced by malloc'ed bytes when it
 * changes. False: it has been said what is wrong, as PATH:LINE:COLUMN: TEXT for mistakes of the
 * file. */
bool wiring_apply(const char *path, struct blob file, struct blob *initrd);
