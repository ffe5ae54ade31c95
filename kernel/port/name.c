/* SPDX-License-Identifier: MIT */
/* The table of symbols that was linked in, and the kernel's text that it is about. */
#include <kernel/symbol.h>

extern const uint8_t kernel_text_start[], kernel_text_end[];
extern const struct symbol kernel_symbols[];
extern const uint64_t kernel_symbol_count;
extern const char kernel_symbol_names[];

const char *symbol_find(uintptr_t address, size_t *offset) {
    uintptr_t start = (uintptr_t)kernel_text_start;
    if (address < start || address >= (uintptr_t)kernel_text_end) {
        return nullptr;
    }
    const struct symbol *symbol =
        symbol_search(kernel_symbols, kernel_symbol_count, (uint32_t)(address - start));
    if (symbol == nullptr) {
        return nullptr;
    }
    *offset = address - start - symbol->offset;
    return kernel_symbol_names + symbol->name;
}
