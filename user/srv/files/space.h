/* SPDX-License-Identifier: MIT */
/* Memory with a limit: all that the server keeps is taken here, so that no client can make it take
 * the machine's. The limit is set by files_limit_set() (user/files.h). */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Zeroed; NULL when the limit or the heap is spent. */
void *space_allocate(size_t size);
void space_release(void *memory, size_t size);
uint64_t space_used(void);
