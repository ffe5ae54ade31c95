/* SPDX-License-Identifier: MIT */
/* The kernel as an ELF file. Every offset in it is checked by peek(); nothing is followed twice. */
#include "executable.h"
#include <base/checked.h>
#include <base/string.h>

struct file_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t size, segment_size, segment_count, section_size, section_count, names;
};
static_assert(sizeof(struct file_header) == 64);

struct segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, alignment;
};
static_assert(sizeof(struct segment) == 56);

struct section {
    uint32_t name, type;
    uint64_t flags, address, offset, size;
    uint32_t link, info;
    uint64_t alignment, entry_size;
};
static_assert(sizeof(struct section) == 64);

struct symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};
static_assert(sizeof(struct symbol) == 24);

constexpr uint32_t SEGMENT_LOAD = 1;
constexpr uint32_t SECTION_SYMBOLS = 2;

static bool header_check(struct bytes file, struct file_header *header,
                         struct complaint *complaint) {
    static const uint8_t ident[6] = {0x7F, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */};
    if (!peek(file, 0, header, sizeof *header)) {
        return complain(complaint, "the kernel is truncated: %zu bytes are no ELF file",
                        bytes_left(&file));
    }
    return memcmp(header->ident, ident, sizeof ident) == 0 ||
           complain(complaint, "the kernel is neither a 64-bit little-endian ELF file nor PE32+");
}

/* The first segment to load into the window. */
static bool segment_choose(struct bytes file, const struct file_header *header,
                           struct segment *segment, struct complaint *complaint) {
    if (header->segment_size != sizeof *segment) {
        return complain(complaint, "the kernel is damaged: program headers of %u bytes",
                        header->segment_size);
    }
    uint64_t at = header->segments;
    for (uint32_t i = 0; i < header->segment_count; i++, at += sizeof *segment) {
        if (!peek(file, at, segment, sizeof *segment)) {
            return complain(complaint, "the kernel is truncated: program header %u is missing", i);
        }
        if (segment->type == SEGMENT_LOAD && segment->address >= KERNEL_WINDOW) {
            return true;
        }
    }
    return complain(complaint, "the kernel has no segment to load above 0x%llx",
                    (unsigned long long)KERNEL_WINDOW);
}

static bool segment_take(struct bytes file, const struct segment *segment, struct kernel *out,
                         struct complaint *complaint) {
    struct bytes contents;
    if (!peek_part(file, segment->offset, segment->file_size, &contents)) {
        return complain(complaint,
                        "the kernel is truncated: its segment (%llu bytes at %llu) ends beyond "
                        "the file",
                        (unsigned long long)segment->file_size,
                        (unsigned long long)segment->offset);
    }
    if (segment->file_size > segment->memory_size) {
        return complain(complaint, "the kernel is damaged: %llu bytes for a segment of %llu",
                        (unsigned long long)segment->file_size,
                        (unsigned long long)segment->memory_size);
    }
    out->address = segment->address;
    out->size = segment->memory_size;
    out->parts[out->part_count++] = (struct kernel_part){0, contents};
    return true;
}

/* Applies the symbols of the first symbol table, when there is a whole one. */
static void symbols_apply(struct bytes file, const struct file_header *header, struct kernel *out) {
    struct section table, names;
    struct bytes symbols, strings;
    uint32_t i = 0;
    do {
        if (i >= header->section_count || header->section_size != sizeof table ||
            !peek(file, header->sections + (uint64_t)i * sizeof table, &table, sizeof table)) {
            return;
        }
        i++;
    } while (table.type != SECTION_SYMBOLS);
    if (table.link >= header->section_count ||
        !peek(file, header->sections + (uint64_t)table.link * sizeof names, &names, sizeof names) ||
        !peek_part(file, table.offset, table.size, &symbols) ||
        !peek_part(file, names.offset, names.size, &strings)) {
        return;
    }
    struct symbol symbol;
    for (uint64_t at = 0; peek(symbols, at, &symbol, sizeof symbol); at += sizeof symbol) {
        char name[SYMBOL_NAME_SIZE];
        kernel_read_name(strings, symbol.name, name);
        kernel_apply_symbol(out, name, symbol.value);
    }
}

bool elf_parse(struct bytes file, uint16_t machine, struct kernel *out,
               struct complaint *complaint) {
    struct file_header header = {};
    struct segment segment = {};
    if (!header_check(file, &header, complaint) ||
        !kernel_check_machine(header.machine, machine, complaint) ||
        !segment_choose(file, &header, &segment, complaint) ||
        !segment_take(file, &segment, out, complaint)) {
        return false;
    }
    out->entry = header.entry;
    symbols_apply(file, &header, out);
    return true;
}
