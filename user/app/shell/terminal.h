/* SPDX-License-Identifier: MIT */
/* The terminal that the shell owns: it edits its line itself, with history and completion. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* False: there is no terminal (the birth handle `terminal`), or it does not answer. */
bool terminal_start(void);
/* Reads a line, without its end; false: there are no more. */
bool terminal_read(const char *prompt, char *to, size_t capacity, size_t *size);
