/* SPDX-License-Identifier: MIT */
/* FAT16 volumes of a few files in folders, as firmware and loaders want them to boot from. */
#pragma once
#include "image.h"

constexpr uint32_t SECTOR = 512;

/* Writes bytes into the image from a sector on; image.c. */
bool image_put(int file, uint64_t sector, const void *bytes, size_t size,
               struct image_error *error);

/* Path: upper-case names (A-Z, 0-9, '_') separated by '/'. One of more than eight characters before
 * its extension gets a long name, and six and "~1" as its short one: in a folder only one may begin
 * with these six. */
struct fat_file {
    const char *path;
    struct blob content;
};

/* The sectors that a volume needs at least to hold so many bytes. */
uint64_t fat_sectors_for(uint64_t bytes);

/* Formats the volume that takes up `count` sectors of `file` from sector `first` on, which read as
 * zero, and puts the files and the folders of their paths on it. */
bool fat_write(int file, uint64_t first, uint64_t count, const struct fat_file *files,
               size_t file_count, struct image_error *error);
