/* SPDX-License-Identifier: MIT */
/*
 * `copper boot`: a program on a machine of its own, which QEMU plays. The image is a file in memory
 * that nobody else sees; QEMU dies with us, so nothing is left behind however we end.
 *
 *   serial0   firmware, loader, kernel: the log. Kept; shown when asked for or when things go wrong
 *   serial1   the program: its input, output and error, framed (user/serial.h)
 */
#include "command.h"
#include "machine.h"
#include "system.h"
#include <base/checked.h>
#include <base/format.h>
#include <base/string.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

constexpr uint64_t MIB = 1 << 20;
constexpr uint64_t MEMORY_MIN_MIB = 256;
constexpr uint64_t MEMORY_MAX_MIB = 65536;
constexpr size_t ARGUMENTS_MAX = 64 * 1024; /* BIRTH_MAX */

struct settings {
    struct strings environment;
    struct strings files;       /* host, guest, host, guest ... */
    struct strings assignments; /* lines of CONFIG */
    struct machine machine;
};

static bool take_via(void *data, const char *value) {
    static const char *const ways[] = {
        [MACHINE_VIA_KERNEL] = "kernel", [MACHINE_VIA_BIOS] = "bios", [MACHINE_VIA_UEFI] = "uefi"};
    struct settings *settings = data;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        if (strcmp(value, ways[i]) == 0) {
            settings->machine.via = (enum machine_via)i;
            return true;
        }
    }
    fprintf(stderr, "copper boot: --via is kernel, bios or uefi, not \"%s\"\n", value);
    return false;
}

static bool take_environment(void *data, const char *value) {
    strings_add(&((struct settings *)data)->environment, value);
    return is_assignment(value);
}

static bool take_file(void *data, const char *value) {
    struct settings *settings = data;
    const char *host, *guest;
    if (!split_pair("--file", value, "::", &host, &guest)) {
        return false;
    }
    strings_add(&settings->files, host);
    strings_add(&settings->files, guest);
    return true;
}

static bool take_set(void *data, const char *value) {
    strings_add(&((struct settings *)data)->assignments, value);
    return is_assignment(value);
}

static bool take_memory(void *data, const char *value) {
    struct settings *settings = data;
    if (!text_to_u64(text_of(value), &settings->machine.memory_mib) ||
        settings->machine.memory_mib < 32 || settings->machine.memory_mib > MEMORY_MAX_MIB) {
        fprintf(stderr, "copper boot: --memory is 32 to %llu MiB, not \"%s\"\n",
                (unsigned long long)MEMORY_MAX_MIB, value);
        return false;
    }
    return true;
}

static bool take_memory_mode(void *data, const char *value) {
    enum memory_mode mode;
    bool good = memory_mode_parse(value, &mode);
    strings_add(&((struct settings *)data)->assignments,
                mode == MEMORY_CHECKED ? "memory=checked" : "memory=guard");
    return good;
}

static bool take_trap_unknown_imports(void *data, const char *value) {
    (void)value;
    strings_add(&((struct settings *)data)->assignments, "imports=trap");
    return true;
}

static bool take_log(void *data, const char *value) {
    ((struct settings *)data)->machine.show_log = true;
    return true;
}

static bool take_directory(void *data, const char *value) {
    fputs("copper boot: the machine has no directories of this one; --file HOST::/GUEST/PATH puts "
          "files into it\n",
          stderr);
    return false;
}

/* ---- the image ---- */

/* Appends a string and its NUL; false when there is no room. */
static bool append_string(struct blob *strings, char *text, const char *string) {
    size_t size = strlen(string) + 1;
    if (size > ARGUMENTS_MAX - strings->size) {
        return false;
    }
    memcpy(text + strings->size, string, size);
    strings->size += size;
    return true;
}

/* The file that the kernel's arguments= names: the number of arguments, they, the environment. */
static bool make_arguments(int count, char **arguments, const struct strings *environment,
                           struct blob *out) {
    char *text = command_allocate(ARGUMENTS_MAX, 1);
    char number[16];
    (void)format_buffer(number, sizeof(number), "%d", count);
    *out = (struct blob){text, 0};
    bool good = append_string(out, text, number);
    for (int i = 0; good && i < count; i++) {
        good = append_string(out, text, arguments[i]);
    }
    for (size_t i = 0; good && i < environment->count; i++) {
        good = append_string(out, text, environment->items[i]);
    }
    if (!good) {
        command_failed("arguments and environment are too long");
    }
    return good;
}

/* Where the program goes: its own name, for traces, when that is harmless in a CONFIG. */
static const char *program_path(const char *host_path) {
    static char path[96];
    const char *name = path_name(host_path);
    size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    bool good = size > 0 && name[size] == 0 && size < 64 && name[0] != '.';
    (void)format_buffer(path, sizeof(path), "bin/%s", good ? name : "program.wasm");
    return path;
}

/* The last line with a key wins. */
static struct blob make_config(const char *program, const struct strings *assignments) {
    static char text[8192];
    size_t size = format_buffer(text, sizeof(text),
                                "start=%s\n"
                                "arguments=sys/arguments\n"
                                "after=poweroff\n"
                                "panic=poweroff\n"
                                "console=serial1\n"
                                "stdin=framed\n"
                                "logto=serial0\n",
                                program);
    for (size_t i = 0; i < assignments->count && size < sizeof(text); i++) {
        size += format_buffer(text + size, sizeof(text) - size, "%s\n", assignments->items[i]);
    }
    return (struct blob){text, size};
}

static bool make_initrd(const struct settings *settings, const char *path, struct blob program,
                        struct blob arguments, struct blob *out) {
    size_t count = 0, extra = settings->files.count / 2;
    struct tar_file *files = command_allocate(extra + 2, sizeof(*files));
    struct image_error error;
    files[count++] = (struct tar_file){path, program};
    files[count++] = (struct tar_file){"sys/arguments", arguments};
    for (size_t i = 0; i < extra; i++) {
        const char *guest = settings->files.items[2 * i + 1];
        files[count].path = guest + strspn(guest, "/");
        if (!file_load(settings->files.items[2 * i], &files[count++].content)) {
            return false;
        }
    }
    if (!system_initrd(files, count, out, &error)) {
        command_failed("%s", error.text);
        return false;
    }
    return true;
}

/* Is there firmware to start? If not it has been said. */
static bool firmware_check(const struct machine *machine) {
    if (machine->via == MACHINE_VIA_UEFI && access(machine->firmware, R_OK) != 0) {
        command_failed("no UEFI firmware: %s: %s. It is in the package ovmf; --firmware names "
                       "another place",
                       machine->firmware, strerror(errno));
        return false;
    }
    return true;
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    struct settings *settings = data;
    struct machine *machine = &settings->machine;
    struct image image = {.mbr = system_mbr, .loader = system_loader, .efi = system_efi};
    struct image_error error;
    struct blob program, strings;
    if (count == 0) {
        return command_misused(command, "which program?");
    }
    const char *path = program_path(arguments[0]);
    image.config = make_config(path, &settings->assignments);
    if (!firmware_check(machine) || !file_load(arguments[0], &program) ||
        !make_arguments(count, arguments, &settings->environment, &strings) ||
        !make_initrd(settings, path, program, strings, &image.initrd)) {
        return EXIT_REFUSED;
    }
    machine->image = memfd_create("copper image", 0);
    if (machine->image < 0 || !image_write_to(&image, machine->image, &error)) {
        return command_failed("%s", machine->image < 0 ? "no memory for the image" : error.text);
    }
    machine->loader = system_loader;
    if (machine->memory_mib == 0) {
        machine->memory_mib = MEMORY_MIN_MIB + 4 * image.initrd.size / MIB;
    }
    return machine_run(machine);
}

static struct settings settings = {.machine = {.firmware = "/usr/share/ovmf/OVMF.fd"}};

static const struct option options[] = {
    {"--via", "kernel, bios or uefi", take_via},
    {"--firmware", "FILE", .text = &settings.machine.firmware},
    {"--env", "NAME=value", take_environment},
    {"--file", "HOST::/GUEST/PATH", take_file},
    {"--memory", "MIB", take_memory},
    {"--memory-mode", "guard or checked", take_memory_mode},
    {"--set", "KEY=value", take_set},
    {"--log", nullptr, take_log},
    {"--trap-unknown-imports", nullptr, take_trap_unknown_imports},
    {"--dir", "HOST", take_directory},
};

const struct command command_boot = {
    .name = "boot",
    .summary = "run a program on a machine of its own, in QEMU",
    .help =
        "usage: copper boot [OPTIONS] PROGRAM.wasm [ARGUMENTS...]\n"
        "\n"
        "Makes a disk image of Copper and a WebAssembly program (WASI preview 1), boots it in "
        "QEMU,\n"
        "and runs the program with this terminal's input and output. Only what the program writes\n"
        "reaches standard output.\n"
        "\n"
        "  --via kernel|bios|uefi    how the machine starts: QEMU loads our loader (the default), "
        "or\n"
        "                            its BIOS or UEFI does, from the disk\n"
        "  --firmware FILE           what plays UEFI; /usr/share/ovmf/OVMF.fd, of the package "
        "ovmf\n"
        "  --file HOST::/GUEST/PATH  put a file into the machine, for reading\n"
        "  --env NAME=value          put a variable into the program's environment\n"
        "  --memory MIB              size of the machine's memory\n"
        "  --memory-mode MODE        guard or checked, as of copper run\n"
        "  --set KEY=value           put a line into CONFIG, such as log=debug; doc/boot.md\n"
        "  --log                     show what firmware and kernel say, on standard error\n"
        "  --trap-unknown-imports    run it although it imports what nobody provides: calling "
        "that\n"
        "                            traps\n"
        "\n"
        "The exit status is the program's; 134 when it trapped; 1 when the machine did not get "
        "that\n"
        "far, and then its log is shown; 2 when the command line is wrong.\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
