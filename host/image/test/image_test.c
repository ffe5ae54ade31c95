/* SPDX-License-Identifier: MIT */
/*
 * Images, read back by the loader's own readers: partition table and its copy, FAT volume, archive;
 * with nothing in them, with much, and with what cannot be.
 */
#include "../image.h"
#include "../tar.h"
#include <base/ensure.h>
#include <boot/archive.h>
#include <boot/fat.h>
#include <boot/gpt.h>
#include <boot/layout.h>
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

static struct image image_of(const struct image_file *files, size_t count) {
    static const char config[] = "start=a\n";
    return (struct image){.mbr = {mbr, sizeof(mbr)},
                          .loader = {loader, sizeof(loader)},
                          .config = {config, 8},
                          .files = files,
                          .file_count = count};
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

static void check_initrd(int file, const struct image_file *files, size_t count) {
    struct bytes archive = read_file(file, "BOOTBOOT/X86_64");
    for (size_t i = 0; i < count; i++) {
        struct complaint complaint;
        struct bytes content;
        CHECK(archive_find(archive, text_of(files[i].path), &content, &complaint));
        CHECK(bytes_left(&content) == files[i].content.size);
        CHECK(memcmp(content.at, files[i].content.bytes, files[i].content.size) == 0);
    }
    free((void *)archive.start);
}

static int write_image(const struct image_file *files, size_t count) {
    struct image image = image_of(files, count);
    int file = memfd_create("image", MFD_CLOEXEC);
    CHECK(image_write_to(&image, file, &error));
    return file;
}

static void test_small(void) {
    static const char deep[] =
        "a-folder-with-a-long-name/and-another-folder-with-a-long-name/yet-another-one-of-them/"
        "and-a-file-with-a-long-name-too.txt";
    const struct image_file files[] = {
        {"sys/core", {"kernel", 6}}, {"empty", {"", 0}}, {deep, {"deep", 4}}};
    int file = write_image(files, 3);
    check_initrd(file, files, 3);
    struct bytes config = read_file(file, "BOOTBOOT/CONFIG");
    CHECK(bytes_left(&config) == 8 && memcmp(config.at, "start=a\n", 8) == 0);
    free((void *)config.start);

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
        const struct image_file files[] = {{"file", {bytes, sizes[i]}}, {"last", {"x", 1}}};
        int file = write_image(files, 2);
        uint64_t size = disk_of(&file).sector_count;
        CHECK((size & (size - 1)) == 0);
        check_initrd(file, files, 2);
        close(file);
    }
    free(bytes);
}

static void test_same_input_same_image(void) {
    const struct image_file files[] = {{"file", {"abc", 3}}};
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

static void test_refusals(void) {
    char path[400];
    struct image_file file = {path, {"x", 1}};
    struct image good = image_of(&file, 1), bad;
    memset(path, 'p', sizeof(path));
    path[100] = 0;
    CHECK(!refused(good));
    path[100] = 'p', path[101] = 0;
    CHECK(refused(good));
    path[100] = '/', path[101] = 'x', path[102] = 0;
    CHECK(!refused(good));
    memset(path, 'p', sizeof(path));
    path[156] = '/', path[200] = 0;
    CHECK(refused(good));
    path[155] = '/', path[156] = 'p';
    CHECK(!refused(good));
    file.path = "";
    CHECK(refused(good));
    file.path = "/absolute";
    CHECK(refused(good));
    file.path = "x";
    bad = good, bad.mbr.size = 511;
    CHECK(refused(bad));
    bad = good, bad.loader.size = 127 * 512 + 1;
    CHECK(refused(bad));
    bad = good, bad.config.size = 4096;
    CHECK(refused(bad));
    CHECK(!image_write(&good, "/nonexistent/folder/image", &error));
}

static void test_whole_or_nothing(void) {
    char folder[] = "/tmp/copper-image-XXXXXX";
    struct image_file file = {"x", {"x", 1}};
    struct image image = image_of(&file, 1);
    struct stat stat_out;
    ensure(mkdtemp(folder) != nullptr && chdir(folder) == 0);
    CHECK(image_write(&image, "out", &error) && stat("out", &stat_out) == 0);
    CHECK(stat_out.st_size == 64 << 20);
    image.loader.size = 0;
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
    test_refusals();
    test_whole_or_nothing();
    return check_finish("host image");
}
