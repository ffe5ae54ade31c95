/* SPDX-License-Identifier: MIT */
/*
 * Images, read back by the loader's own readers: partition table and its copy, FAT volume, archive;
 * with nothing in them, with much, and with what cannot be. Archives that are added to.
 */
#include "../image.h"
#include "../tar.h"
#include <base/ensure.h>
#include <boot/fat.h>
#include <boot/gpt.h>
#include <boot/initrd.h>
#include <boot/layout.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <test/check.h>
#include <unistd.h>

static uint8_t mbr[512], loader[3000];
static struct image_error error;

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

static bool read_sectors(void *context, uint64_t sector, uint32_t count, void *to) {
    size_t size = (size_t)count * DISK_SECTOR_SIZE;
    return pread(*(int *)context, to, size, (off_t)(sector * DISK_SECTOR_SIZE)) == (ssize_t)size;
}

static struct disk disk_of(int *file) {
    struct stat stat;
    ensure(fstat(*file, &stat) == 0);
    return (struct disk){.name = "test",
                         .sector_count = (uint64_t)stat.st_size / DISK_SECTOR_SIZE,
                         .read = read_sectors,
                         .context = file};
}

/* The archive lives until the next one. */
static struct image image_of(const struct tar_file *files, size_t count) {
    static const char config[] = "start=a\n";
    static struct blob initrd;
    free((void *)initrd.bytes);
    ensure(tar_create((struct blob){"", 0}, files, count, &initrd, &error));
    return (struct image){.mbr = {mbr, sizeof(mbr)},
                          .config = {config, 8},
                          .parts[IMAGE_X86_64] = {.loader = {loader, sizeof(loader)},
                                                  .efi = {"MZ", 2},
                                                  .initrd = initrd}};
}

/* A file of the boot partition, as the loader finds it. */
static struct bytes read_file(int file, const char *path) {
    static struct fat fat;
    struct complaint complaint;
    struct partition partition;
    struct fat_file found = {};
    struct disk disk = disk_of(&file);
    CHECK(gpt_find_boot(&disk, &partition, &complaint));
    CHECK(partition.first == LAYOUT_BOOT_FIRST);
    CHECK(fat_open(&fat, &disk, &partition, &complaint));
    CHECK(fat_find(&fat, text_of(path), &found, &complaint) && found.exists);
    size_t size = (found.size + 511u) / 512 * 512;
    uint8_t *content = malloc(size + 1);
    CHECK(fat_read(&fat, &found, path, content, &complaint));
    return bytes_init(content, found.size);
}

static void check_archive(struct bytes archive, const struct tar_file *files, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct complaint complaint;
        struct bytes content;
        CHECK(initrd_find(archive, text_of(files[i].path), &content, &complaint));
        CHECK(bytes_left(&content) == files[i].content.size);
        CHECK(memcmp(content.at, files[i].content.bytes, files[i].content.size) == 0);
    }
}

static void check_initrd(int file, const struct tar_file *files, size_t count) {
    struct bytes archive = read_file(file, "BOOTBOOT/X86_64");
    check_archive(archive, files, count);
    free((void *)archive.start);
}

static void check_file(int file, const char *path, const char *expected) {
    struct bytes content = read_file(file, path);
    CHECK(bytes_left(&content) == strlen(expected) &&
          memcmp(content.at, expected, strlen(expected)) == 0);
    free((void *)content.start);
}

static int write_image(const struct tar_file *files, size_t count) {
    struct image image = image_of(files, count);
    int file = memfd_create("image", MFD_CLOEXEC);
    CHECK(image_write_to(&image, file, &error));
    return file;
}

static void test_small(void) {
    static const char deep[] =
        "a-folder-with-a-long-name/and-another-folder-with-a-long-name/yet-another-one-of-them/"
        "and-a-file-with-a-long-name-too.txt";
    const struct tar_file files[] = {
        {"sys/core", {"kernel", 6}}, {"empty", {"", 0}}, {deep, {"deep", 4}}};
    int file = write_image(files, 3);
    check_initrd(file, files, 3);
    check_file(file, "BOOTBOOT/CONFIG", "start=a\n");
    check_file(file, "EFI/BOOT/BOOTX64.EFI", "MZ");

    uint8_t sector[512];
    uint8_t read_back[sizeof(loader)];
    CHECK(disk_of(&file).sector_count * 512 == LAYOUT_SIZE_MIN);
    CHECK(pread(file, sector, 512, 0) == 512);
    CHECK(sector[0] == 0xEB && sector[510] == 0x55 && sector[511] == 0xAA);
    CHECK(sector[LAYOUT_MBR_LOADER_SECTOR] == LAYOUT_LOADER_FIRST);
    CHECK(sector[LAYOUT_MBR_LOADER_COUNT] == 6);
    CHECK(sector[446] == 0x80 && sector[450] == 0x0E && sector[466] == 0xEE);
    CHECK(pread(file, read_back, sizeof(read_back), LAYOUT_LOADER_FIRST * 512) ==
          sizeof(read_back));
    CHECK(memcmp(read_back, loader, sizeof(loader)) == 0);
    /* Without the first table, the copy will do. */
    memset(sector, 0, sizeof(sector));
    CHECK(pwrite(file, sector, 512, 512) == 512);
    check_initrd(file, files, 3);
    close(file);
}

static void test_sizes(void) {
    static const size_t sizes[] = {1, 511, 512, 2048, 2049, 40 << 20, 70 << 20};
    uint8_t *bytes = malloc(70 << 20);
    for (size_t i = 0; i < 70 << 20; i++) {
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const struct tar_file files[] = {{"file", {bytes, sizes[i]}}, {"last", {"x", 1}}};
        int file = write_image(files, 2);
        uint64_t size = disk_of(&file).sector_count;
        CHECK((size & (size - 1)) == 0);
        check_initrd(file, files, 2);
        close(file);
    }
    free(bytes);
}

static void test_same_input_same_image(void) {
    const struct tar_file files[] = {{"file", {"abc", 3}}};
    int files_written[] = {write_image(files, 1), write_image(files, 1)};
    static uint8_t a[1 << 20], b[1 << 20];
    for (off_t at = 0; at < 64 << 20; at += 1 << 20) {
        CHECK(pread(files_written[0], a, sizeof(a), at) == sizeof(a));
        CHECK(pread(files_written[1], b, sizeof(b), at) == sizeof(b));
        CHECK(memcmp(a, b, sizeof(a)) == 0);
    }
    close(files_written[0]);
    close(files_written[1]);
}

static bool refused(struct image image) {
    int file = memfd_create("image", MFD_CLOEXEC);
    error.text[0] = 0;
    bool good = image_write_to(&image, file, &error);
    close(file);
    return !good && error.text[0] != 0;
}

static bool archive_refused(const char *path) {
    const struct tar_file file = {path, {"x", 1}};
    struct blob archive = {};
    error.text[0] = 0;
    bool good = tar_create((struct blob){"", 0}, &file, 1, &archive, &error);
    free((void *)archive.bytes);
    return !good && error.text[0] != 0;
}

static void test_names(void) {
    char path[400];
    memset(path, 'p', sizeof(path));
    path[100] = 0;
    CHECK(!archive_refused(path));
    path[100] = 'p', path[101] = 0;
    CHECK(archive_refused(path));
    path[100] = '/', path[101] = 'x', path[102] = 0;
    CHECK(!archive_refused(path));
    memset(path, 'p', sizeof(path));
    path[156] = '/', path[200] = 0;
    CHECK(archive_refused(path));
    path[155] = '/', path[156] = 'p';
    CHECK(!archive_refused(path));
    CHECK(archive_refused("") && archive_refused("/absolute"));
}

static void test_refusals(void) {
    struct image good = image_of(nullptr, 0), bad;
    CHECK(!refused(good));
    bad = good, bad.mbr.size = 511;
    CHECK(refused(bad));
    bad = good, bad.parts[0].loader.size = 127 * 512 + 1;
    CHECK(refused(bad));
    bad = good, bad.config.size = 4096;
    CHECK(refused(bad));
    bad = good, bad.parts[0].initrd.size = (size_t)2 << 30;
    CHECK(refused(bad));
    CHECK(!image_write(&good, "/nonexistent/folder/image", &error));
}

static void free_parts(const struct image *image) {
    free((void *)image->mbr.bytes);
    free((void *)image->config.bytes);
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        free((void *)image->parts[i].initrd.bytes);
        free((void *)image->parts[i].efi.bytes);
        free((void *)image->parts[i].loader.bytes);
    }
}

static bool same(struct blob a, struct blob b) {
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* What was written is read back; the loader in whole sectors. */
static void test_read(void) {
    const struct tar_file files[] = {{"file", {"abc", 3}}};
    struct image image = image_of(files, 1), back;
    int file = write_image(files, 1);
    CHECK(image_read(file, &back, &error));
    CHECK(same(back.config, image.config) && same(back.parts[0].efi, image.parts[0].efi));
    CHECK(back.parts[0].initrd.size == image.parts[0].initrd.size);
    CHECK(back.parts[0].loader.size == 6 * 512);
    CHECK(memcmp(back.parts[0].loader.bytes, loader, sizeof(loader)) == 0);
    int again = memfd_create("image", MFD_CLOEXEC);
    struct image copy;
    CHECK(image_write_to(&back, again, &error) && image_read(again, &copy, &error));
    CHECK(same(copy.mbr, back.mbr) && same(copy.parts[0].loader, back.parts[0].loader));
    free_parts(&copy);
    free_parts(&back);
    close(file);
    close(again);
}

/* One image for all CPUs: what each finds is its own, by a long name, too. */
static void test_cpus(void) {
    struct image image = image_of(nullptr, 0), back;
    image.parts[IMAGE_AARCH64] = (struct image_part){{"arm", 3}, {"MZarm", 5}, {"flat", 4}};
    image.parts[IMAGE_RISCV64] = (struct image_part){{"riscv", 5}, {"MZriscv", 7}, {"none", 4}};
    int file = memfd_create("image", MFD_CLOEXEC);
    CHECK(image_write_to(&image, file, &error));
    check_file(file, "BOOTBOOT/AARCH64", "arm");
    check_file(file, "BOOTBOOT/RISCV64", "riscv");
    check_file(file, "KERNEL8.IMG", "flat");
    check_file(file, "EFI/BOOT/BOOTAA64.EFI", "MZarm");
    check_file(file, "EFI/BOOT/BOOTX64.EFI", "MZ");
    CHECK(image_read(file, &back, &error));
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        CHECK(same(back.parts[i].initrd, image.parts[i].initrd));
        CHECK(same(back.parts[i].efi, image.parts[i].efi));
    }
    CHECK(same(back.parts[IMAGE_AARCH64].loader, image.parts[IMAGE_AARCH64].loader));
    CHECK(back.parts[IMAGE_RISCV64].loader.bytes == nullptr);
    free_parts(&back);
    close(file);
}

static void check_unreadable(const void *bytes, size_t size, off_t at, const char *says) {
    const struct tar_file files[] = {{"file", {"abc", 3}}};
    struct image back;
    int file = write_image(files, 1);
    CHECK(pwrite(file, bytes, size, at) == (ssize_t)size);
    CHECK(pwrite(file, bytes, size, (64 << 20) - 512) == (ssize_t)size);
    CHECK(!image_read(file, &back, &error) && strstr(error.text, says) != nullptr);
    free_parts(&back);
    close(file);
}

static void test_unreadable(void) {
    static const uint8_t zeros[512], ones[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    struct image back;
    int empty = memfd_create("empty", MFD_CLOEXEC);
    CHECK(!image_read(empty, &back, &error));
    close(empty);
    int folder = open("/", O_RDONLY | O_CLOEXEC);
    CHECK(!image_read(folder, &back, &error));
    close(folder);
    check_unreadable(zeros, 512, 512, "partition table");
    check_unreadable(zeros, 512, (off_t)LAYOUT_BOOT_FIRST * 512, "FAT");
    check_unreadable(ones, 6, LAYOUT_MBR_LOADER_SECTOR, "beyond its end");
}

static void test_added(void) {
    const struct tar_file before[] = {{"a", {"1", 1}}, {"b", {"22", 2}}, {"c/d", {"333", 3}}};
    const struct tar_file more[] = {{"b", {"no", 2}}, {"b", {"new", 3}}, {"e", {"", 0}}};
    const struct tar_file after[] = {before[0], before[2], more[1], more[2]};
    struct blob base, archive;
    CHECK(tar_create((struct blob){"", 0}, before, 3, &base, &error));
    CHECK(base.size == (3 * 2 + 2) * 512);
    CHECK(tar_create(base, more, 3, &archive, &error));
    CHECK(archive.size == (4 * 2 - 1 + 2) * 512);
    check_archive(bytes_init(archive.bytes, archive.size), after, 4);
    free((void *)archive.bytes);
    /* Without padding and an end; then with a header that lies. */
    CHECK(tar_create((struct blob){base.bytes, 5 * 512 + 3}, more, 3, &archive, &error));
    check_archive(bytes_init(archive.bytes, archive.size), after, 4);
    free((void *)archive.bytes);
    ((uint8_t *)base.bytes)[2 * 512] ^= 1;
    CHECK(!tar_create(base, more, 3, &archive, &error) && strstr(error.text, "1024") != nullptr);
    CHECK(!tar_create((struct blob){"070701", 6}, more, 3, &archive, &error));
    CHECK(strstr(error.text, "cpio") != nullptr);
    free((void *)base.bytes);
}

static void test_unpacked(void) {
    /* "abc" by gzip -n */
    static uint8_t packed[] = {0x1F, 0x8B, 8, 0,    0,    0,    0,    0, 0, 3, 0x4B, 0x4C,
                               0x4A, 6,    0, 0xC2, 0x41, 0x24, 0x35, 3, 0, 0, 0};
    struct blob blob = {packed, sizeof(packed)};
    CHECK(tar_unpack(&blob, &error) && blob.size == 3 && memcmp(blob.bytes, "abc", 3) == 0);
    CHECK(tar_unpack(&blob, &error) && blob.size == 3); /* no gzip file any more */
    free((void *)blob.bytes);
    packed[12] ^= 1;
    blob = (struct blob){packed, sizeof(packed)};
    CHECK(!tar_unpack(&blob, &error) && blob.bytes == packed);
    blob.size = 9;
    CHECK(!tar_unpack(&blob, &error));
}

static void test_whole_or_nothing(void) {
    char folder[] = "/tmp/copper-image-XXXXXX";
    struct image image = image_of(nullptr, 0);
    struct stat stat_out;
    ensure(mkdtemp(folder) != nullptr && chdir(folder) == 0);
    CHECK(image_write(&image, "out", &error) && stat("out", &stat_out) == 0);
    CHECK(stat_out.st_size == 64 << 20);
    image.parts[0].loader.size = 0;
    CHECK(!image_write(&image, "other", &error));
    CHECK(system("test \"$(ls)\" = out") == 0);
    CHECK(system("rm -rf -- \"$PWD\"") == 0);
}

int main(void) {
    mbr[0] = 0xEB;
    memset(loader, 0xC7, sizeof(loader));
    test_small();
    test_sizes();
    test_same_input_same_image();
    test_names();
    test_refusals();
    test_read();
    test_cpus();
    test_unreadable();
    test_added();
    test_unpacked();
    test_whole_or_nothing();
    return check_finish("host image");
}
