/* SPDX-License-Identifier: MIT */
/* `copper image`: makes a bootable image from files of this machine, or of another image. */
#include "command.h"
#include "system.h"
#include "wiring.h"
#include <base/checked.h>
#include <string.h>
#include <unistd.h>

struct settings {
    const char *out, *base;
    const char *wiring;
    const char *mbr, *config; /* instead of the base's or the command's */
    const char *loaders[IMAGE_CPUS], *efis[IMAGE_CPUS], *initrds[IMAGE_CPUS];
    bool any_initrd;
    struct strings files; /* host, guest, host, guest ... */
    struct strings assignments;
};

static bool take_add(void *data, const char *value) {
    struct settings *settings = data;
    const char *host, *guest;
    if (!split_pair("--add", value, "=", &host, &guest)) {
        return false;
    }
    strings_add(&settings->files, host);
    strings_add(&settings->files, guest);
    return true;
}

/* [CPU=]FILE */
static bool take_part(const char *value, const char **files) {
    enum image_cpu cpu;
    const char *equals = strchr(value, '=');
    if (equals != nullptr && image_cpu_find(value, (size_t)(equals - value), &cpu)) {
        files[cpu] = equals + 1;
    } else {
        files[IMAGE_X86_64] = value;
    }
    return true;
}

static bool take_loader(void *data, const char *value) {
    return take_part(value, ((struct settings *)data)->loaders);
}

static bool take_efi(void *data, const char *value) {
    return take_part(value, ((struct settings *)data)->efis);
}

static bool take_initrd(void *data, const char *value) {
    struct settings *settings = data;
    settings->any_initrd = true;
    return take_part(value, settings->initrds);
}

static bool take_set(void *data, const char *value) {
    struct settings *settings = data;
    strings_add(&settings->assignments, value);
    return is_assignment(value);
}

/* CONFIG with what --set adds; the last line with a key wins. */
static void extend_config(const struct strings *assignments, struct blob *config) {
    size_t size = config->size + 1;
    for (size_t i = 0; i < assignments->count; i++) {
        size += strlen(assignments->items[i]) + 1;
    }
    char *text = command_allocate(size, 1);
    memcpy(text, config->bytes, config->size);
    char *at = text + config->size;
    if (assignments->count > 0 && config->size > 0 && at[-1] != '\n') {
        *at++ = '\n';
    }
    for (size_t i = 0; i < assignments->count; i++) {
        size_t length = strlen(assignments->items[i]);
        memcpy(at, assignments->items[i], length);
        at[length] = '\n';
        at += length + 1;
    }
    *config = (struct blob){text, (size_t)(at - text)};
}

static bool load_base(const char *path, struct image *image) {
    struct image_error error;
    int file = file_open_read(path);
    if (file < 0) {
        return false;
    }
    bool good = image_read(file, image, &error);
    close(file);
    if (!good) {
        command_failed("%s: %s", path, error.text);
    }
    return good;
}

/* What it has already stays, unless a file was named. */
static bool load_or(const char *path, struct blob *out) {
    return path == nullptr || file_load(path, out);
}

/* Base and parts; the initrds stay empty when none is named. */
static bool load_parts(const struct settings *settings, struct image *image) {
    *image = (struct image){.mbr = system_mbr, .config = {"", 0}};
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        image->parts[i] = system_part((enum image_cpu)i);
    }
    bool good = (settings->base == nullptr || load_base(settings->base, image)) &&
                load_or(settings->mbr, &image->mbr) && load_or(settings->config, &image->config);
    for (size_t i = 0; i < IMAGE_CPUS && good; i++) {
        struct image_part *part = &image->parts[i];
        good = load_or(settings->loaders[i], &part->loader) &&
               load_or(settings->efis[i], &part->efi) &&
               load_or(settings->initrds[i], &part->initrd);
    }
    return good;
}

static bool load_files(const struct strings *pairs, struct tar_file *files) {
    for (size_t i = 0; i < pairs->count; i += 2) {
        files[i / 2].path = pairs->items[i + 1] + strspn(pairs->items[i + 1], "/");
        if (!file_load(pairs->items[i], &files[i / 2].content)) {
            return false;
        }
    }
    return true;
}

/* An initrd that is given stays as it is, byte for byte, unless something is added to it. */
static bool extend_initrd(const struct tar_file *files, size_t count, struct blob *initrd,
                          struct image_error *error) {
    return initrd->bytes == nullptr || count == 0 ||
           (tar_unpack(initrd, error) && tar_create(*initrd, files, count, initrd, error));
}

/* Those that are given; else one for each CPU that we have a kernel for. What is left without an
 * initrd is left out of the image. */
static bool make_initrds(const struct settings *settings, const struct tar_file *files,
                         size_t count, struct image *image, struct image_error *error) {
    bool given = settings->base != nullptr || settings->any_initrd;
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        enum image_cpu cpu = (enum image_cpu)i;
        struct image_part *part = &image->parts[i];
        bool good = given             ? extend_initrd(files, count, &part->initrd, error)
                    : system_has(cpu) ? system_initrd(cpu, files, count, &part->initrd, error)
                                      : true;
        if (!good) {
            return false;
        }
        if (part->initrd.bytes == nullptr) {
            part->efi = (struct blob){};
            part->loader = cpu == IMAGE_X86_64 ? part->loader : (struct blob){};
        }
    }
    return true;
}

/* All of the image's CPUs have the same mistakes: they are told once. */
static bool apply_wiring(const char *path, struct image *image) {
    struct blob file = {"", 0};
    if (!load_or(path, &file)) {
        return false;
    }
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        struct blob *initrd = &image->parts[i].initrd;
        if (initrd->bytes != nullptr && !wiring_apply(path, file, initrd)) {
            return false;
        }
    }
    return true;
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    const struct settings *settings = data;
    struct image image;
    struct image_error error;
    if (count > 0) {
        return command_misused(command, "what is \"%s\"?", arguments[0]);
    }
    if (settings->out == nullptr) {
        return command_misused(command, "where to? --out FILE is missing");
    }
    size_t file_count = settings->files.count / 2;
    struct tar_file *files = command_allocate(file_count + 1, sizeof(*files));
    if (!load_parts(settings, &image) || !load_files(&settings->files, files)) {
        return EXIT_REFUSED;
    }
    extend_config(&settings->assignments, &image.config);
    if (!make_initrds(settings, files, file_count, &image, &error)) {
        return command_failed("%s", error.text);
    }
    if (!apply_wiring(settings->wiring, &image)) {
        return EXIT_REFUSED;
    }
    return image_write(&image, settings->out, &error) ? 0 : command_failed("%s", error.text);
}

static struct settings settings;

static const struct option options[] = {
    {"--out", "FILE", .text = &settings.out},       {"--base", "IMAGE", .text = &settings.base},
    {"--add", "FILE=/GUEST/PATH", take_add},        {"--set", "KEY=value", take_set},
    {"--wiring", "FILE", .text = &settings.wiring}, {"--config", "FILE", .text = &settings.config},
    {"--initrd", "[CPU=]FILE", take_initrd},        {"--loader", "[CPU=]FILE", take_loader},
    {"--mbr", "FILE", .text = &settings.mbr},       {"--efi", "[CPU=]FILE", take_efi},
};

const struct command command_image = {
    .name = "image",
    .summary = "make a bootable disk image",
    .help =
        "usage: copper image --out FILE [OPTIONS]\n"
        "\n"
        "Makes a disk image that boots from a BIOS and from UEFI: Copper's loaders, and for each\n"
        "CPU an initrd of its kernel and the files that are added. All of Copper's is part of "
        "this\n"
        "command;\n"
        "--base takes it from an image instead, with that one's files and CONFIG, and so makes a\n"
        "new image of an old one. The same input makes the same image.\n"
        "\n"
        "  --out FILE               the image; replaced when it is whole, never half written\n"
        "  --base IMAGE             start from what this image holds; it stays as it is\n"
        "  --add FILE=/GUEST/PATH   put a file into the initrd, in place of one of that name;\n"
        "                           /sys/core is the kernel\n"
        "  --set KEY=value          put a line into CONFIG; start=PATH names the program,\n"
        "                           doc/boot.md the rest\n"
        "  --wiring FILE            what runs, with which handles (doc/wiring.md): the initrd's "
        "file\n"
        "                           /wiring, which is checked, whoever put it there\n"
        "  --config FILE            this CONFIG, without the lines of --set\n"
        "  --initrd [CPU=]FILE      this initrd: a ustar or cpio archive, gzipped or not; CPU is\n"
        "                           x86_64, aarch64 or riscv64. Others have none then\n"
        "  --loader [CPU=]FILE, --mbr FILE, --efi [CPU=]FILE\n"
        "                           these instead of Copper's loader.bin, boot.bin, bootx64.efi\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
