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

static struct archive sample(void) {
    return elf_create(ADDRESS, code, sizeof code, 9000);
}

static bool parse(const struct archive *file) {
    return kernel_parse(bytes_init(file->bytes, file->size), KERNEL_X86_64, &kernel, &complaint);
}

static void poke(struct archive *file, size_t at, uint64_t value, size_t size) {
    memcpy(file->bytes + at, &value, size);
}

static void symbol_set(struct archive *file, unsigned index, uint32_t name, uint64_t value) {
    poke(file, 512 + 24 * index, name, 4);
    poke(file, 512 + 24 * index + 8, value, 8);
}

static void test_good(void) {
    struct archive file = sample();
    CHECK(parse(&file));
    CHECK(kernel.address == ADDRESS && kernel.size == 9000 && kernel.entry == ADDRESS + 16);
    CHECK(bytes_left(&kernel.contents) == sizeof code && kernel.contents.at[0] == 0x90);
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
        {0, 0, 1, "no 64-bit"},
        {1, 4, 1, "no 64-bit"},
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
        {50, 64 + 40, 8, "wants 50 bytes"},
        {0, 64 + 40, 8, "wants 0 bytes"},
        {17 << 20, 64 + 40, 8, "wants"},
        {-1, 64 + 40, 8, "wants"},
        {ADDRESS - 1, 24, 8, "entry"},
        {ADDRESS + 9000, 24, 8, "entry"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct archive file = sample();
        poke(&file, cases[i].at, cases[i].value, cases[i].size);
        CHECK(!parse(&file));
        CHECK(strstr(complaint.text, cases[i].complaint) != nullptr);
        free(file.bytes);
    }
    struct archive file = sample();
    symbol_set(&file, 1, 22, 0x1000);
    CHECK(!parse(&file) && strstr(complaint.text, "symbol fb") != nullptr);
    file.size = 63;
    CHECK(!parse(&file) && strstr(complaint.text, "truncated") != nullptr);
    free(file.bytes);
}

static void test_mutations(void) {
    struct random random = {5};
    for (int round = 0; round < 20'000; round++) {
        struct archive file = sample();
        symbol_set(&file, 1, 1, ADDRESS - 0x2000);
        random_mutate(&random, file.bytes, random_below(&random, 2) == 0 ? 128 : 1100, 5);
        if (random_below(&random, 4) == 0) {
            file.size = random_below(&random, (uint32_t)file.size);
        }
        uint8_t *exact = memcpy(malloc(file.size + 1), file.bytes, file.size);
        struct bytes bytes = bytes_init(exact, file.size);
        if (kernel_parse(bytes, KERNEL_X86_64, &kernel, &complaint)) {
            CHECK(kernel.contents.at >= exact && kernel.contents.end <= exact + file.size);
            CHECK(bytes_left(&kernel.contents) <= kernel.size && kernel.size <= KERNEL_SIZE_MAX);
            CHECK(kernel.address >= KERNEL_WINDOW && kernel.entry - kernel.address < kernel.size);
        } else {
            CHECK(complaint.text[0] != 0);
        }
        free(exact);
        free(file.bytes);
    }
}

int main(void) {
    test_good();
    test_bad();
    test_mutations();
    return check_finish("boot/kernel");
}
