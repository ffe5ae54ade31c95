/* SPDX-License-Identifier: MIT */
/* The parts of an image that every program needs: loader, kernel, adapters. They travel inside of
 * the command, so that it makes images wherever it is. */
#pragma once
#include "../image/image.h"

extern const struct blob system_mbr, system_loader;
/* What every initrd starts with. */
extern const struct image_file system_files[];
extern const size_t system_file_count;
