/* SPDX-License-Identifier: MIT */
/*
 * Names of the kernel's own functions. The table is made from the linked kernel and linked into it
 * once more (kernel/port/symbols.awk): entries ascend by address, names lie behind one another.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct symbol {
    uint32_t offset; /* from the start of the kernel's text */
    uint32_t name;   /* in the names */
};

/* The last of `count` symbols that starts at or below an offset; NULL when there is none. */
const struct symbol *symbol_search(const struct symbol *symbols, size_t count, uint32_t offset);

/* The function that holds an address of the kernel's text, and how far into it; NULL when it is
 * elsewhere. */
const char *symbol_find(uintptr_t address, size_t *offset);
