/* SPDX-License-Identifier: MIT */
/* Kernel files: what is taken from a good one, what is said about a bad one, seeded mutations. */
#include "fixture.h"
#include <boot/kernel.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

constexpr uint64_t ADDRESS = BOOTINFO_KERNEL_ADDRESS;

static struct complaint complaint;
static struct kernel kernel;
static const uint8_t code[100] = {0x90};

static struct buffer sample(void) {
    return elf_create(ADDRESS, code, sizeof code, 9000);
}

static bool parse(const struct buffer *file) {
    return kernel_parse(bytes_init(file->bytes, file->size), KERNEL_X86_64, &kernel, &complaint);
}

static void poke(struct buffer *file, size_t at, uint64_t value, size_t size) {
    memcpy(file->bytes + at, &value, size);
}

static void symbol_set(struct buffer *file, unsigned index, uint32_t name, uint64_t value) {
    poke(file, 512 + 24 * index, name, 4);
    poke(file, 512 + 24 * index + 8, value, 8);
}

static void test_good(void) {
    struct buffer file = sample();
    CHECK(parse(&file));
    CHECK(kernel.address == ADDRESS && kernel.size == 9000 && kernel.entry == ADDRESS + 16);
    CHECK(kernel.part_count == 1 && bytes_left(&kernel.parts[0].contents) == sizeof code &&
          kernel.parts[0].contents.at[0] == 0x90 && kernel.parts[0].offset == 0);
    CHECK(kernel.bootinfo == BOOTINFO_ADDRESS && kernel.stack_size == BOOTINFO_STACK_SIZE);
    symbol_set(&file, 1, 1, 0xFFFF'FFFF'D000'0000);
    symbol_set(&file, 2, 10, 0xFFFF'FFFF'D000'1000);
    symbol_set(&file, 3, 22, 0xFFFF'FFFF'E000'0000);
    symbol_set(&file, 4, 25, 4000);
    CHECK(parse(&file));
    CHECK(kernel.bootinfo == 0xFFFF'FFFF'D000'0000);
    CHECK(kernel.environment == 0xFFFF'FFFF'D000'1000);
    CHECK(kernel.framebuffer == 0xFFFF'FFFF'E000'0000 && kernel.stack_size == 4000);
    symbol_set(&file, 4, 25, 1 << 20);
    CHECK(parse(&file) && kernel.stack_size == KERNEL_STACK_MAX);
    free(file.bytes);
}

static void test_bad(void) {
    static const struct {
        uint64_t value;
        uint16_t at;
        uint8_t size;
        const char *complaint;
    } cases[] = {
        {0, 0, 1, "neither a 64-bit"},
        {1, 4, 1, "neither a 64-bit"},
        {183, 18, 2, "for aarch64"},
        {3, 18, 2, "for another machine"},
        {55, 54, 2, "damaged"},
        {-8, 32, 8, "truncated"},
        {2, 64, 4, "no segment"},
        {0x10'0000, 64 + 16, 8, "no segment"},
        {ADDRESS + 1, 64 + 16, 8, "not at a page"},
        {-4096, 64 + 16, 8, "too high"},
        {4097, 64 + 8, 8, "ends beyond the file"},
        {-1, 64 + 8, 8, "ends beyond the file"},
        {50, 64 + 40, 8, "100 bytes for a segment of 50"},
        {0, 64 + 40, 8, "damaged"},
        {17 << 20, 64 + 40, 8, "wants"},
        {-1, 64 + 40, 8, "wants"},
        {ADDRESS - 1, 24, 8, "entry"},
        {ADDRESS + 9000, 24, 8, "entry"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer file = sample();
        poke(&file, cases[i].at, cases[i].value, cases[i].size);
        CHECK(!parse(&file));
        CHECK(strstr(complaint.text, cases[i].complaint) != nullptr);
        free(file.bytes);
    }
    struct buffer file = sample();
    symbol_set(&file, 1, 22, 0x1000);
    CHECK(!parse(&file) && strstr(complaint.text, "symbol fb") != nullptr);
    file.size = 63;
    CHECK(!parse(&file) && strstr(complaint.text, "truncated") != nullptr);
    free(file.bytes);
}

static struct buffer pe_sample(void) {
    return pe_create(ADDRESS, code, sizeof code, 9000);
}

static void pe_symbol_set(struct buffer *file, unsigned index, const char *name, uint32_t at,
                          int16_t section, uint32_t value) {
    uint8_t *symbol = file->bytes + PE_SYMBOLS_AT + 18 * index;
    memset(symbol, 0, 18);
    memcpy(symbol, name, strlen(name));
    memcpy(symbol + 4, &at, at == 0 ? 0 : sizeof at);
    memcpy(symbol + 8, &value, sizeof value);
    memcpy(symbol + 12, &section, sizeof section);
}

static void test_pe(void) {
    struct buffer file = pe_sample();
    CHECK(parse(&file));
    CHECK(kernel.address == ADDRESS && kernel.size == 9000 && kernel.entry == ADDRESS + 16);
    CHECK(kernel.part_count == 2 && bytes_left(&kernel.parts[1].contents) == 0);
    CHECK(kernel.parts[0].offset == 0 && bytes_left(&kernel.parts[0].contents) == sizeof code);
    CHECK(kernel.parts[0].contents.at[0] == 0x90 && kernel.stack_size == BOOTINFO_STACK_SIZE);
    pe_symbol_set(&file, 1, "bootboot", 0, -1, 0xD000'0000);
    file.bytes[PE_SYMBOLS_AT + 18 + 17] = 1; /* the next one belongs to it */
    pe_symbol_set(&file, 2, "fb", 0, -1, 0xC000'0000);
    pe_symbol_set(&file, 3, "", 4, 2, 4096 - 9000 % 4096); /* "environment" */
    pe_symbol_set(&file, 4, "", 16, -1, 5000);             /* "initstack" */
    CHECK(parse(&file));
    CHECK(kernel.bootinfo == 0xFFFF'FFFF'D000'0000 && kernel.stack_size == 5008);
    CHECK(kernel.framebuffer == BOOTINFO_FRAMEBUFFER_ADDRESS);
    CHECK(kernel.environment == ADDRESS + 9000 - 9000 % 4096);
    free(file.bytes);
}

/* As linkers do it that know no image base above 4 GiB. */
static void test_pe_without_base(void) {
    struct buffer file = pe_sample();
    poke(&file, PE_HEADERS_AT + 48, 0, 8);
    poke(&file, PE_HEADERS_AT + 40, ADDRESS + 16, 4);
    poke(&file, PE_SECTIONS_AT + 12, ADDRESS, 4);
    poke(&file, PE_SECTIONS_AT + 52, ADDRESS + 9000 - 4096, 4);
    CHECK(parse(&file) && kernel.address == ADDRESS && kernel.entry == ADDRESS + 16);
    free(file.bytes);
}

static void test_bad_pe(void) {
    static const struct {
        uint64_t value;
        uint16_t at;
        uint8_t size;
        const char *complaint;
    } cases[] = {
        {8000, 0x3C, 4, "truncated: no PE header at byte 8000"},
        {-1, 0x3C, 4, "truncated: no PE header"},
        {0, PE_HEADERS_AT, 1, "neither"},
        {0x10B, PE_HEADERS_AT + 24, 2, "neither"},
        {0xAA64, PE_HEADERS_AT + 4, 2, "for aarch64"},
        {0x14C, PE_HEADERS_AT + 4, 2, "for another machine"},
        {0xFFFF, PE_HEADERS_AT + 20, 2, "section header 1 is missing"},
        {0, PE_HEADERS_AT + 6, 2, "no section"},
        {0, PE_HEADERS_AT + 48, 8, "section 1 lies at"},
        {5000, PE_SECTIONS_AT + 20, 4, "section 1 ends beyond the file"},
        {-1, PE_SECTIONS_AT + 20, 4, "section 1 ends beyond the file"},
        {17 << 20, PE_SECTIONS_AT + 48, 4, "section 2 lies at"},
        {0x10008, PE_SECTIONS_AT + 12, 4, "not at a page"},
        {0x10000 + 9000, PE_HEADERS_AT + 40, 4, "entry"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer file = pe_sample();
        poke(&file, cases[i].at, cases[i].value, cases[i].size);
        CHECK(!parse(&file));
        CHECK(strstr(complaint.text, cases[i].complaint) != nullptr);
        free(file.bytes);
    }
}

static void check_sound(const uint8_t *file, size_t size) {
    CHECK(kernel.size <= KERNEL_SIZE_MAX && kernel.part_count > 0);
    CHECK(kernel.address >= KERNEL_WINDOW && kernel.entry - kernel.address < kernel.size);
    for (size_t i = 0; i < kernel.part_count; i++) {
        const struct kernel_part *part = &kernel.parts[i];
        CHECK(part->contents.at >= file && part->contents.end <= file + size);
        CHECK(part->offset <= kernel.size &&
              bytes_left(&part->contents) <= kernel.size - part->offset);
    }
}

/* With some bytes changed and perhaps the end cut off. */
static void mutation(struct random *random, struct buffer file, size_t headers) {
    random_mutate(random, file.bytes, headers, 5);
    if (random_below(random, 4) == 0) {
        file.size = random_below(random, (uint32_t)file.size);
    }
    uint8_t *exact = memcpy(malloc(file.size + 1), file.bytes, file.size);
    if (kernel_parse(bytes_init(exact, file.size), KERNEL_X86_64, &kernel, &complaint)) {
        check_sound(exact, file.size);
    } else {
        CHECK(complaint.text[0] != 0);
    }
    free(exact);
    free(file.bytes);
}

static void test_mutations(void) {
    struct random random = {5};
    for (int round = 0; round < 20'000; round++) {
        bool whole = random_below(&random, 2) == 0;
        struct buffer file = sample();
        symbol_set(&file, 1, 1, ADDRESS - 0x2000);
        mutation(&random, file, whole ? 1100 : 128);
        file = pe_sample();
        pe_symbol_set(&file, 1, "", 16, -1, 5000);
        mutation(&random, file, whole ? 640 : PE_SECTIONS_AT + 80);
    }
}

int main(void) {
    test_good();
    test_bad();
    test_pe();
    test_pe_without_base();
    test_bad_pe();
    test_mutations();
    return check_finish("boot/kernel");
}
