/* SPDX-License-Identifier: MIT */
/*
 * `copper start`: the processes of an image, as one process of Linux. init and the wiring file are
 * the image's own, the kernel's server is that of a machine, and the machine has one device: a
 * serial port, which is this terminal.
 */
#include "../image/tar.h"
#include "../machine/serial.h"
#include "../port/target.h"
#include "command.h"
#include "terminal.h"
#include "wiring.h"
#include <base/archive.h>
#include <base/checked.h>
#include <engine/port.h>
#include <engine/target.h>
#include <errno.h>
#include <fcntl.h>
#include <kernel/device.h>
#include <kernel/log.h>
#include <kernel/program.h>
#include <kernel/service.h>
#include <proto/kernel.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

constexpr size_t CODE_SIZE = UINT64_C(1) << 30; /* address space; frames come when code does */
constexpr size_t CACHE_SIZE = 256 << 20;
static const char init_path[] = "sys/init.wasm";

struct settings {
    struct strings files; /* host, guest, host, guest ... */
    const char *wiring;
    const char *log;
};

static bool take_add(void *data, const char *value) {
    struct settings *settings = data;
    const char *host, *guest;
    if (!split_pair("--add", value, "=", &host, &guest)) {
        return false;
    }
    strings_add(&settings->files, host);
    strings_add(&settings->files, guest + strspn(guest, "/"));
    return true;
}

/* ---- the initrd ---- */

static struct blob initrd; /* an archive, unpacked; stays */

static bool is_image(const char *path) {
    static const char mark[] = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'};
    constexpr off_t AT = 512; /* a partition table, in the second sector */
    char found[sizeof mark];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool is = file >= 0 && pread(file, found, sizeof found, AT) == (ssize_t)sizeof found &&
              memcmp(found, mark, sizeof mark) == 0;
    if (file >= 0) {
        close(file);
    }
    return is;
}

/* An image's: programs are the same for all CPUs. */
static bool load_image(const char *path, struct blob *out) {
    struct image image;
    struct image_error error;
    int file = file_open_read(path);
    bool good = file >= 0 && image_read(file, &image, &error);
    if (!good && file >= 0) {
        command_failed("%s: %s", path, error.text);
    }
    for (size_t i = 0; i < IMAGE_CPUS && good && out->size == 0; i++) {
        *out = image.parts[i].initrd;
    }
    if (file >= 0) {
        close(file);
    }
    return good;
}

/* Without a file there is what every program may need. */
static bool load_base(const char *path, struct blob *out) {
    struct image_error error;
    *out = (struct blob){"", 0};
    if (path == nullptr) {
        const struct tar_file file = {"sys/wasi_snapshot_preview1.wasm",
                                      {adapters[0].bytes, adapters[0].size}};
        return tar_create(*out, &file, 1, out, &error);
    }
    if (!(is_image(path) ? load_image : file_load)(path, out)) {
        return false;
    }
    if (!tar_unpack(out, &error)) {
        command_failed("%s: %s", path, error.text);
        return false;
    }
    return true;
}

static bool add_files(const struct strings *pairs, struct blob *archive) {
    size_t count = pairs->count / 2;
    struct image_error error;
    struct tar_file *files = command_allocate(count + 1, sizeof *files);
    for (size_t i = 0; i < count; i++) {
        files[i].path = pairs->items[2 * i + 1];
        if (!file_load(pairs->items[2 * i], &files[i].content)) {
            return false;
        }
    }
    bool good = count == 0 || tar_create(*archive, files, count, archive, &error);
    if (!good) {
        command_failed("%s", error.text);
    }
    return good;
}

static bool load_initrd(const struct settings *settings, const char *path) {
    struct blob wiring = {"", 0};
    return load_base(path, &initrd) && add_files(&settings->files, &initrd) &&
           (settings->wiring == nullptr || file_load(settings->wiring, &wiring)) &&
           wiring_apply(settings->wiring, wiring, &initrd);
}

/* ---- the kernel's place ---- */

static struct engine *engine;
static struct device *serial;

static bool file_find(struct text path, struct bytes *out) {
    static struct archive archive; /* large */
    struct archive_entry entry;
    archive_init(&archive, initrd.bytes, initrd.size);
    if (archive_find(&archive, path, &entry) != ARCHIVE_ENTRY) {
        return false;
    }
    *out = bytes_init(entry.data, entry.size);
    return true;
}

static bool initrd_get(struct bytes *out) {
    *out = bytes_init(initrd.bytes, initrd.size);
    return true;
}

static status_t device_find(struct text name, struct shared **out) {
    if (!text_equal(name, text_of("16550")) && !text_equal(name, text_of("16550/0"))) {
        return ERR_NOT_FOUND;
    }
    *out = device_shared(serial);
    shared_acquire(*out);
    return OK;
}

/* Of the Linux machine; what is handed out for what, Linux does not tell. */
static void memory_get(struct kernel_memory *out) {
    struct sysinfo info;
    if (sysinfo(&info) == 0) {
        out->total = (uint64_t)info.totalram * info.mem_unit;
        out->free = (uint64_t)info.freeram * info.mem_unit;
    }
    out->code = engine_statistics_get(engine)->code_bytes;
}

static void describe(format_sink *sink, void *context) {
    struct utsname name;
    if (uname(&name) == 0) {
        format_to(sink, context, "CPU: %s\nmachine: process %d of %s %s\n", port_target()->name,
                  (int)getpid(), name.sysname, name.release);
    }
}

static void leave(int code) {
    serial_flush();
    exit(code);
}

static void over(void) {
    leave(0);
}

static void power(bool reboot) {
    if (reboot) {
        serial_flush();
        terminal_restore();
        (void)execv("/proc/self/exe", command_line);
        command_failed("starting again: %s", strerror(errno));
        leave(EXIT_REFUSED);
    }
    leave(0);
}

static struct service_place place = {.initrd_get = initrd_get,
                                     .device_find = device_find,
                                     .memory_get = memory_get,
                                     .describe = describe,
                                     .power = power};

/* ---- running ---- */

static void tell(void *context, const char *line, size_t size) {
    serial_flush();
    fprintf(stderr, "%.*s%s\n", (int)(size - 1), line, terminal_is_raw() ? "\r" : "");
}

static void complain(void *data, const char *line) {
    log_write(LOG_ERROR, "program", "%s", line);
}

static bool log_start(const char *levels) {
    size_t at;
    log_level_set(LOG_WARNING);
    log_sink_add(tell, nullptr);
    if (log_configure(levels, strlen(levels), &at) != OK) {
        command_failed("--log %s: character %zu: no such level or subsystem", levels, at + 1);
        return false;
    }
    return true;
}

static status_t prepare(struct process **kernel) {
    const struct target *target = port_target();
    const struct engine_config config = {target, CODE_SIZE, target->features_detect(),
                                         .cache_size = CACHE_SIZE};
    status_t status = engine_create(&config, &engine);
    if (status == OK) {
        status = serial_create(STDIN_FILENO, STDOUT_FILENO, over, &serial);
    }
    place.engine = engine;
    return status == OK ? service_start(&place, kernel) : status;
}

static int run_init(struct bytes file, struct process *kernel) {
    static const char *const arguments[] = {"init"};
    const struct program_grant grant = {"kernel", PROTOCOL_KERNEL, kernel, KERNEL_MAY_ALL, nullptr};
    const struct program_config config = {
        .name = "init",
        .bytes = file.at,
        .size = bytes_left(&file),
        .arguments = arguments,
        .argument_count = 1,
        .grants = &grant,
        .grant_count = 1,
        .handler = true,
        .bytes_stay = true,
        .priority = 1,
        .complain = complain,
    };
    struct program_result result;
    program_run(engine, &config, &result);
    serial_flush();
    return result.how == PROGRAM_EXITED    ? (int)(result.exit_code & 0xFF)
           : result.how == PROGRAM_TRAPPED ? EXIT_TRAPPED
                                           : EXIT_REFUSED;
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    const struct settings *settings = data;
    struct process *kernel;
    struct bytes file;
    if (count > 1) {
        return command_misused(command, "what is \"%s\"?", arguments[1]);
    }
    if (!load_initrd(settings, count > 0 ? arguments[0] : nullptr)) {
        return EXIT_REFUSED;
    }
    if (!file_find(text_of(init_path), &file)) {
        return command_failed("there is no file %s to begin with", init_path);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    terminal_make_raw();
    status_t status = prepare(&kernel);
    if (status != OK) {
        return command_failed("%s", status_text(status));
    }
    return log_start(settings->log) ? run_init(file, kernel) : EXIT_USAGE;
}

static struct settings settings = {.log = "warning"};

static const struct option options[] = {
    {"--wiring", "FILE", .text = &settings.wiring},
    {"--add", "FILE=/GUEST/PATH", take_add},
    {"--log", "LEVELS", .text = &settings.log},
};

const struct command command_start = {
    .name = "start",
    .summary = "run the processes of an image under Linux",
    .help =
        "usage: copper start [OPTIONS] [IMAGE]\n"
        "\n"
        "Does what a booted machine does once its kernel runs, as one process of Linux: init, the\n"
        "drivers, servers and programs of the wiring file (doc/wiring.md). IMAGE is a disk image, "
        "or an\n"
        "initrd: a ustar or cpio archive, gzipped or not. This terminal is the machine's serial\n"
        "port; all that is typed goes there. When standard input ends, Ctrl-D is typed whenever\n"
        "nothing else can happen.\n"
        "\n"
        "  --wiring FILE            what runs, instead of the image's file /wiring\n"
        "  --add FILE=/GUEST/PATH   put a file into the initrd, in place of one of that name\n"
        "  --log LEVELS             what of the log is told on standard error, as CONFIG's log= "
        "has it\n"
        "                           (doc/boot.md); warning\n"
        "\n"
        "The exit status is that of init, which is that of the process whose end ends everything; "
        "0\n"
        "when a program switches the machine off.\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
