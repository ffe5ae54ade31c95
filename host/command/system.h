/* SPDX-License-Identifier: MIT */
/* The parts of an image that every program needs: loaders, kernel, adapters. They travel inside of
 * the command, so that it makes images wherever it is. */
#pragma once
#include "../image/image.h"
#include "../image/tar.h"

extern const struct blob system_mbr;

/* What this CPU is booted with. The initrd is empty, and so is all when this command was built
 * without a kernel for it. */
struct image_part system_part(enum image_cpu cpu);
/* Is there a kernel for this CPU? */
bool system_has(enum image_cpu cpu);

/* The initrd of this CPU's kernel, adapters and these files, which win over the system's.
 * Malloc'ed.
 */
bool system_initrd(enum image_cpu cpu, const struct tar_file *files, size_t count, struct blob *out,
                   struct image_error *error);
