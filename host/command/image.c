/* SPDX-License-Identifier: MIT */
/* `copper image`: makes a bootable image from files of this machine. */
#include "command.h"
#include "system.h"
#include <base/checked.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    const char *out;
    const char *config;
    const char *mbr, *loader, *kernel; /* instead of the command's own */
    struct strings files;              /* host, guest, host, guest ... */
    struct strings assignments;
};

static bool take_out(void *settings, const char *value) {
    ((struct settings *)settings)->out = value;
    return true;
}

static bool take_config(void *settings, const char *value) {
    ((struct settings *)settings)->config = value;
    return true;
}

static bool take_mbr(void *settings, const char *value) {
    ((struct settings *)settings)->mbr = value;
    return true;
}

static bool take_loader(void *settings, const char *value) {
    ((struct settings *)settings)->loader = value;
    return true;
}

static bool take_kernel(void *settings, const char *value) {
    ((struct settings *)settings)->kernel = value;
    return true;
}

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

static bool take_set(void *data, const char *value) {
    struct settings *settings = data;
    strings_add(&settings->assignments, value);
    return is_assignment(value);
}

/* The text of CONFIG: the file's, then what --set adds; the last line with a key wins. */
static bool make_config(const struct settings *settings, struct blob *out) {
    struct blob file = {"", 0};
    if (settings->config != nullptr && !file_load(settings->config, &file)) {
        return false;
    }
    size_t size = file.size + 1;
    for (size_t i = 0; i < settings->assignments.count; i++) {
        size += strlen(settings->assignments.items[i]) + 1;
    }
    char *text = command_allocate(size, 1);
    memcpy(text, file.bytes, file.size);
    char *at = text + file.size;
    if (file.size > 0 && at[-1] != '\n') {
        *at++ = '\n';
    }
    for (size_t i = 0; i < settings->assignments.count; i++) {
        size_t length = strlen(settings->assignments.items[i]);
        memcpy(at, settings->assignments.items[i], length);
        at[length] = '\n';
        at += length + 1;
    }
    *out = (struct blob){text, (size_t)(at - text)};
    return true;
}

/* The command's own, unless a file was named. */
static bool load_or(const char *path, struct blob *out) {
    return path == nullptr || file_load(path, out);
}

/* System files, then what was added; what is added under a name of the system replaces it. */
static bool collect_files(const struct settings *settings, struct image *image) {
    size_t capacity = system_file_count + settings->files.count / 2;
    struct image_file *files = command_allocate(capacity, sizeof(*files));
    memcpy(files, system_files, system_file_count * sizeof(*files));
    image->files = files;
    image->file_count = system_file_count;
    for (size_t i = 0; i < settings->files.count; i += 2) {
        const char *guest = settings->files.items[i + 1];
        size_t at = 0;
        while (*guest == '/') {
            guest++;
        }
        while (at < image->file_count && strcmp(files[at].path, guest) != 0) {
            at++;
        }
        files[at].path = guest;
        if (!file_load(settings->files.items[i], &files[at].content)) {
            return false;
        }
        image->file_count += at == image->file_count;
    }
    return load_or(settings->kernel, &files[0].content);
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    const struct settings *settings = data;
    struct image image = {.mbr = system_mbr, .loader = system_loader};
    struct image_error error;
    if (count > 0) {
        return command_misused(command, "what is \"%s\"?", arguments[0]);
    }
    if (settings->out == nullptr) {
        return command_misused(command, "where to? --out FILE is missing");
    }
    if (!load_or(settings->mbr, &image.mbr) || !load_or(settings->loader, &image.loader) ||
        !make_config(settings, &image.config) || !collect_files(settings, &image)) {
        return EXIT_REFUSED;
    }
    if (!image_write(&image, settings->out, &error)) {
        return command_failed("%s", error.text);
    }
    return 0;
}

static const struct option options[] = {
    {"--out", "FILE", take_out},       {"--add", "FILE=/GUEST/PATH", take_add},
    {"--set", "KEY=value", take_set},  {"--config", "FILE", take_config},
    {"--kernel", "FILE", take_kernel}, {"--loader", "FILE", take_loader},
    {"--mbr", "FILE", take_mbr},
};

static struct settings settings;

const struct command command_image = {
    .name = "image",
    .summary = "make a bootable disk image",
    .help =
        "usage: copper image --out FILE [OPTIONS]\n"
        "\n"
        "Makes a disk image that boots from a BIOS: Copper's loader, its kernel, and an initrd of\n"
        "the files that are added.\n"
        "\n"
        "  --out FILE               the image; replaced when it is whole\n"
        "  --add FILE=/GUEST/PATH   put a file into the initrd\n"
        "  --set KEY=value          put a line into CONFIG; start=PATH names the program,\n"
        "                           doc/boot.md the rest\n"
        "  --config FILE            what CONFIG starts with\n"
        "  --kernel FILE, --loader FILE, --mbr FILE\n"
        "                           these instead of the command's own\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
