/* SPDX-License-Identifier: MIT */
/*
 * From firmware to kernel, in this order: find the boot partition, read CONFIG and the initrd, find
 * the kernel in it, lay everything out in the topmost GiB, then screen, memory map and jump. The
 * screen's mode changes last, so that what goes wrong can be told on the screen as it was.
 */
#include <abi/bootinfo.h>
#include <base/checked.h>
#include <base/environment.h>
#include <base/format.h>
#include <base/string.h>
#include <boot/boot.h>
#include <boot/environment.h>
#include <boot/fat.h>
#include <boot/firmware.h>
#include <boot/gpt.h>
#include <boot/inflate.h>
#include <boot/initrd.h>
#include <boot/kernel.h>
#include <boot/pages.h>

constexpr uint64_t PAGE = MEMORY_PAGE;
constexpr size_t DISKS_MAX = 32;
constexpr uint64_t INITRD_MIN = 512;

struct boot {
    struct disk disk;
    struct fat fat;
    struct fat_file initrd_file;
    const char *initrd_name;
    struct bytes initrd;
    char *environment; /* BOOTINFO_ENVIRONMENT_SIZE bytes, NUL at the end */
    struct kernel kernel;
    struct framebuffer framebuffer;
    struct cores cores;
    struct pages pages;
    struct bootinfo *bootinfo;
};

static void print_line(const char *what, const char *text) {
    char line[256];
    (void)format_buffer(line, sizeof line, "copper: %s%s\n", what, text);
    firmware_print(text_of(line));
}

static bool allocate(uint64_t size, const char *what, uint64_t *out, struct complaint *complaint) {
    return firmware_allocate(size, out) ||
           complain(complaint, "too little memory: %s needs %llu KiB, %llu KiB are free", what,
                    (unsigned long long)(size + 1023) / 1024,
                    (unsigned long long)firmware_memory_left() / 1024);
}

/* One zeroed page. */
static bool allocate_page(const char *what, void **out, struct complaint *complaint) {
    uint64_t address;
    if (!allocate(PAGE, what, &address, complaint)) {
        return false;
    }
    *out = (void *)(uintptr_t)address;
    memset(*out, 0, PAGE);
    return true;
}

/* Does this disk have a boot partition with an initrd for this machine? */
static bool volume_try(struct boot *boot, struct complaint *complaint) {
    struct partition partition;
    if (!gpt_find_boot(&boot->disk, &partition, complaint) ||
        !fat_open(&boot->fat, &boot->disk, &partition, complaint)) {
        return false;
    }
    const char *names[] = {"BOOTBOOT/INITRD", firmware_initrd_name};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        boot->initrd_name = names[i];
        if (!fat_find(&boot->fat, text_of(names[i]), &boot->initrd_file, complaint)) {
            return false;
        }
        if (boot->initrd_file.exists) {
            return true;
        }
    }
    return complain(complaint, "%s: no initrd: neither %s nor %s on the boot partition",
                    boot->disk.name, names[0], names[1]);
}

/* The first disk to boot from. When none is, every disk's complaint is told. */
static bool volume_find(struct boot *boot, struct complaint *complaint) {
    for (size_t i = 0; i < DISKS_MAX && firmware_disk(i, &boot->disk); i++) {
        if (volume_try(boot, complaint)) {
            return true;
        }
    }
    size_t count = 0;
    for (; count < DISKS_MAX && firmware_disk(count, &boot->disk); count++) {
        if (!volume_try(boot, complaint)) {
            print_line("", complaint->text);
        }
    }
    return complain(complaint, "none of the %zu disks can be booted from", count);
}

/* Reads a file of the boot partition into memory of its own. */
static bool file_load(struct boot *boot, const struct fat_file *file, const char *name,
                      struct bytes *out, struct complaint *complaint) {
    uint64_t address, size = align_up(file->size, PAGE);
    if (!allocate(size, name, &address, complaint)) {
        return false;
    }
    uint8_t *to = (uint8_t *)(uintptr_t)address;
    if (!fat_read(&boot->fat, file, name, to, complaint)) {
        return false;
    }
    memset(to + file->size, 0, size - file->size);
    *out = bytes_init(to, file->size);
    return true;
}

static bool initrd_unpack(struct boot *boot, struct complaint *complaint) {
    struct bytes packed = boot->initrd;
    uint32_t size;
    uint64_t address;
    if (!gzip_size(packed, &size, complaint) ||
        !allocate(size, "the unpacked initrd", &address, complaint)) {
        return false;
    }
    uint8_t *to = (uint8_t *)(uintptr_t)address;
    if (!gzip_unpack(packed, to, size, complaint)) {
        return false;
    }
    firmware_release((uintptr_t)packed.at, bytes_left(&packed));
    memset(to + size, 0, align_up(size, PAGE) - size);
    boot->initrd = bytes_init(to, size);
    return true;
}

static bool initrd_load(struct boot *boot, struct complaint *complaint) {
    if (boot->initrd_file.size < INITRD_MIN) {
        return complain(complaint, "%s: %s is empty", boot->disk.name, boot->initrd_name);
    }
    if (!file_load(boot, &boot->initrd_file, boot->initrd_name, &boot->initrd, complaint)) {
        return false;
    }
    return (!gzip_is(boot->initrd) || initrd_unpack(boot, complaint)) &&
           initrd_check(boot->initrd, complaint);
}

static bool config_fits(uint64_t size, struct complaint *complaint) {
    return size < BOOTINFO_ENVIRONMENT_SIZE ||
           complain(complaint, "CONFIG has %llu bytes, at most %u are allowed",
                    (unsigned long long)size, BOOTINFO_ENVIRONMENT_SIZE - 1);
}

/* BOOTBOOT/CONFIG of the boot partition, in memory of its own. */
static bool config_load(struct boot *boot, const struct fat_file *file, struct bytes *text,
                        struct complaint *complaint) {
    return config_fits(file->size, complaint) &&
           (file->size == 0 || file_load(boot, file, "BOOTBOOT/CONFIG", text, complaint));
}

/* sys/config of the initrd, else nothing. */
static bool config_find(struct boot *boot, struct bytes *text, struct complaint *complaint) {
    struct complaint absent;
    return !initrd_find(boot->initrd, text_of("sys/config"), text, &absent) ||
           config_fits(bytes_left(text), complaint);
}

static bool environment_load(struct boot *boot, struct complaint *complaint) {
    struct bytes text = bytes_init("", 0);
    struct fat_file file;
    void *page;
    if (!fat_find(&boot->fat, text_of("BOOTBOOT/CONFIG"), &file, complaint) ||
        !(file.exists ? config_load(boot, &file, &text, complaint)
                      : config_find(boot, &text, complaint)) ||
        !allocate_page("CONFIG", &page, complaint)) {
        return false;
    }
    boot->environment = page;
    memcpy(boot->environment, text.at, bytes_left(&text));
    if (file.exists && file.size > 0) {
        firmware_release((uintptr_t)text.at, file.size);
    }
    return true;
}

static struct text environment_of(const struct boot *boot) {
    return text_of(boot->environment);
}

static bool kernel_find(struct boot *boot, struct complaint *complaint) {
    struct text name = environment_kernel(environment_of(boot));
    struct bytes file;
    return initrd_find(boot->initrd, name, &file, complaint) &&
           kernel_parse(file, firmware_machine, &boot->kernel, complaint);
}

/* Copies the kernel to frames of its own and maps them. */
static bool kernel_place(struct boot *boot, struct complaint *complaint) {
    const struct kernel *kernel = &boot->kernel;
    uint64_t address, size = align_up(kernel->size, PAGE);
    if (!allocate(size, "the kernel", &address, complaint)) {
        return false;
    }
    uint8_t *to = (uint8_t *)(uintptr_t)address;
    memset(to, 0, size);
    for (size_t i = 0; i < kernel->part_count; i++) {
        const struct kernel_part *part = &kernel->parts[i];
        memcpy(to + part->offset, part->contents.at, bytes_left(&part->contents));
    }
    return pages_map(&boot->pages, kernel->address, address, size, complaint);
}

static bool stacks_place(struct boot *boot, struct complaint *complaint) {
    uint64_t address;
    uint64_t size = align_up((uint64_t)boot->cores.count * boot->kernel.stack_size, PAGE);
    return allocate(size, "the cores' stacks", &address, complaint) &&
           pages_map(&boot->pages, -size, address, size, complaint);
}

/* The frame buffer is mapped as far as there is room before what lies above it. */
static uint64_t framebuffer_room(const struct boot *boot, uint64_t stacks) {
    const struct kernel *kernel = &boot->kernel;
    const uint64_t places[] = {kernel->address, kernel->bootinfo, kernel->environment, -stacks};
    uint64_t room = -kernel->framebuffer;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        uint64_t distance = places[i] - kernel->framebuffer;
        room = places[i] > kernel->framebuffer && distance < room ? distance : room;
    }
    return room;
}

static bool framebuffer_place(struct boot *boot, struct complaint *complaint) {
    uint64_t stacks = align_up((uint64_t)boot->cores.count * boot->kernel.stack_size, PAGE);
    uint64_t room = framebuffer_room(boot, stacks);
    uint64_t size = align_up(boot->framebuffer.size, PAGE);
    if (boot->framebuffer.address % PAGE != 0) {
        boot->framebuffer = (struct framebuffer){};
        return true;
    }
    return pages_map(&boot->pages, boot->kernel.framebuffer, boot->framebuffer.address,
                     size < room ? size : room, complaint);
}

static bool information_place(struct boot *boot, struct complaint *complaint) {
    void *page;
    if (!allocate_page("the boot information", &page, complaint)) {
        return false;
    }
    boot->bootinfo = page;
    return pages_map(&boot->pages, boot->kernel.bootinfo, (uintptr_t)boot->bootinfo, PAGE,
                     complaint) &&
           pages_map(&boot->pages, boot->kernel.environment, (uintptr_t)boot->environment, PAGE,
                     complaint);
}

static bool everything_place(struct boot *boot, struct complaint *complaint) {
    return pages_create(&boot->pages, complaint) && kernel_place(boot, complaint) &&
           stacks_place(boot, complaint) && information_place(boot, complaint);
}

static void information_fill(const struct boot *boot, const struct memory_map *map) {
    struct bootinfo *info = boot->bootinfo;
    size_t entries = memory_export(map, info->map, BOOTINFO_MAP_MAX);
    memcpy(info->magic, "BOOT", sizeof info->magic);
    info->size = (uint32_t)(sizeof *info + entries * sizeof info->map[0]);
    info->protocol = BOOTINFO_LEVEL_DYNAMIC | firmware_loader;
    info->core_count = boot->cores.count;
    info->boot_core = boot->cores.boot_core;
    info->initrd_address = (uintptr_t)boot->initrd.at;
    info->initrd_size = bytes_left(&boot->initrd);
    info->framebuffer_type = boot->framebuffer.type;
    info->framebuffer_address = boot->framebuffer.address;
    info->framebuffer_size = boot->framebuffer.size;
    info->framebuffer_width = boot->framebuffer.width;
    info->framebuffer_height = boot->framebuffer.height;
    info->framebuffer_scanline = boot->framebuffer.scanline;
}

/* Screen, date and tables, then the map: from here on nothing is allocated. */
static bool finish(struct boot *boot, struct complaint *complaint) {
    struct screen_size size = environment_screen(environment_of(boot));
    const struct memory_map *map;
    firmware_screen(size.width, size.height, &boot->framebuffer);
    if (!framebuffer_place(boot, complaint)) {
        return false;
    }
    firmware_date(boot->bootinfo->date, &boot->bootinfo->timezone_minutes);
    firmware_tables(boot->bootinfo->arch.words);
    if (!firmware_finish(boot->pages.root, &boot->cores, &map, complaint)) {
        return false;
    }
    information_fill(boot, map);
    return true;
}

static bool wants_one_core(const struct boot *boot) {
    struct text value;
    return environment_find(environment_of(boot), text_of("nosmp"), &value) &&
           text_equal(value, text_of("1"));
}

static bool load(struct boot *boot, struct complaint *complaint) {
    if (!volume_find(boot, complaint) || !initrd_load(boot, complaint) ||
        !environment_load(boot, complaint) || !kernel_find(boot, complaint)) {
        return false;
    }
    firmware_cores(wants_one_core(boot), &boot->cores);
    return everything_place(boot, complaint) && finish(boot, complaint);
}

bool boot_load(struct entry *out, struct complaint *complaint) {
    static struct boot boot;
    if (!load(&boot, complaint)) {
        return false;
    }
    *out = (struct entry){
        .pages = boot.pages.root,
        .address = boot.kernel.entry,
        .stack_size = boot.kernel.stack_size,
    };
    return true;
}

void boot_run(void) {
    struct complaint complaint;
    struct entry entry;
    if (!boot_load(&entry, &complaint)) {
        print_line("cannot boot: ", complaint.text);
        firmware_stop();
    }
    firmware_enter(&entry);
}
