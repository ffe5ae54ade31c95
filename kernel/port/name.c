/* SPDX-License-Identifier: MIT */
/* The tables of symbols and lines that were linked in, and the kernel's text that they are about.
 */
#include <kernel/line.h>
#include <kernel/symbol.h>

extern const uint8_t kernel_text_start[], kernel_text_end[];
extern const struct symbol kernel_symbols[];
extern const uint64_t kernel_symbol_count;
extern const char kernel_symbol_names[];
extern const struct line_table kernel_lines;

static bool is_text(uintptr_t address) {
    return address >= (uintptr_t)kernel_text_start && address < (uintptr_t)kernel_text_end;
}

const char *symbol_find(uintptr_t address, size_t *offset) {
    uintptr_t start = (uintptr_t)kernel_text_start;
    if (!is_text(address)) {
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

size_t line_find(uintptr_t address, struct line_place places[LINE_PLACES_MAX]) {
    return is_text(address) ? line_search(&kernel_lines, (uint32_t)address, places) : 0;
}
