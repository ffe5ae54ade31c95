/* SPDX-License-Identifier: MIT */
/*
 * Files, for commands: each function asks once, and again after ERR_RESTARTED where the protocol
 * (proto/file.h) says that this may be done. Paths are those of the shell: absolute, or relative to
 * the variable PWD.
 */
#pragma once
#include <proto/file.h>
#include <user/system.h>

/* The birth handle of the directory "/". ERR_NOT_FOUND: the command has none. */
status_t file_root(handle_t *out);

/* PWD and `path` together, without "." and ".."; ERR_NAME_TOO_LONG. */
status_t file_path(const char *path, char to[FILE_PATH_MAX]);

/* Relative to this from now on; the text stays the caller's, and there. */
void file_home_set(const char *path);

/* FILE_OPEN_ flags, FILE_RIGHT_ bits. *kind, if wanted: what it is. */
status_t file_open(const char *path, uint64_t flags, uint64_t rights, handle_t *out,
                   enum file_kind *kind);
/* Up to 64 KiB from there; *got less than `size` at the end of the file. */
status_t file_read(handle_t file, uint64_t offset, void *to, uint32_t size, uint32_t *got);
/* All of it, at the offset, which moves on. */
status_t file_write(handle_t file, uint64_t *offset, const void *bytes, uint32_t size);
status_t file_stat(const char *path, struct file_stat *out);
/* Entries from this cookie on, into a buffer: `count` of them; 0 at the end. */
status_t file_list(handle_t directory, uint64_t cookie, void *to, uint32_t capacity, uint32_t *size,
                   uint32_t *count);
/* Takes the next entry off a buffer of entries: its name has name_size bytes. */
struct file_entry file_entry_take(const uint8_t **at, const char **name);

/* All of a file, in memory of memory_allocate(); ERR_TOO_BIG beyond `most` bytes. */
status_t file_load(const char *path, uint64_t most, void **out, size_t *size);
/* One request with a path as its payload: FILE_UNLINK, FILE_MAKE_DIRECTORY ... */
status_t file_ask(uint32_t operation, const char *path);
