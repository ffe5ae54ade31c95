/* SPDX-License-Identifier: MIT */
/* What the shell does itself. */
#pragma once
#include <stdint.h>

typedef uint32_t builtin(uint32_t count, const char **arguments);

/* NULL: it is none of the shell's own. */
builtin *builtin_find(const char *name);
/* One by one; NULL at the end. */
const char *builtin_name(uint32_t index);
