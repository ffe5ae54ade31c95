/* SPDX-License-Identifier: MIT */
/*
 * The whole portable half over a pretended firmware: what the kernel finds where, every complaint,
 * and random damage anywhere in the image.
 */
#include "fixture.h"
#include <boot/boot.h>
#include <boot/kernel.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static struct complaint complaint;
static struct entry entry;
static const char code[] = "0123456789abcdef code";
static const char config[] = "screen=800x600\nkernel=sys/core\n# end\n";

/* A gzip file of one stored block. The caller frees it. */
static struct buffer gzip_create(const struct buffer *of) {
    struct buffer file = {calloc(1, of->size + 23), of->size + 23};
    uint32_t crc = UINT32_MAX, size = (uint32_t)of->size;
    for (size_t i = 0; i < of->size; i++) {
        crc ^= of->bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xEDB8'8320 & -(crc & 1));
        }
    }
    crc = ~crc;
    memcpy(file.bytes, "\x1F\x8B\x08", 3);
    const uint8_t head[5] = {1, (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)~size,
                             (uint8_t)(~size >> 8)};
    memcpy(file.bytes + 10, head, sizeof head);
    memcpy(file.bytes + 15, of->bytes, of->size);
    memcpy(file.bytes + 15 + of->size, &crc, 4);
    memcpy(file.bytes + 19 + of->size, &size, 4);
    return file;
}

static struct buffer initrd_create(void) {
    struct buffer kernel = elf_create(BOOTINFO_KERNEL_ADDRESS, code, sizeof code, 10'000);
    struct buffer initrd = {};
    archive_add(&initrd, "./sys/core", kernel.bytes, kernel.size);
    archive_add(&initrd, "sys/config", "a=1", 3);
    archive_finish(&initrd);
    free(kernel.bytes);
    return initrd;
}

static void image_fill(struct image *image, bool with_config) {
    struct buffer initrd = initrd_create();
    image_create(image, false);
    image_add(image, "X86_64     ", initrd.bytes, initrd.size, false);
    if (with_config) {
        image_add(image, "CONFIG     ", config, strlen(config), false);
    }
    free(initrd.bytes);
    machine_reset();
    machine.image = image;
}

static const void *mapped(uint64_t address) {
    return (const void *)(uintptr_t)machine_translate(entry.pages, address);
}

static void check_information(const struct buffer *initrd) {
    const struct bootinfo *info = mapped(BOOTINFO_ADDRESS);
    CHECK(info != nullptr && memcmp(info->magic, "BOOT", 4) == 0);
    CHECK(info->size == 128 + 16 && info->map[0].address == 0x1000);
    CHECK(info->protocol == (BOOTINFO_LEVEL_DYNAMIC | BOOTINFO_LOADER_BIOS));
    CHECK(info->core_count == 3 && info->boot_core == 7 && info->date[0] == 0x20);
    CHECK(info->initrd_size == initrd->size);
    CHECK(memcmp((const void *)(uintptr_t)info->initrd_address, initrd->bytes, initrd->size) == 0);
    CHECK(info->framebuffer_address == 0xFD00'0000 && info->framebuffer_width == 800);
    CHECK(info->arch.x86_64.acpi == 0xACB1);
}

static void check_kernel(void) {
    const uint8_t *kernel = mapped(BOOTINFO_KERNEL_ADDRESS);
    const uint8_t *rest = mapped(BOOTINFO_KERNEL_ADDRESS + 8192);
    CHECK(entry.address == BOOTINFO_KERNEL_ADDRESS + 16 && entry.stack_size == 1024);
    CHECK(kernel != nullptr && memcmp(kernel, code, sizeof code) == 0 && kernel[sizeof code] == 0);
    CHECK(rest != nullptr && rest[9999 - 8192] == 0 && rest[4095] == 0);
    CHECK(mapped(BOOTINFO_KERNEL_ADDRESS + 12'288) == nullptr);
}

static void test_whole(void) {
    struct image image;
    struct buffer initrd = initrd_create();
    image_fill(&image, true);
    machine.cores = 3;
    machine.framebuffer = (struct framebuffer){.address = 0xFD00'0000, .size = 80 << 20};
    CHECK(boot_load(&entry, &complaint));
    check_information(&initrd);
    check_kernel();
    const char *environment = mapped(BOOTINFO_ENVIRONMENT_ADDRESS);
    CHECK(environment != nullptr && memcmp(environment, config, sizeof config) == 0);
    CHECK(mapped(BOOTINFO_FRAMEBUFFER_ADDRESS) == (void *)0xFD00'0000);
    CHECK(mapped(BOOTINFO_ADDRESS - 4096) == (void *)(0xFD00'0000 + (62ull << 20) - 4096));
    CHECK(mapped(0x12'3456) == (void *)0x12'3456 && mapped(0xFFFF'FFFF) == (void *)0xFFFF'FFFF);
    CHECK(mapped(0x1'0000'0000) == nullptr);
    CHECK(mapped(-4096) != nullptr && mapped(-4097) == nullptr);
    free(initrd.bytes);
    image_destroy(&image);
}

static void test_gzip(void) {
    struct image image;
    struct buffer initrd = initrd_create(), packed = gzip_create(&initrd);
    image_create(&image, false);
    image_add(&image, "INITRD     ", packed.bytes, packed.size, true);
    machine_reset();
    machine.image = &image;
    CHECK(boot_load(&entry, &complaint));
    const struct bootinfo *info = mapped(BOOTINFO_ADDRESS);
    CHECK(info->initrd_size == initrd.size);
    CHECK(memcmp((const void *)(uintptr_t)info->initrd_address, initrd.bytes, initrd.size) == 0);
    image_destroy(&image);

    packed.bytes[100] ^= 1;
    image_create(&image, false);
    image_add(&image, "INITRD     ", packed.bytes, packed.size, false);
    machine.image = &image;
    CHECK(!boot_load(&entry, &complaint));
    CHECK(strstr(complaint.text, "wrong checksum") != nullptr);
    image_destroy(&image);
    free(initrd.bytes);
    free(packed.bytes);
}

static void test_config_of_initrd(void) {
    struct image image;
    image_fill(&image, false);
    CHECK(boot_load(&entry, &complaint));
    const char *environment = mapped(BOOTINFO_ENVIRONMENT_ADDRESS);
    CHECK(environment != nullptr && memcmp(environment, "a=1", 4) == 0);
    const struct bootinfo *info = mapped(BOOTINFO_ADDRESS);
    CHECK(info->framebuffer_address == 0 && mapped(BOOTINFO_FRAMEBUFFER_ADDRESS) == nullptr);
    image_destroy(&image);
}

static bool refused(const char *part) {
    return !boot_load(&entry, &complaint) && strstr(complaint.text, part) != nullptr;
}

static void test_complaints(void) {
    struct image image;
    machine_reset();
    CHECK(refused("none of the 0 disks"));

    image_create(&image, false);
    machine.image = &image;
    CHECK(refused("none of the 1 disks"));
    CHECK(strstr(machine.printed, "no initrd: neither BOOTBOOT/INITRD nor BOOTBOOT/X86_64"));
    image_destroy(&image);

    image_fill(&image, true);
    machine.memory_left = 40'000;
    CHECK(refused("too little memory: the kernel needs 10 KiB") || refused("too little memory"));
    machine.memory_left = 0;
    CHECK(refused("too little memory: BOOTBOOT/X86_64 needs"));
    image_destroy(&image);

    image_fill(&image, false);
    static const char other[] = "kernel=sys/other";
    image_add(&image, "CONFIG     ", other, sizeof other - 1, false);
    CHECK(refused("no file sys/other in the initrd"));
    image_destroy(&image);

    static const char large[5000] = "x";
    image_fill(&image, false);
    image_add(&image, "CONFIG     ", large, sizeof large, false);
    CHECK(refused("CONFIG has 5000 bytes"));
    image_destroy(&image);
}

static void test_odd_initrds(void) {
    struct image image;
    image_create(&image, false);
    image_add(&image, "X86_64     ", "tiny", 4, false);
    machine_reset();
    machine.image = &image;
    CHECK(refused("is empty"));
    image_destroy(&image);

    uint8_t zeros[1024] = {};
    image_create(&image, false);
    image_add(&image, "X86_64     ", zeros, sizeof zeros, false);
    machine.image = &image;
    CHECK(refused("no file sys/core"));
    image_destroy(&image);
}

/* Two places that collide are refused, not mapped over one another. */
static void test_collision(void) {
    struct buffer kernel = elf_create(BOOTINFO_ADDRESS - 4096, code, sizeof code, 10'000);
    struct buffer initrd = {};
    struct image image;
    archive_add(&initrd, "sys/core", kernel.bytes, kernel.size);
    archive_finish(&initrd);
    image_create(&image, false);
    image_add(&image, "X86_64     ", initrd.bytes, initrd.size, false);
    machine_reset();
    machine.image = &image;
    CHECK(refused("is mapped twice"));
    image_destroy(&image);
    free(initrd.bytes);
    free(kernel.bytes);
}

static void test_mutations(void) {
    struct random random = {99};
    struct image image;
    unsigned booted = 0;
    image_fill(&image, true);
    size_t from = IMAGE_PARTITION * DISK_SECTOR_SIZE;
    size_t size = (size_t)(image_cluster(&image, 40) - image.bytes) - from;
    uint8_t *good = memcpy(malloc(size), image.bytes + from, size);
    for (int round = 0; round < 1500; round++) {
        /* The volume's head, or its files. */
        size_t files = (size_t)(image_cluster(&image, 2) - image.bytes) - from;
        bool head = random_below(&random, 2) == 0;
        size_t start = head ? 0 : files;
        random_mutate(&random, image.bytes + from + start, head ? 5000 : size - start, 12);
        booted += boot_load(&entry, &complaint);
        machine_reset();
        machine.image = &image;
        memcpy(image.bytes + from, good, size);
    }
    CHECK(booted > 100 && booted < 1400); /* damage in unused places does no harm */
    free(good);
    image_destroy(&image);
}

int main(void) {
    test_whole();
    test_gzip();
    test_config_of_initrd();
    test_complaints();
    test_odd_initrds();
    test_collision();
    test_mutations();
    machine_reset();
    return check_finish("boot/boot");
}
