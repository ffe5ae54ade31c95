/* SPDX-License-Identifier: MIT */
/* Looking up function names. */
#include <kernel/symbol.h>

const struct symbol *symbol_search(const struct symbol *symbols, size_t count, uint32_t offset) {
    size_t low = 0, high = count; /* below low: starts at or below; from high on: above */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols[middle].offset <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? &symbols[low - 1] : nullptr;
}
