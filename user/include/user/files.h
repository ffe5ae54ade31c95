/* SPDX-License-Identifier: MIT */
/*
 * The file server of a machine without disks: a read-only tree, unpacked from an archive (the
 * initrd) without copying its files, and a writable /tmp in memory.
 *
 * Whoever starts it natively gives it the archive first, then grants a program the root directory
 * by a handle with the badge FILES_ROOT.
 */
#pragma once
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>
#include <user/server.h>

extern const struct server server_files;

/* The badge of "/", for reading and writing; it is never released. */
constexpr uint64_t FILES_ROOT = 1;

/* Adds what an archive (base/archive.h) holds to the tree. The bytes are borrowed for as long as
 * the server runs. ERR_CORRUPT: *fault is the offset of the header that is wrong, and what came
 * before it is there. ERR_NO_SPACE: the limit is too small for the archive's names. */
status_t files_archive_add(const void *bytes, size_t size, uint64_t *fault);

/* Lets FILES_ROOT mean the directory at this path, which need not begin with '/', instead of the whole
 * tree. To be called before the server is asked anything. ERR_NOT_FOUND, ERR_NOT_DIRECTORY and what
 * else a path may lead to. */
status_t files_root_choose(const char *path, size_t size);

/* How many bytes of memory the server may take for all that it keeps; FILES_LIMIT_DEFAULT at
 * first. What is in use stays. */
constexpr uint64_t FILES_LIMIT_DEFAULT = 32 * 1024 * 1024;
void files_limit_set(uint64_t bytes);
