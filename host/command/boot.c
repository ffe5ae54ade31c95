/* SPDX-License-Identifier: MIT */
/*
 * `copper boot`: a program on a machine of its own, which QEMU plays. The image is a file in memory
 * that nobody else sees; QEMU dies with us, so nothing is left behind however we end.
 *
 *   serial0   firmware, loader, kernel: the log. Kept; shown when asked for or when things go wrong
 *   serial1   the program: its input, output and error, framed (abi/serial.h)
 *
 * A machine with one line has all on serial0.
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
    enum image_cpu cpu;
    const char *machine_name;
    struct machine machine;
};

static bool take_cpu(void *data, const char *value) {
    enum image_cpu *cpu = &((struct settings *)data)->cpu;
    if (!image_cpu_find(value, strlen(value), cpu)) {
        fprintf(stderr, "copper boot: --cpu is x86_64, aarch64 or riscv64, not \"%s\"\n", value);
        return false;
    }
    return true;
}

static bool take_via(void *data, const char *value) {
    struct settings *settings = data;
    for (size_t i = 0; i < MACHINE_VIAS; i++) {
        if (strcmp(value, machine_via_names[i]) == 0) {
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
static struct blob make_config(const struct machine_kind *kind, const char *program,
                               const struct strings *assignments) {
    static char text[8192];
    size_t size = format_buffer(text, sizeof(text),
                                "start=%s\n"
                                "arguments=sys/arguments\n"
                                "after=poweroff\n"
                                "panic=poweroff\n"
                                "console=%s\n"
                                "stdin=framed\n"
                                "logto=serial0\n",
                                program, kind->two_lines ? "serial1" : "serial0");
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
    if (!system_initrd(settings->cpu, files, count, out, &error)) {
        command_failed("%s", error.text);
        return false;
    }
    return true;
}

/* Is there firmware to start? If not it has been said. */
static bool firmware_check(const struct machine *machine) {
    if (machine->via == MACHINE_VIA_UEFI && access(machine->firmware, R_OK) != 0) {
        command_failed("no UEFI firmware: %s: %s. It is in the package %s; --firmware names "
                       "another place",
                       machine->firmware, strerror(errno), machine->kind->uefi_package);
        return false;
    }
    return true;
}

/* The machine that was asked for, or what is wrong with it. */
static bool machine_choose(struct settings *settings) {
    struct machine *machine = &settings->machine;
    const char *cpu = image_cpus[settings->cpu].cpu;
    const struct machine_kind *kind = machine_kind_find(settings->cpu, settings->machine_name);
    if (kind == nullptr) {
        return !command_failed("the machine \"%s\": %s has %s", settings->machine_name, cpu,
                               machine_kind_list(settings->cpu));
    }
    bool has_via = machine->via == MACHINE_VIA_BIOS   ? kind->bios
                   : machine->via == MACHINE_VIA_UEFI ? kind->uefi != nullptr
                                                      : true;
    if (!has_via) {
        return !command_failed("via %s: the machine %s of %s has no %s",
                               machine_via_names[machine->via], kind->name, cpu,
                               machine->via == MACHINE_VIA_BIOS ? "BIOS" : "UEFI");
    }
    if (!system_has(settings->cpu)) {
        return !command_failed("--cpu %s: this command was built without a kernel for it", cpu);
    }
    machine->kind = kind;
    machine->firmware = machine->firmware != nullptr ? machine->firmware : kind->uefi;
    return true;
}

/* Of the machine's memory: what it must have, or enough for what it is given. */
static uint64_t choose_memory(const struct machine *machine, size_t initrd_size) {
    if (machine->kind->memory_mib != 0) {
        return machine->kind->memory_mib;
    }
    return machine->memory_mib != 0 ? machine->memory_mib : MEMORY_MIN_MIB + 4 * initrd_size / MIB;
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    struct settings *settings = data;
    struct machine *machine = &settings->machine;
    struct image image = {.mbr = system_mbr,
                          .parts[IMAGE_X86_64].loader = system_part(IMAGE_X86_64).loader};
    struct image_error error;
    struct blob program, strings;
    if (count == 0) {
        return command_misused(command, "which program?");
    }
    const char *path = program_path(arguments[0]);
    if (!machine_choose(settings)) {
        return EXIT_REFUSED;
    }
    struct image_part *part = &image.parts[settings->cpu];
    *part = system_part(settings->cpu);
    image.config = make_config(machine->kind, path, &settings->assignments);
    if (!firmware_check(machine) || !file_load(arguments[0], &program) ||
        !make_arguments(count, arguments, &settings->environment, &strings) ||
        !make_initrd(settings, path, program, strings, &part->initrd)) {
        return EXIT_REFUSED;
    }
    machine->image = memfd_create("copper image", 0);
    if (machine->image < 0 || !image_write_to(&image, machine->image, &error)) {
        return command_failed("%s", machine->image < 0 ? "no memory for the image" : error.text);
    }
    machine->loader = part->loader;
    machine->memory_mib = choose_memory(machine, part->initrd.size);
    return machine_run(machine);
}

static struct settings settings;

static const struct option options[] = {
    {"--cpu", "x86_64, aarch64 or riscv64", take_cpu},
    {"--machine", "NAME", .text = &settings.machine_name},
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
        "  --cpu NAME                x86_64 (the default), aarch64 or riscv64\n"
        "  --machine NAME            pc; virt (the default) or raspi3b of aarch64; virt of "
        "riscv64\n"
        "  --via kernel|bios|uefi    how the machine starts: QEMU loads our loader (the default), "
        "or\n"
        "                            its BIOS or UEFI does, from the disk\n"
        "  --firmware FILE           what plays UEFI, instead of that of the packages ovmf,\n"
        "                            qemu-efi-aarch64, u-boot-qemu\n"
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
