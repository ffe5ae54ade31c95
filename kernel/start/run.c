/* SPDX-License-Identifier: MIT */
/*
 * The first process. Its world is: the files of the initrd with a writable /tmp, one serial line as
 * standard input, output and error, a clock and chance; the servers of these are native so far.
 * Adapters are the modules sys/NAME.wasm of the initrd: each provides the imports from NAME.
 */
#include "run.h"
#include "arguments.h"
#include "driver.h"
#include "fault.h"
#include "initrd.h"
#include <arch/timer.h>
#include <base/archive.h>
#include <base/format.h>
#include <kernel/control.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/memory.h>
#include <kernel/port.h>
#include <kernel/program.h>
#include <kernel/target.h>
#include <proto/console.h>
#include <user/files.h>
#include <user/native.h>

constexpr size_t CODE_SIZE = 256 * 1024 * 1024; /* address space; frames come when code does */
constexpr size_t STACK_SIZE = 8 * 1024 * 1024;  /* demand-zero, but promised */
constexpr size_t SMALL_STACK_SIZE = 1024 * 1024;
constexpr size_t ADAPTERS_MAX = 8;
constexpr size_t ADAPTER_NAME_MAX = 64;
constexpr uint64_t LINE_LOOK_NS = 20'000'000; /* a serial line that is slow is looked at so often */
constexpr uint32_t EXIT_REFUSED = 1, EXIT_TRAPPED = 134;

extern const struct server server_clock, server_random, server_console;

struct adapters {
    struct program_adapter list[ADAPTERS_MAX];
    char names[ADAPTERS_MAX][ADAPTER_NAME_MAX];
    size_t count;
};

static struct adapters adapters;
static struct arguments arguments;
static struct native_serial line;
static struct archive archive; /* too large for a kernel stack */

/* ---- adapters ---- */

/* "sys/NAME.wasm" is NAME; false for all other names. */
static bool adapter_name(struct text file, char *out) {
    constexpr size_t BEFORE = 4, BEHIND = 5;
    if (file.size <= BEFORE + BEHIND || file.size - BEFORE - BEHIND >= ADAPTER_NAME_MAX ||
        !text_starts_with(file, text_of("sys/")) ||
        !text_equal((struct text){file.bytes + file.size - BEHIND, BEHIND}, text_of(".wasm"))) {
        return false;
    }
    size_t size = file.size - BEFORE - BEHIND;
    memcpy(out, file.bytes + BEFORE, size);
    out[size] = 0;
    return true;
}

static void adapters_name(struct bytes initrd) {
    struct archive_entry file;
    archive_init(&archive, initrd.at, bytes_left(&initrd));
    while (adapters.count < ADAPTERS_MAX && archive_next(&archive, &file) == ARCHIVE_ENTRY) {
        adapters.count +=
            file.kind == ARCHIVE_FILE && adapter_name(file.name, adapters.names[adapters.count]);
    }
}

/* By name, as files are found: what else has the file's data is the archive's affair. */
static bool adapter_find(struct bytes initrd, const char *name, struct bytes *out) {
    char path[ADAPTER_NAME_MAX + 16];
    (void)format_buffer(path, sizeof path, "sys/%s.wasm", name);
    return initrd_file_find(initrd, text_of(path), out);
}

static void adapters_collect(struct bytes initrd, struct bytes program) {
    adapters_name(initrd);
    size_t named = adapters.count;
    adapters.count = 0;
    for (size_t i = 0; i < named; i++) {
        struct bytes file;
        if (adapter_find(initrd, adapters.names[i], &file) && file.at != program.at) {
            adapters.list[adapters.count++] =
                (struct program_adapter){adapters.names[i], file.at, bytes_left(&file)};
        }
    }
}

/* ---- servers ---- */

static size_t shared_line_read(void *uart, uint8_t *to, size_t capacity) {
    return control_read(to, capacity);
}

static size_t line_read(void *uart, uint8_t *to, size_t capacity) {
    return serial_read(uart, to, capacity);
}

/* What a program says is not dropped because someone listens slowly: the core sleeps until there is
 * room. What it says to a terminal is shown on the screen, too; frames are
 * for machines. */
static void line_write(void *data, const uint8_t *bytes, size_t size) {
    struct uart *uart = data;
    fault_in_gate();
    control_poll();
    for (size_t done = 0; done < size;) {
        done += serial_write(uart, bytes + done, size - done);
        if (done < size && !serial_has_room(uart)) {
            port_wait(port_time_ns() + LINE_LOOK_NS);
        }
    }
    if (line.kind == DEVICE_SERIAL_TERMINAL) {
        (void)display_write(bytes, size);
    }
}

static void line_arrived(void *console) {
    process_interrupt(console);
}

/* A console whose port is not there drops what is written and never reads. */
static void console_attach(const struct setting *setting, struct process *console) {
    struct uart *uart = serial_find(setting->console);
    if (uart == nullptr) {
        uart = serial_find(text_of("serial0"));
    }
    bool shared = control_port() == uart;
    line = (struct native_serial){
        .kind = setting->framed ? DEVICE_SERIAL_FRAMED : DEVICE_SERIAL_TERMINAL,
        .read = shared ? shared_line_read : line_read,
        .write = line_write,
        .data = uart,
    };
    native_serial_attach(&line, console);
    if (shared) {
        control_share(line_arrived, console);
    } else {
        serial_listen(uart, line_arrived, console);
    }
}

/* Half of what is free now may become files. */
static status_t files_fill(struct bytes initrd, struct text root) {
    uint64_t fault;
    files_limit_set((uint64_t)kernel_frames.available / 2 * PAGE_SIZE);
    status_t status = files_archive_add(initrd.start, bytes_left(&initrd), &fault);
    if (status != OK) {
        log_write(LOG_ERROR, "start", "initrd at byte %llu: %s", (unsigned long long)fault,
                  status_text(status));
    }
    return files_root_choose(root.bytes, root.size);
}

constexpr size_t GRANTS = 6;

static status_t world_create(const struct setting *setting, struct bytes initrd,
                             struct program_grant grants[GRANTS]) {
    struct process *console, *clock, *random, *files;
    status_t status = files_fill(initrd, setting->root);
    if (status == OK) {
        status = server_start_native(&server_console, &console);
    }
    if (status == OK) {
        status = server_start_native(&server_clock, &clock);
    }
    if (status == OK) {
        status = server_start_native(&server_random, &random);
    }
    if (status == OK) {
        status = server_start_native(&server_files, &files);
    }
    if (status != OK) {
        return status;
    }
    console_attach(setting, console);
    const struct program_grant all[GRANTS] = {
        {"stdin", PROTOCOL_CONSOLE, console, CONSOLE_INPUT},
        {"stdout", PROTOCOL_CONSOLE, console, CONSOLE_OUTPUT},
        {"stderr", PROTOCOL_CONSOLE, console, CONSOLE_ERROR},
        {"clock", PROTOCOL_CLOCK, clock, 1},
        {"random", PROTOCOL_RANDOM, random, 1},
        {"/", PROTOCOL_FILE, files, FILES_ROOT},
    };
    memcpy(grants, all, sizeof(all));
    return OK;
}

/* ---- the program ---- */

static void complain(void *data, const char *text) {
    log_write(LOG_ERROR, "program", "%s", text);
}

static void report_times(const struct engine *engine, const struct program_result *result) {
    const struct engine_statistics *statistics = engine_statistics_get(engine);
    log_write(LOG_INFO, "start", "first instruction %llu us after entry",
              (unsigned long long)result->first_instruction_ns / 1000);
    log_write(LOG_INFO, "start", "compiled %llu functions, %llu bytes in %llu us, to %llu bytes",
              (unsigned long long)statistics->functions_compiled,
              (unsigned long long)statistics->bytes_compiled,
              (unsigned long long)statistics->compile_time_ns / 1000,
              (unsigned long long)statistics->code_bytes);
}

/* After each run of several: what it cost, and what is still taken. */
static void report_again(const struct engine *engine, uint64_t number, uint64_t functions_before) {
    const struct engine_statistics *statistics = engine_statistics_get(engine);
    (void)space_settle(&kernel_space); /* what waits for all cores counts as free */
    log_write(LOG_INFO, "start",
              "run %llu: compiled %llu functions, %llu bytes of code; %zu frames are free",
              (unsigned long long)number,
              (unsigned long long)(statistics->functions_compiled - functions_before),
              (unsigned long long)statistics->code_bytes, kernel_frames.available);
}

static uint32_t exit_code(const struct program_result *result) {
    switch (result->how) {
    case PROGRAM_EXITED:
        return result->exit_code;
    case PROGRAM_TRAPPED:
        return EXIT_TRAPPED;
    default:
        return EXIT_REFUSED;
    }
}

static const char *name_of(struct text path) {
    static char name[ADAPTER_NAME_MAX];
    size_t start = path.size;
    while (start > 0 && path.bytes[start - 1] != '/') {
        start--;
    }
    size_t size = path.size - start < sizeof(name) - 1 ? path.size - start : sizeof(name) - 1;
    memcpy(name, path.bytes + start, size);
    name[size] = 0;
    return name;
}

/* The stack is promised whole: a small machine gets the small one. */
static size_t stack_size(void) {
    return kernel_frames.available * PAGE_SIZE > 16 * STACK_SIZE ? STACK_SIZE : SMALL_STACK_SIZE;
}

/* As often as CONFIG says, in one engine: what was compiled is still there, if the cache has room.
 */
static uint32_t program_repeat(struct engine *engine, const struct program_config *config,
                               uint64_t again) {
    uint32_t code = 0;
    for (uint64_t i = 0; i <= again && code == 0; i++) {
        uint64_t functions = engine_statistics_get(engine)->functions_compiled;
        struct program_result result;
        program_run(engine, config, &result);
        if (i == 0) {
            report_times(engine, &result);
        }
        if (again > 0) {
            report_again(engine, i, functions);
        }
        code = exit_code(&result);
    }
    return code;
}

static uint32_t program_enter(const struct setting *setting, struct bytes initrd,
                              struct bytes program, const char *name,
                              struct program_grant grants[GRANTS + DRIVERS_MAX]) {
    const struct engine_config engine_config = {kernel_target, CODE_SIZE,
                                                kernel_target->features_detect(),
                                                .cache_size = setting->cache_mib << 20};
    struct engine *engine;
    status_t status = engine_create(&engine_config, &engine);
    if (status != OK) {
        log_write(LOG_ERROR, "start", "engine: %s", status_text(status));
        return EXIT_REFUSED;
    }
    const struct program_config config = {
        .name = name,
        .bytes = program.at,
        .size = bytes_left(&program),
        .arguments = arguments.strings,
        .argument_count = arguments.argument_count,
        .environment = arguments.strings + arguments.argument_count,
        .environment_count = arguments.environment_count,
        .grants = grants,
        .grant_count = GRANTS + drivers_start(engine, setting->drivers, initrd, grants + GRANTS),
        .adapters = adapters.list,
        .adapter_count = adapters.count,
        .stack_size = stack_size(),
        .memory_mode = setting->checked_memory ? MEMORY_CHECKED : MEMORY_GUARD,
        .trap_unknown_imports = setting->trap_imports,
        .bytes_stay = true, /* in the initrd */
        .complain = complain,
    };
    uint32_t code = program_repeat(engine, &config, setting->again);
    serial_flush(line.data);
    return code;
}

static bool arguments_find(struct bytes initrd, struct text path, const char *name) {
    struct bytes file;
    if (path.size > 0) {
        if (!initrd_file_find(initrd, path, &file) || !arguments_read(file, &arguments)) {
            log_write(LOG_ERROR, "start", "arguments=%.*s: missing or malformed", (int)path.size,
                      path.bytes);
            return false;
        }
    }
    if (arguments.argument_count == 0) {
        memmove(&arguments.strings[1], &arguments.strings[0],
                arguments.environment_count * sizeof(arguments.strings[0]));
        arguments.strings[0] = name;
        arguments.argument_count = 1;
    }
    return true;
}

uint32_t run_program(const struct setting *setting) {
    struct bytes initrd;
    struct bytes program;
    struct program_grant grants[GRANTS + DRIVERS_MAX];
    if (!initrd_map(&initrd) || !initrd_file_find(initrd, setting->start, &program)) {
        log_write(LOG_ERROR, "start", "start=%.*s: not in the initrd", (int)setting->start.size,
                  setting->start.bytes);
        return EXIT_REFUSED;
    }
    const char *name = name_of(setting->start);
    adapters_collect(initrd, program);
    if (!arguments_find(initrd, setting->arguments, name)) {
        return EXIT_REFUSED;
    }
    status_t status = world_create(setting, initrd, grants);
    if (status != OK) {
        log_write(LOG_ERROR, "start", "servers: %s", status_text(status));
        return EXIT_REFUSED;
    }
    return program_enter(setting, initrd, program, name, grants);
}
