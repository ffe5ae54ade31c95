/* SPDX-License-Identifier: MIT */
/*
 * The kernel as a PE32+ file. All sections that are not discardable are loaded; the memory from the
 * lowest to the highest of them is the kernel's.
 *
 *   0 "MZ"   [0x3C] u32 -> "PE" 0 0   COFF header 20   optional header   section headers 40 each
 *
 * An address is the image base and a 32-bit offset to it, with its sign: linkers with an image base
 * of 0 write the lower halves of addresses in the topmost GiB. Every offset in the file is checked
 * by peek(); nothing is followed twice.
 *
 * Source: Microsoft, "PE Format": sections 2.3, 2.4 (headers), 3 (sections), 4.4, 4.6 (symbols and
 * their names).
 */
#include "executable.h"
#include <base/checked.h>
#include <base/string.h>

struct [[gnu::packed]] headers { /* of the file, and what all optional headers begin with */
    char magic[4];
    uint16_t machine, section_count;
    uint32_t time, symbols, symbol_count;
    uint16_t optional_size, characteristics;
    uint16_t optional_magic;
    uint8_t linker[2];
    uint32_t code_size, data_size, bss_size;
    uint32_t entry, code;
    uint64_t base;
};
static_assert(sizeof(struct headers) == 24 + 32);
constexpr uint32_t OPTIONAL_AT = 24;

struct section {
    char name[8];
    uint32_t memory_size, address;
    uint32_t file_size, offset;
    uint32_t relocations, lines;
    uint16_t relocation_count, line_count;
    uint32_t flags;
};
static_assert(sizeof(struct section) == 40);

struct [[gnu::packed]] symbol {
    union {
        char name[8];
        struct {
            uint32_t zeros, offset;
        };
    };
    uint32_t value;
    int16_t section; /* from 1; -1: the value is an address */
    uint16_t type;
    uint8_t class, extra_count;
};
static_assert(sizeof(struct symbol) == 18);

constexpr uint32_t HEADERS_AT = 0x3C;
constexpr uint16_t PE32_PLUS = 0x20B;
constexpr uint32_t DISCARDABLE = 0x0200'0000;
constexpr int16_t SECTION_ABSOLUTE = -1;

struct image {
    struct bytes file;
    uint64_t headers_at;
    struct headers headers;
};

/* PE's numbers of machines in ELF's. */
static uint16_t machine_of(uint16_t machine) {
    switch (machine) {
    case 0x8664:
        return KERNEL_X86_64;
    case 0xAA64:
        return KERNEL_AARCH64;
    case 0x5064:
        return KERNEL_RISCV64;
    default:
        return 0;
    }
}

static uint64_t address_of(const struct image *image, uint32_t offset) {
    return image->headers.base + (uint64_t)(int32_t)offset;
}

static bool headers_read(struct image *image, struct complaint *complaint) {
    uint32_t at = 0;
    if (!peek(image->file, HEADERS_AT, &at, sizeof at) ||
        !peek(image->file, at, &image->headers, sizeof image->headers)) {
        return complain(complaint, "the kernel is truncated: no PE header at byte %u", at);
    }
    image->headers_at = at;
    return (memcmp(image->headers.magic, "PE\0", 4) == 0 &&
            image->headers.optional_magic == PE32_PLUS) ||
           complain(complaint, "the kernel is neither a 64-bit little-endian ELF file nor PE32+");
}

static bool section_read(const struct image *image, uint32_t index, struct section *out) {
    uint64_t first = image->headers_at + OPTIONAL_AT + image->headers.optional_size;
    return index < image->headers.section_count &&
           peek(image->file, first + index * sizeof *out, out, sizeof *out);
}

/* Some linkers leave the size in memory out. */
static uint32_t size_of(const struct section *section) {
    return section->memory_size != 0 ? section->memory_size : section->file_size;
}

static bool is_loaded(const struct section *section) {
    return (section->flags & DISCARDABLE) == 0 && size_of(section) != 0;
}

/* The part starts with an address for an offset; start_from() makes it one. */
static bool section_take(const struct image *image, uint32_t index, const struct section *section,
                         struct kernel *out, struct complaint *complaint) {
    uint32_t size = size_of(section);
    struct kernel_part part = {.offset = address_of(image, section->address)};
    uint32_t held = section->file_size < size ? section->file_size : size;
    if (!peek_part(image->file, held == 0 ? 0 : section->offset, held, &part.contents)) {
        return complain(complaint, "the kernel is truncated: its section %u ends beyond the file",
                        index + 1);
    }
    if (part.offset < KERNEL_WINDOW || part.offset > -(uint64_t)size ||
        out->part_count == KERNEL_PARTS_MAX) {
        return complain(complaint, "the kernel's section %u lies at 0x%llx", index + 1,
                        (unsigned long long)part.offset);
    }
    uint64_t end = part.offset + size - 1; /* of the kernel, so far: its last byte */
    uint64_t last = out->part_count == 0 ? end : out->address + (out->size - 1);
    out->address = out->part_count == 0 || part.offset < out->address ? part.offset : out->address;
    out->size = (end > last ? end : last) - out->address + 1;
    out->parts[out->part_count++] = part;
    return true;
}

static void start_from(struct kernel *out) {
    for (size_t i = 0; i < out->part_count; i++) {
        out->parts[i].offset -= out->address;
    }
}

static bool sections_take(const struct image *image, struct kernel *out,
                          struct complaint *complaint) {
    struct section section;
    for (uint32_t i = 0; i < image->headers.section_count; i++) {
        if (!section_read(image, i, &section)) {
            return complain(complaint, "the kernel is truncated: section header %u is missing",
                            i + 1);
        }
        if (is_loaded(&section) && !section_take(image, i, &section, out, complaint)) {
            return false;
        }
    }
    start_from(out);
    return out->part_count > 0 || complain(complaint, "the kernel has no section to load");
}

static void symbol_apply(const struct image *image, struct bytes strings,
                         const struct symbol *symbol, struct kernel *out) {
    char name[SYMBOL_NAME_SIZE] = {};
    struct section section;
    if (symbol->zeros == 0) {
        kernel_read_name(strings, symbol->offset, name);
    } else {
        memcpy(name, symbol->name, sizeof symbol->name);
    }
    if (symbol->section == SECTION_ABSOLUTE) {
        kernel_apply_symbol(out, name, (uint64_t)(int32_t)symbol->value);
    } else if (symbol->section > 0 &&
               section_read(image, (uint32_t)symbol->section - 1, &section)) {
        kernel_apply_symbol(out, name, address_of(image, section.address + symbol->value));
    }
}

/* Behind the symbols are their names' table, whose first four bytes are its size. */
static void symbols_apply(const struct image *image, struct kernel *out) {
    const struct headers *headers = &image->headers;
    uint64_t size = (uint64_t)headers->symbol_count * sizeof(struct symbol);
    struct bytes strings = bytes_init(image->file.at, 0);
    struct symbol symbol;
    if (headers->symbols == 0) {
        return;
    }
    if (range_within(headers->symbols, size, bytes_left(&image->file))) {
        uint64_t at = headers->symbols + size;
        (void)peek_part(image->file, at, bytes_left(&image->file) - at, &strings);
    }
    for (uint64_t at = 0; at < size; at += sizeof symbol * (UINT64_C(1) + symbol.extra_count)) {
        if (!peek(image->file, headers->symbols + at, &symbol, sizeof symbol)) {
            return;
        }
        symbol_apply(image, strings, &symbol, out);
    }
}

bool pe_parse(struct bytes file, uint16_t machine, struct kernel *out,
              struct complaint *complaint) {
    struct image image = {.file = file};
    if (!headers_read(&image, complaint) ||
        !kernel_check_machine(machine_of(image.headers.machine), machine, complaint) ||
        !sections_take(&image, out, complaint)) {
        return false;
    }
    out->entry = address_of(&image, image.headers.entry);
    symbols_apply(&image, out);
    return true;
}
