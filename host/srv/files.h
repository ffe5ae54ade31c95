/* SPDX-License-Identifier: MIT */
/* The file protocol over directories of Linux. Serves one program; each open file is a badge. */
#pragma once
#include <abi/status.h>
#include <stdint.h>
#include <user/server.h>

extern const struct server server_host_files;

/* Gives a directory of Linux to whoever gets a handle with this badge, for reading and writing.
 * ERR_NOT_DIRECTORY, ERR_NOT_FOUND and the like as Linux says. */
status_t files_root_add(const char *path, uint64_t *badge);
