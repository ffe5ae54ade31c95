/* SPDX-License-Identifier: MIT */
/*
 * What a command says: to the birth handles `stdout` and `stderr`, each a console, a pipe or a
 * file. Standard output is gathered, and goes out when it is much, before something is said on the
 * other, and at the end. When nobody takes it any more the command ends, as Unix programs do.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t EXIT_UNHEARD = 141; /* exit code: nobody reads what is printed */

/* The formats are those of base/format.h. */
[[gnu::format(printf, 1, 2)]] void print(const char *format, ...);
void print_bytes(const void *bytes, size_t size);
/* "NAME: " before it and a newline behind it. */
[[gnu::format(printf, 1, 2)]] void print_error(const char *format, ...);
void print_flush(void);
/* Who says print_error(); a command's first argument, when it begins. */
void print_name_set(const char *name);
