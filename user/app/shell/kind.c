/* SPDX-License-Identifier: MIT */
/*
 * See kind.h. Only the module's section of imports is read, at most its first KiBs: whoever imports
 * WASI does so among the first. The kernel validates; here nothing is trusted, and nothing hangs on
 * the answer but which adapter the program gets. Source: WebAssembly 2.0, 5.5.2 and 5.5.5.
 */
#include "kind.h"
#include <base/bytes.h>
#include <base/string.h>
#include <user/file.h>

constexpr uint32_t PIECE = 16384;
constexpr uint8_t SECTION_IMPORT = 2;
constexpr uint32_t SECTIONS_MAX = 64; /* that are looked at */
static const uint8_t MAGIC[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

static uint8_t piece[PIECE];

/* What lies there, as far as a piece goes. */
static status_t read_at(handle_t file, uint64_t offset, struct bytes *out) {
    uint32_t got;
    status_t status = file_read(file, offset, piece, sizeof piece, &got);
    *out = bytes_init(piece, got);
    return status;
}

static bool take_name(struct bytes *bytes, struct text *out) {
    uint32_t size;
    struct bytes part;
    if (!bytes_read_leb_u32(bytes, &size) || !bytes_read_part(bytes, size, &part)) {
        return false;
    }
    *out = (struct text){(const char *)part.at, size};
    return true;
}

static bool skip_limits(struct bytes *bytes) {
    uint8_t flags;
    uint32_t number;
    return bytes_read_u8(bytes, &flags) && bytes_read_leb_u32(bytes, &number) &&
           ((flags & 1) == 0 || bytes_read_leb_u32(bytes, &number));
}

/* Of function, table, memory, global. */
static bool skip_description(struct bytes *bytes) {
    uint8_t kind;
    uint32_t number;
    if (!bytes_read_u8(bytes, &kind)) {
        return false;
    }
    switch (kind) {
    case 0:
        return bytes_read_leb_u32(bytes, &number);
    case 1:
        return bytes_skip(bytes, 1) && skip_limits(bytes);
    case 2:
        return skip_limits(bytes);
    default:
        return bytes_skip(bytes, 2);
    }
}

static bool is_wasi(struct text module) {
    return text_equal(module, text_of("wasi_snapshot_preview1")) ||
           text_equal(module, text_of("wasi_unstable"));
}

static bool imports_wasi(struct bytes *bytes) {
    uint32_t count;
    struct text module, name;
    bool good = bytes_read_leb_u32(bytes, &count);
    for (uint32_t i = 0; good && i < count; i++) {
        good = take_name(bytes, &module) && take_name(bytes, &name) && skip_description(bytes);
        if (good && is_wasi(module)) {
            return true;
        }
    }
    return false;
}

/* Goes from section to section; those before the imports are types and what has no meaning. */
static status_t search(handle_t file, bool *wasi) {
    struct bytes bytes;
    uint64_t at = sizeof MAGIC;
    status_t status = read_at(file, 0, &bytes);
    if (status == OK &&
        (bytes_left(&bytes) < sizeof MAGIC || memcmp(piece, MAGIC, sizeof MAGIC) != 0)) {
        return ERR_CORRUPT;
    }
    for (uint32_t i = 0; status == OK && i < SECTIONS_MAX; i++) {
        uint8_t id;
        uint32_t size;
        status = read_at(file, at, &bytes);
        if (status != OK || !bytes_read_u8(&bytes, &id) || !bytes_read_leb_u32(&bytes, &size)) {
            break;
        }
        if (id == SECTION_IMPORT) {
            *wasi = imports_wasi(&bytes);
            break;
        }
        at += bytes_offset(&bytes) + size;
    }
    return status;
}

status_t kind_find(const char *path, bool *wasi) {
    handle_t file;
    *wasi = false;
    status_t status = file_open(path, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, &file, nullptr);
    if (status == OK) {
        status = search(file, wasi);
        (void)system_handle_close(file);
    }
    return status;
}
