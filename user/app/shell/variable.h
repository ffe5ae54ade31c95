/* SPDX-License-Identifier: MIT */
/* Variables: all of them are the environment of the programs that are started. */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t VARIABLES_MAX = 256;

/* From the shell's own environment. */
void variables_start(void);
/* NULL: there is none of that name. */
const char *variable_get(const char *name, size_t size);
/* False: there are too many, or no memory. */
bool variable_set(const char *name, size_t size, const char *value);
/* NAME=value each; they are the table's until the next change. */
const char *const *variables_all(uint32_t *count);
bool variable_is_name(const char *name, size_t size);
