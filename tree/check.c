/* SPDX-License-Identifier: MIT */
/*
 * Is a blob a sound device tree? libfdt follows what the blob says: after this it stays within the
 * blob. Each token of the structure is looked at once.
 *
 *     | header | reservations, 16 bytes each, the last 0 | structure: tokens | strings |
 */
#include "check.h"
#include <base/checked.h>
#include <libfdt.h>
#include <tree/device_tree.h>

struct cursor {
    const uint8_t *at;
    uint32_t left;         /* bytes of the structure */
    uint32_t strings_size; /* 0: no property can have a name */
    uint32_t depth;
};

static uint32_t read_u32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool skip(struct cursor *cursor, uint64_t size) {
    size = align_up(size, FDT_TAGSIZE);
    if (size > cursor->left) {
        return false;
    }
    cursor->at += size;
    cursor->left -= (uint32_t)size;
    return true;
}

static bool token_read(struct cursor *cursor, uint32_t *out) {
    const uint8_t *at = cursor->at;
    if (!skip(cursor, FDT_TAGSIZE)) {
        return false;
    }
    *out = read_u32(at);
    return true;
}

static bool name_skip(struct cursor *cursor) {
    uint32_t size = 0;
    while (size < cursor->left && cursor->at[size] != 0) {
        size++;
    }
    return size < cursor->left && skip(cursor, (uint64_t)size + 1);
}

static bool property_skip(struct cursor *cursor) {
    uint32_t size, name;
    return token_read(cursor, &size) && token_read(cursor, &name) && name < cursor->strings_size &&
           skip(cursor, size);
}

/* After the root's end only the end of all may come. */
static bool end_check(struct cursor *cursor) {
    uint32_t token = FDT_NOP;
    while (token == FDT_NOP) {
        if (!token_read(cursor, &token)) {
            return false;
        }
    }
    return token == FDT_END;
}

static bool structure_check(struct cursor *cursor) {
    uint32_t token;
    bool first = true;
    do {
        if (!token_read(cursor, &token) || (first && token != FDT_BEGIN_NODE)) {
            return false;
        }
        first = false;
        bool good = token == FDT_NOP;
        if (token == FDT_BEGIN_NODE) {
            good = ++cursor->depth <= DEVICE_TREE_DEPTH_MAX && name_skip(cursor);
        } else if (token == FDT_END_NODE) {
            cursor->depth--;
            good = true;
        } else if (token == FDT_PROP) {
            good = property_skip(cursor);
        }
        if (!good) {
            return false;
        }
    } while (cursor->depth > 0);
    return end_check(cursor);
}

static bool reservations_check(const uint8_t *blob, uint32_t offset, uint32_t size) {
    static const uint8_t none[8] = {0};
    if (offset % 8 != 0) {
        return false;
    }
    for (uint64_t at = offset; range_within(at, 16, size); at += 16) {
        if (memcmp(blob + at + 8, none, 8) == 0) {
            return true;
        }
    }
    return false;
}

bool blob_check(const void *blob, size_t size) {
    if ((uintptr_t)blob % 8 != 0 || size < DEVICE_TREE_HEADER_SIZE) {
        return false;
    }
    uint32_t total = device_tree_measure(blob);
    uint32_t structure = fdt_off_dt_struct(blob), structure_size = fdt_size_dt_struct(blob);
    uint32_t strings = fdt_off_dt_strings(blob), strings_size = fdt_size_dt_strings(blob);
    const uint8_t *bytes = blob;
    if (total < DEVICE_TREE_HEADER_SIZE || total > size || fdt_version(blob) < 17 ||
        fdt_last_comp_version(blob) > 17 || structure % FDT_TAGSIZE != 0 ||
        !range_within(structure, structure_size, total) ||
        !range_within(strings, strings_size, total) ||
        (strings_size > 0 && bytes[strings + strings_size - 1] != 0)) {
        return false;
    }
    struct cursor cursor = {bytes + structure, structure_size, strings_size, 0};
    return reservations_check(bytes, fdt_off_mem_rsvmap(blob), total) && structure_check(&cursor);
}
