/* SPDX-License-Identifier: MIT */
/* The one look at a whole blob after which its reading cannot go wrong. */
#pragma once
#include <stddef.h>

bool blob_check(const void *blob, size_t size);
