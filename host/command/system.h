/* SPDX-License-Identifier: MIT */
/* The parts of an image that every program needs: loaders, kernel, adapters. They travel inside of
 * the command, so that it makes images wherever it is. */
#pragma once
#include "../image/image.h"
#include "../image/tar.h"

extern const struct blob system_mbr, system_loader, system_efi;

/* The initrd of kernel, adapters and these files, which win over the system's. Malloc'ed. */
bool system_initrd(const struct tar_file *files, size_t count, struct blob *out,
                   struct image_error *error);
