/* SPDX-License-Identifier: MIT */
/* Images, archives and kernels in memory, and the firmware that boots from them. */
#include "fixture.h"
#include <base/checked.h>
#include <base/crc32.h>
#include <base/ensure.h>
#include <boot/kernel.h>
#include <stdio.h>
#include <stdlib.h>

uint32_t random_below(struct random *random, uint32_t limit) {
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)((random->state * 0x2545'F491'4F6C'DD1D >> 32) % limit);
}

void random_mutate(struct random *random, uint8_t *bytes, size_t size, unsigned most) {
    static const uint8_t edges[] = {0, 1, 0x7F, 0x80, 0xFF, 0xFE, 2, 0x20};
    for (unsigned i = random_below(random, most) + 1; i > 0; i--) {
        uint8_t *at = &bytes[random_below(random, (uint32_t)size)];
        switch (random_below(random, 3)) {
        case 0:
            *at ^= (uint8_t)(1 << random_below(random, 8));
            break;
        case 1:
            *at = edges[random_below(random, sizeof edges)];
            break;
        default:
            *at = (uint8_t)random_below(random, 256);
        }
    }
}

static void put_u16(uint8_t *to, uint32_t value) {
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *to, uint32_t value) {
    put_u16(to, value);
    put_u16(to + 2, value >> 16);
}

static void put_u64(uint8_t *to, uint64_t value) {
    put_u32(to, (uint32_t)value);
    put_u32(to + 4, (uint32_t)(value >> 32));
}

static void seal(struct image *image, uint64_t own, uint64_t other, uint64_t entries) {
    uint8_t *header = image->bytes + own * DISK_SECTOR_SIZE;
    memcpy(header, "EFI PART", 8);
    put_u32(header + 8, 0x10000);
    put_u32(header + 12, 92);
    put_u32(header + 16, 0);
    put_u64(header + 24, own);
    put_u64(header + 32, other);
    put_u64(header + 72, entries);
    put_u32(header + 80, 128);
    put_u32(header + 84, 128);
    put_u32(header + 88, crc32_add(0, image->bytes + entries * DISK_SECTOR_SIZE, 128 * 128));
    put_u32(header + 16, crc32_add(0, header, 92));
}

void image_seal(struct image *image) {
    uint64_t last = image->sectors - 1;
    memcpy(image->bytes + (last - 32) * DISK_SECTOR_SIZE, image->bytes + 2 * DISK_SECTOR_SIZE,
           128 * 128);
    seal(image, 1, last, 2);
    seal(image, last, 1, last - 32);
}

static void partition_add(struct image *image, uint64_t count) {
    static const uint8_t type[16] = {0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11,
                                     0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B};
    uint8_t *entry = image->bytes + 2 * DISK_SECTOR_SIZE;
    memcpy(entry, type, sizeof type);
    entry[16] = 1;
    put_u64(entry + 32, IMAGE_PARTITION);
    put_u64(entry + 40, IMAGE_PARTITION + count - 1);
    entry[48] = 4; /* attribute bit 2 */
    image_seal(image);
}

static void parameters_write(struct image *image, uint64_t count) {
    uint8_t *sector = image->bytes + IMAGE_PARTITION * DISK_SECTOR_SIZE;
    put_u16(sector + 11, DISK_SECTOR_SIZE);
    sector[13] = 1;
    put_u16(sector + 14, IMAGE_RESERVED);
    sector[16] = 1;
    put_u16(sector + 17, image->wide ? 0 : 32);
    put_u32(sector + 32, (uint32_t)count);
    if (image->wide) {
        put_u32(sector + 36, image->table_sectors);
        put_u32(sector + 44, 2);
    } else {
        put_u16(sector + 22, image->table_sectors);
    }
    put_u16(sector + 510, 0xAA55);
}

uint8_t *image_table(struct image *image, uint32_t cluster) {
    return image->bytes + (IMAGE_PARTITION + IMAGE_RESERVED) * DISK_SECTOR_SIZE +
           (size_t)cluster * (image->wide ? 4 : 2);
}

static void link_set(struct image *image, uint32_t cluster, uint32_t next) {
    uint8_t *entry = image_table(image, cluster);
    image->wide ? put_u32(entry, next) : put_u16(entry, next);
}

static uint32_t root_sectors(const struct image *image) {
    return image->wide ? 0 : 2;
}

uint8_t *image_cluster(struct image *image, uint32_t cluster) {
    uint64_t data = IMAGE_PARTITION + IMAGE_RESERVED + image->table_sectors + root_sectors(image);
    return image->bytes + (data + cluster - 2) * DISK_SECTOR_SIZE;
}

static void entry_write(uint8_t *entry, const char *name, bool folder, uint32_t cluster,
                        uint32_t size) {
    memcpy(entry, name, 11);
    entry[11] = folder ? 0x10 : 0x20;
    put_u16(entry + 20, cluster >> 16);
    put_u16(entry + 26, cluster);
    put_u32(entry + 28, size);
}

void image_create(struct image *image, bool wide) {
    uint32_t clusters = wide ? 66'000 : 4'200;
    uint32_t table = (clusters + 2) * (wide ? 4 : 2) / DISK_SECTOR_SIZE + 1;
    *image = (struct image){.wide = wide, .cluster_count = clusters, .table_sectors = table};
    uint64_t count = IMAGE_RESERVED + table + root_sectors(image) + clusters;
    image->sectors = IMAGE_PARTITION + count + 40;
    image->bytes = calloc(image->sectors, DISK_SECTOR_SIZE);
    parameters_write(image, count);
    partition_add(image, count);
    uint8_t *root = wide ? image_cluster(image, 2) : image_cluster(image, 2) - 2 * DISK_SECTOR_SIZE;
    image->folder = wide ? 3 : 2;
    image->next_cluster = image->folder + 1;
    link_set(image, 2, 0x0FFF'FFFF);
    link_set(image, image->folder, 0x0FFF'FFFF);
    entry_write(root, "COPPER     ", false, 0, 0);
    root[11] = 0x08;
    entry_write(root + 32, "BOOTBOOT   ", true, image->folder, 0);
}

void image_destroy(struct image *image) {
    free(image->bytes);
}

void image_add(struct image *image, const char *name, const void *bytes, size_t size,
               bool scattered) {
    uint32_t count = (uint32_t)((size + DISK_SECTOR_SIZE - 1) / DISK_SECTOR_SIZE);
    uint32_t base = image->next_cluster, previous = 0;
    image->next_cluster += count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cluster = scattered ? base + count - 1 - i : base + i;
        size_t done = (size_t)i * DISK_SECTOR_SIZE;
        size_t step = size - done < DISK_SECTOR_SIZE ? size - done : DISK_SECTOR_SIZE;
        memcpy(image_cluster(image, cluster), (const uint8_t *)bytes + done, step);
        if (previous != 0) {
            link_set(image, previous, cluster);
        }
        link_set(image, cluster, 0x0FFF'FFFF);
        previous = cluster;
    }
    uint32_t first = count == 0 ? 0 : scattered ? base + count - 1 : base;
    uint8_t *folder = image_cluster(image, image->folder);
    entry_write(folder + 32 * image->folder_entries++, name, false, first, (uint32_t)size);
}

static bool image_read(void *context, uint64_t sector, uint32_t count, void *to) {
    struct image *image = context;
    if (!range_within(sector, count, image->sectors)) {
        return false;
    }
    memcpy(to, image->bytes + sector * DISK_SECTOR_SIZE, (size_t)count * DISK_SECTOR_SIZE);
    return true;
}

struct disk image_disk(struct image *image) {
    return (struct disk){"test disk", image->sectors, image_read, image};
}

void archive_checksum(uint8_t *header) {
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++) {
        sum += header[i];
    }
    snprintf((char *)header + 148, 7, "%06o", sum);
}

void archive_add(struct buffer *archive, const char *name, const void *bytes, size_t size) {
    size_t whole = 512 + align_up(size, 512);
    archive->bytes = realloc(archive->bytes, archive->size + whole);
    uint8_t *header = archive->bytes + archive->size;
    memset(header, 0, whole);
    memcpy(header, name, strlen(name));
    snprintf((char *)header + 124, 12, "%011zo", size);
    header[156] = '0';
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    archive_checksum(header);
    memcpy(header + 512, bytes, size);
    archive->size += whole;
}

void archive_finish(struct buffer *archive) {
    archive->bytes = realloc(archive->bytes, archive->size + 1024);
    memset(archive->bytes + archive->size, 0, 1024);
    archive->size += 1024;
}

static void section_write(uint8_t *to, uint32_t type, uint64_t offset, uint64_t size,
                          uint32_t link) {
    put_u32(to + 4, type);
    put_u64(to + 24, offset);
    put_u64(to + 32, size);
    put_u32(to + 40, link);
}

/*
 *     0    header   64 program header   128 section headers (3)   512 symbols (5)   1024 strings
 *     4096 the segment
 */
struct buffer elf_create(uint64_t address, const void *code, size_t size, uint64_t memory_size) {
    static const char strings[] = "\0bootboot\0environment\0fb\0initstack";
    struct buffer file = {calloc(1, 4096 + size), 4096 + size};
    uint8_t *bytes = file.bytes;
    memcpy(bytes,
           "\x7F"
           "ELF\2\1\1",
           7);
    put_u16(bytes + 16, 2);
    put_u16(bytes + 18, KERNEL_X86_64);
    put_u64(bytes + 24, address + 16);
    put_u64(bytes + 32, 64);
    put_u64(bytes + 40, 128);
    put_u16(bytes + 54, 56);
    put_u16(bytes + 56, 1);
    put_u16(bytes + 58, 64);
    put_u16(bytes + 60, 3);
    put_u32(bytes + 64, 1);
    put_u64(bytes + 64 + 8, 4096);
    put_u64(bytes + 64 + 16, address);
    put_u64(bytes + 64 + 32, size);
    put_u64(bytes + 64 + 40, memory_size);
    section_write(bytes + 128 + 64, 2, 512, 24 * 5, 2);
    section_write(bytes + 128 + 128, 3, 1024, sizeof strings, 0);
    memcpy(bytes + 1024, strings, sizeof strings);
    memcpy(bytes + 4096, code, size);
    return file;
}

static void pe_section_write(uint8_t *to, uint32_t memory_size, uint32_t address,
                             uint32_t file_size, uint32_t offset, uint32_t flags) {
    put_u32(to + 8, memory_size);
    put_u32(to + 12, address);
    put_u32(to + 16, file_size);
    put_u32(to + 20, offset);
    put_u32(to + 36, flags);
}

/*
 *     0    "MZ"   64 headers   200 section headers (3)   512 symbols (5)   602 names
 *     4096 the first section. The image base is 64 KiB below the kernel.
 */
struct buffer pe_create(uint64_t address, const void *code, size_t size, uint64_t memory_size) {
    constexpr uint32_t base_to_code = 0x10000, bss = 4096;
    struct buffer file = {calloc(1, 4096 + size), 4096 + size};
    uint8_t *bytes = file.bytes, *headers = bytes + PE_HEADERS_AT;
    memcpy(bytes, "MZ", 2);
    put_u32(bytes + 0x3C, PE_HEADERS_AT);
    memcpy(headers, "PE", 2);
    put_u16(headers + 4, 0x8664);
    put_u16(headers + 6, 3);
    put_u32(headers + 12, PE_SYMBOLS_AT);
    put_u32(headers + 16, 5);
    put_u16(headers + 20, 112);
    put_u16(headers + 24, 0x20B);
    put_u32(headers + 40, base_to_code + 16);
    put_u64(headers + 48, address - base_to_code);
    uint8_t *sections = bytes + PE_SECTIONS_AT;
    pe_section_write(sections, (uint32_t)memory_size - bss, base_to_code, (uint32_t)size, 4096,
                     0xE000'0020);
    pe_section_write(sections + 40, bss, base_to_code + (uint32_t)memory_size - bss, 0, 0,
                     0xC000'0080);
    pe_section_write(sections + 80, 100, 0x1000, 100, 0x7FFF'FFFF, 0x4200'0040);
    static const char names[] = "\0\0\0\0environment\0initstack";
    memcpy(bytes + PE_SYMBOLS_AT + 5 * 18, names, sizeof names);
    memcpy(bytes + 4096, code, size);
    return file;
}

struct machine machine;

const uint16_t firmware_machine = KERNEL_X86_64;
const uint8_t firmware_loader = BOOTINFO_LOADER_BIOS;
const char firmware_initrd_name[] = "BOOTBOOT/X86_64";

static void *allocated[4096];
static size_t allocated_count;
static struct memory_map memory_map;

void machine_reset(void) {
    while (allocated_count > 0) {
        free(allocated[--allocated_count]);
    }
    machine = (struct machine){.memory_left = 64 << 20, .cores = 1};
}

void firmware_print(struct text text) {
    size_t used = strlen(machine.printed);
    snprintf(machine.printed + used, sizeof machine.printed - used, "%.*s", (int)text.size,
             text.bytes);
}

bool firmware_disk(size_t index, struct disk *out) {
    if (index > 0 || machine.image == nullptr) {
        return false;
    }
    *out = image_disk(machine.image);
    return true;
}

bool firmware_allocate(uint64_t size, uint64_t *address) {
    size = align_up(size, MEMORY_PAGE);
    if (size > machine.memory_left || allocated_count == COUNT_OF(allocated)) {
        return false;
    }
    void *memory = aligned_alloc(MEMORY_PAGE, size == 0 ? MEMORY_PAGE : size);
    memset(memory, 0xA5, size);
    machine.memory_left -= size;
    allocated[allocated_count++] = memory;
    *address = (uintptr_t)memory;
    return true;
}

void firmware_release(uint64_t address, uint64_t size) {
    for (size_t i = 0; i < allocated_count; i++) {
        if ((uintptr_t)allocated[i] == address) {
            free(allocated[i]);
            allocated[i] = nullptr;
            machine.memory_left += align_up(size, MEMORY_PAGE);
        }
    }
}

uint64_t firmware_memory_left(void) {
    return machine.memory_left;
}

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    *out = machine.framebuffer;
    if (out->address != 0) {
        out->width = width;
        out->height = height;
    }
}

void firmware_date(uint8_t date[8], int16_t *timezone_minutes) {
    memcpy(date, "\x20\x26\x01\x02\x03\x04\x05", 8);
    *timezone_minutes = 0;
}

void firmware_tables(uint64_t words[8]) {
    words[0] = 0xACB1;
}

void firmware_cores(bool single, struct cores *out) {
    *out = (struct cores){single ? 1 : machine.cores, 7};
}

bool firmware_finish(uint64_t pages, struct cores *cores, const struct memory_map **out,
                     struct complaint *complaint) {
    memory_map.count = 0;
    *out = &memory_map;
    return memory_paint(&memory_map, 0x1000, 0x9'0000, BOOTINFO_FREE);
}

uint64_t machine_translate(uint64_t root, uint64_t address) {
    constexpr uint64_t mask = 0x000F'FFFF'FFFF'F000;
    uint64_t table = root;
    for (int shift = 39;; shift -= 9) {
        uint64_t entry = ((const uint64_t *)(uintptr_t)table)[address >> shift & 511];
        if ((entry & 1) == 0) {
            return 0;
        }
        if (shift == 12 || (entry & 0x80) != 0) {
            uint64_t within = address & ((UINT64_C(1) << shift) - 1);
            return (entry & mask) + within;
        }
        table = entry & mask;
    }
}

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    abort();
}

void firmware_enter(const struct entry *entry) {
    abort();
}

void firmware_stop(void) {
    abort();
}
