/* SPDX-License-Identifier: MIT */
/* Whether a module is a WASI program: it imports something of that name. */
#pragma once
#include <abi/status.h>

/* ERR_CORRUPT: the file at this path is no module, or its imports cannot be read. */
status_t kind_find(const char *path, bool *wasi);
