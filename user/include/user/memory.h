/* SPDX-License-Identifier: MIT */
/*
 * Memory for servers: a heap over memory.grow in a wasm program, the kernel's heap in a native
 * build. 16-aligned, contents undefined; NULL when there is none. The size is given back on
 * release.
 */
#pragma once
#include <stddef.h>

void *memory_allocate(size_t size);
void memory_release(void *memory, size_t size);
