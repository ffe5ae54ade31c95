/* SPDX-License-Identifier: MIT */
/* Kernel files, ELF and PE: what is taken lies within the file and within the kernel. */
#include "../fixture.h"
#include "fuzz.h"
#include <base/ensure.h>
#include <boot/kernel.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "boot/fuzz kernel";
const unsigned fuzz_rounds = 20'000;

static const uint8_t code[64] = {0x90};

size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]) {
    struct buffer file = {};
    if (n == 0) {
        file = elf_create(BOOTINFO_KERNEL_ADDRESS, code, sizeof code, 9000);
    } else if (n == 1) {
        file = pe_create(BOOTINFO_KERNEL_ADDRESS, code, sizeof code, 9000);
    } else {
        return 0;
    }
    memcpy(to, file.bytes, file.size);
    free(file.bytes);
    return file.size;
}

static void check_places(const struct kernel *kernel) {
    ensure(kernel->address >= KERNEL_WINDOW && kernel->size <= KERNEL_SIZE_MAX);
    ensure(kernel->address % 4096 == 0 && kernel->size - 1 <= UINT64_MAX - kernel->address);
    ensure(kernel->entry - kernel->address < kernel->size);
    ensure(kernel->bootinfo >= KERNEL_WINDOW && kernel->bootinfo % 4096 == 0);
    ensure(kernel->environment >= KERNEL_WINDOW && kernel->framebuffer >= KERNEL_WINDOW);
    ensure(kernel->stack_size >= 1024 && kernel->stack_size <= KERNEL_STACK_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct kernel kernel;
    struct complaint complaint = {};
    if (!kernel_parse(bytes_init(bytes, size), KERNEL_X86_64, &kernel, &complaint)) {
        ensure(complaint.text[0] != 0);
        return 0;
    }
    check_places(&kernel);
    ensure(kernel.part_count > 0 && kernel.part_count <= KERNEL_PARTS_MAX);
    for (size_t i = 0; i < kernel.part_count; i++) {
        const struct kernel_part *part = &kernel.parts[i];
        ensure(part->contents.at >= bytes && part->contents.end <= bytes + size);
        ensure(part->contents.at <= part->contents.end && part->offset <= kernel.size);
        ensure(bytes_left(&part->contents) <= kernel.size - part->offset);
    }
    return 0;
}
