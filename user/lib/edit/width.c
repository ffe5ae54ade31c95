/* SPDX-License-Identifier: MIT */
/* How wide characters are, by a search in the tables of width.h. */
#include "width.h"
#include <user/edit.h>

static bool is_in(uint32_t character, const struct range *ranges, size_t count) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (character > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && character >= ranges[low].first;
}

uint32_t character_width(uint32_t character) {
    if (character < narrowest[0].first) {
        return 1;
    }
    if (is_in(character, narrowest, sizeof narrowest / sizeof narrowest[0])) {
        return 0;
    }
    return is_in(character, widest, sizeof widest / sizeof widest[0]) ? 2 : 1;
}
