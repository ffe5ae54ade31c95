/* SPDX-License-Identifier: MIT */
/*
 * From firmware to kernel, in this order: find the boot partition, read CONFIG and the initrd, find
 * the kernel in it; what follows until the jump is place.c's.
 */
#include <abi/bootinfo.h>
#include <base/checked.h>
#include <base/format.h>
#include <base/string.h>
#include <boot/boot.h>
#include <boot/fat.h>
#include <boot/firmware.h>
#include <boot/gpt.h>
#include <boot/initrd.h>
#include <boot/place.h>

constexpr uint64_t PAGE = MEMORY_PAGE;
constexpr size_t DISKS_MAX = 32;
constexpr uint64_t INITRD_MIN = 512;

struct boot {
    struct disk disk;
    struct fat fat;
    struct fat_file initrd_file;
    const char *initrd_name;
    struct cargo cargo;
};

static void print_line(const char *what, const char *text) {
    char line[256];
    (void)format_buffer(line, sizeof line, "copper: %s%s\n", what, text);
    firmware_print(text_of(line));
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
    if (!place_allocate(size, name, &address, complaint)) {
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

static bool initrd_load(struct boot *boot, struct complaint *complaint) {
    if (boot->initrd_file.size < INITRD_MIN) {
        return complain(complaint, "%s: %s is empty", boot->disk.name, boot->initrd_name);
    }
    return file_load(boot, &boot->initrd_file, boot->initrd_name, &boot->cargo.initrd, complaint) &&
           place_unpack(&boot->cargo.initrd, complaint) &&
           initrd_check(boot->cargo.initrd, complaint);
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
    return !initrd_find(boot->cargo.initrd, text_of("sys/config"), text, &absent) ||
           config_fits(bytes_left(text), complaint);
}

static bool environment_load(struct boot *boot, struct complaint *complaint) {
    struct bytes text = bytes_init("", 0);
    struct fat_file file;
    void *page;
    if (!fat_find(&boot->fat, text_of("BOOTBOOT/CONFIG"), &file, complaint) ||
        !(file.exists ? config_load(boot, &file, &text, complaint)
                      : config_find(boot, &text, complaint)) ||
        !place_page("CONFIG", &page, complaint)) {
        return false;
    }
    boot->cargo.environment = page;
    memcpy(page, text.at, bytes_left(&text));
    if (file.exists && file.size > 0) {
        firmware_release((uintptr_t)text.at, file.size);
    }
    return true;
}

bool boot_load(struct entry *out, struct complaint *complaint) {
    static struct boot boot;
    boot.cargo.loader = firmware_loader;
    return volume_find(&boot, complaint) && initrd_load(&boot, complaint) &&
           environment_load(&boot, complaint) && place_kernel(&boot.cargo, complaint) &&
           place_system(&boot.cargo, out, complaint);
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
