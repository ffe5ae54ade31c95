/* SPDX-License-Identifier: MIT */
/* The kernel's ELF file. Every offset in it is checked by peek(); nothing is followed twice. */
#include <abi/bootinfo.h>
#include <boot/kernel.h>
#include <boot/peek.h>

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
constexpr uint64_t PAGE = 4096;

static const char *machine_name(uint16_t machine) {
    switch (machine) {
    case KERNEL_X86_64:
        return "x86_64";
    case KERNEL_AARCH64:
        return "aarch64";
    case KERNEL_RISCV64:
        return "riscv64";
    default:
        return "another machine";
    }
}

static bool header_check(struct bytes file, uint16_t machine, struct file_header *header,
                         struct complaint *complaint) {
    static const uint8_t ident[6] = {0x7F, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */};
    if (!peek(file, 0, header, sizeof *header)) {
        return complain(complaint, "the kernel is truncated: %zu bytes are no ELF file",
                        bytes_left(&file));
    }
    if (memcmp(header->ident, ident, sizeof ident) != 0) {
        return complain(complaint, "the kernel is no 64-bit little-endian ELF file");
    }
    if (header->machine != machine) {
        return complain(complaint, "the kernel is for %s (ELF machine %u), this machine is %s",
                        machine_name(header->machine), header->machine, machine_name(machine));
    }
    return true;
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

static bool segment_check(struct bytes file, const struct file_header *header,
                          const struct segment *segment, struct kernel *out,
                          struct complaint *complaint) {
    if (!peek_part(file, segment->offset, segment->file_size, &out->contents)) {
        return complain(complaint, "the kernel is truncated: its segment ends beyond the file");
    }
    if (segment->memory_size == 0 || segment->memory_size > KERNEL_SIZE_MAX ||
        segment->file_size > segment->memory_size) {
        return complain(complaint, "the kernel wants %llu bytes of memory, at most %llu are given",
                        (unsigned long long)segment->memory_size,
                        (unsigned long long)KERNEL_SIZE_MAX);
    }
    if (segment->address % PAGE != 0 || segment->address > -align_up(segment->memory_size, PAGE)) {
        return complain(complaint, "the kernel's address 0x%llx is not at a page or too high",
                        (unsigned long long)segment->address);
    }
    if (header->entry - segment->address >= segment->memory_size) {
        return complain(complaint, "the kernel's entry 0x%llx is not within it",
                        (unsigned long long)header->entry);
    }
    return true;
}

/* Does the string table hold `name` at `offset`? */
static bool name_is(struct bytes strings, uint64_t offset, const char *name) {
    char held[16];
    size_t size = strlen(name) + 1;
    return size <= sizeof held && peek(strings, offset, held, size) &&
           memcmp(held, name, size) == 0;
}

static void symbol_apply(struct kernel *kernel, struct bytes strings, const struct symbol *symbol) {
    if (name_is(strings, symbol->name, "bootboot")) {
        kernel->bootinfo = symbol->value;
    } else if (name_is(strings, symbol->name, "environment")) {
        kernel->environment = symbol->value;
    } else if (name_is(strings, symbol->name, "fb")) {
        kernel->framebuffer = symbol->value;
    } else if (name_is(strings, symbol->name, "initstack")) {
        uint64_t size = align_up(symbol->value & 0xFFFF'FFFF, 16);
        size = size < BOOTINFO_STACK_SIZE ? BOOTINFO_STACK_SIZE : size;
        kernel->stack_size = size > KERNEL_STACK_MAX ? KERNEL_STACK_MAX : (uint32_t)size;
    }
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
        symbol_apply(out, strings, &symbol);
    }
}

static bool places_check(const struct kernel *kernel, struct complaint *complaint) {
    const uint64_t places[] = {kernel->bootinfo, kernel->environment, kernel->framebuffer};
    static const char *const names[] = {"bootboot", "environment", "fb"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (places[i] < KERNEL_WINDOW || places[i] % PAGE != 0) {
            return complain(complaint,
                            "the kernel's symbol %s is at 0x%llx: not a page in the "
                            "topmost GiB",
                            names[i], (unsigned long long)places[i]);
        }
    }
    return true;
}

bool kernel_parse(struct bytes file, uint16_t machine, struct kernel *out,
                  struct complaint *complaint) {
    struct file_header header = {};
    struct segment segment = {};
    if (!header_check(file, machine, &header, complaint) ||
        !segment_choose(file, &header, &segment, complaint) ||
        !segment_check(file, &header, &segment, out, complaint)) {
        return false;
    }
    out->address = segment.address;
    out->size = segment.memory_size;
    out->entry = header.entry;
    out->bootinfo = BOOTINFO_ADDRESS;
    out->environment = BOOTINFO_ENVIRONMENT_ADDRESS;
    out->framebuffer = BOOTINFO_FRAMEBUFFER_ADDRESS;
    out->stack_size = BOOTINFO_STACK_SIZE;
    symbols_apply(file, &header, out);
    return places_check(out, complaint);
}
