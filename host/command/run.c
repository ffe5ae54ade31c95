/* SPDX-License-Identifier: MIT */
/*
 * `copper run`: a program as a process of the kernel within this Linux process. Its world is what
 * is granted here: three streams, a clock, chance, and the directories that were given.
 */
#include "../port/target.h"
#include "../profile/profile.h"
#include "../srv/files.h"
#include "../srv/streams.h"
#include "command.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <engine/port.h>
#include <engine/target.h>
#include <errno.h>
#include <kernel/program.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/native.h>

constexpr size_t CODE_SIZE = UINT64_C(1) << 30; /* address space; frames come when code does */
constexpr size_t CACHE_SIZE = 256 << 20;        /* bytes of modules between their runs (--again) */
constexpr size_t STACK_SIZE = 8 << 20;          /* as Linux gives its programs */

extern const struct server server_clock, server_random;

struct settings {
    struct strings directories; /* host, guest, host, guest ... */
    struct strings environment;
    struct strings sockets; /* addresses to listen at */
    bool statistics;
    const char *profile; /* prefix of its files; NULL: none is taken */
    uint64_t again;      /* runs after the first */
    bool trap_unknown_imports;
    enum memory_mode memory_mode;
};

static bool take_directory(void *data, const char *value) {
    struct settings *settings = data;
    const char *host, *guest;
    if (!split_pair("--dir", value, "::", &host, &guest)) {
        return false;
    }
    strings_add(&settings->directories, host);
    strings_add(&settings->directories, guest);
    return true;
}

static bool take_socket(void *data, const char *value) {
    strings_add(&((struct settings *)data)->sockets, value);
    return true;
}

static bool take_environment(void *data, const char *value) {
    struct settings *settings = data;
    strings_add(&settings->environment, value);
    return is_assignment(value);
}

static bool take_statistics(void *data, const char *value) {
    ((struct settings *)data)->statistics = true;
    return true;
}

static bool take_again(void *data, const char *value) {
    char *end;
    errno = 0;
    unsigned long long count = strtoull(value, &end, 10);
    ((struct settings *)data)->again = count;
    return errno == 0 && *value >= '0' && *value <= '9' && *end == 0;
}

static bool take_trap_unknown_imports(void *data, const char *value) {
    ((struct settings *)data)->trap_unknown_imports = true;
    return true;
}

static bool take_memory_mode(void *data, const char *value) {
    return memory_mode_parse(value, &((struct settings *)data)->memory_mode);
}

static bool take_profile(void *data, const char *value) {
    ((struct settings *)data)->profile = value;
    return *value != 0;
}

/* ---- the world ---- */

constexpr size_t GRANTS_FIXED = 5;

struct world {
    struct process *streams, *files, *clock, *random;
    struct program_grant *grants;
    size_t grant_count;
};

static bool start_servers(struct world *world) {
    return server_start_native(&server_streams, &world->streams) == OK &&
           server_start_native(&server_host_files, &world->files) == OK &&
           server_start_native(&server_clock, &world->clock) == OK &&
           server_start_native(&server_random, &world->random) == OK;
}

static void grant(struct world *world, const char *name, enum protocol protocol,
                  struct process *server, uint64_t badge) {
    world->grants[world->grant_count++] = (struct program_grant){name, protocol, server, badge};
}

static bool grant_directories(struct world *world, const struct strings *directories) {
    for (size_t i = 0; i < directories->count; i += 2) {
        uint64_t badge;
        status_t status = files_root_add(directories->items[i], &badge);
        if (status != OK) {
            command_failed("--dir %s: %s", directories->items[i], status_text(status));
            return false;
        }
        grant(world, directories->items[i + 1], PROTOCOL_FILE, world->files, badge);
    }
    return true;
}

static bool grant_sockets(struct world *world, const struct strings *sockets) {
    for (size_t i = 0; i < sockets->count; i++) {
        int file;
        const char *why;
        if (!socket_listen(sockets->items[i], &file, &why)) {
            command_failed("--socket %s: %s", sockets->items[i], why);
            return false;
        }
        grant(world, sockets->items[i], PROTOCOL_SOCKET, world->streams, streams_badge(file));
    }
    return true;
}

static bool world_create(struct world *world, const struct settings *settings) {
    *world = (struct world){};
    world->grants =
        command_allocate(GRANTS_FIXED + settings->directories.count / 2 + settings->sockets.count,
                         sizeof(*world->grants));
    if (!start_servers(world)) {
        command_failed("out of memory");
        return false;
    }
    grant(world, "stdin", PROTOCOL_CONSOLE, world->streams, streams_badge(0));
    grant(world, "stdout", PROTOCOL_CONSOLE, world->streams, streams_badge(1));
    grant(world, "stderr", PROTOCOL_CONSOLE, world->streams, streams_badge(2));
    grant(world, "clock", PROTOCOL_CLOCK, world->clock, 1);
    grant(world, "random", PROTOCOL_RANDOM, world->random, 1);
    streams_attach(world->streams);
    return grant_directories(world, &settings->directories) &&
           grant_sockets(world, &settings->sockets);
}

/* ---- the program ---- */

static void complain(void *data, const char *line) {
    fprintf(stderr, "copper: %s\n", line);
}

/* Of one run: what has been counted since `before`. */
static void print_statistics(const struct engine_statistics *before,
                             const struct engine_statistics *after,
                             const struct program_result *result, size_t size, uint64_t start_ns,
                             uint64_t end_ns) {
    uint64_t first = result->first_instruction_ns;
#define SINCE(name) (unsigned long long)(after->name - before->name)
    fprintf(stderr,
            "copper: functions compiled  %8llu\n"
            "copper: of the module's     %8zu bytes\n"
            "copper: validated           %8llu bytes in %llu us\n"
            "copper: compiled            %8llu bytes in %llu us\n"
            "copper: to machine code of  %8llu bytes\n"
            "copper: modules in cache    %8llu of %llu\n"
            "copper: first instruction   %8llu us after start\n"
            "copper: run time            %8llu us\n",
            SINCE(functions_compiled), size, SINCE(validated_bytes), SINCE(validate_time_ns) / 1000,
            SINCE(bytes_compiled), SINCE(compile_time_ns) / 1000, SINCE(code_bytes),
            SINCE(cache_hits), SINCE(cache_hits) + SINCE(cache_misses),
            (unsigned long long)(first == 0 ? 0 : first - start_ns) / 1000,
            (unsigned long long)(first == 0 ? 0 : end_ns - first) / 1000);
#undef SINCE
}

static int exit_status(const struct program_result *result) {
    switch (result->how) {
    case PROGRAM_EXITED:
        return (int)(result->exit_code & 0xFF);
    case PROGRAM_TRAPPED:
        return EXIT_TRAPPED;
    default:
        return EXIT_REFUSED;
    }
}

/* start_ns: when it was asked for; 0: when this process began. */
static int run_once(struct engine *engine, const struct program_config *config,
                    const struct settings *settings, uint64_t start_ns) {
    struct engine_statistics before = *engine_statistics_get(engine);
    struct program_result result;
    program_run(engine, config, &result);
    if (settings->statistics) {
        print_statistics(&before, engine_statistics_get(engine), &result, config->size, start_ns,
                         port_time_ns());
    }
    return exit_status(&result);
}

static int run_program(struct engine *engine, const struct settings *settings,
                       const struct world *world, struct blob program, int count,
                       char **arguments) {
    struct program_config config = {
        .name = path_name(arguments[0]),
        .bytes = program.bytes,
        .size = program.size,
        .arguments = (const char *const *)arguments,
        .argument_count = (size_t)count,
        .environment = settings->environment.items,
        .environment_count = settings->environment.count,
        .grants = world->grants,
        .grant_count = world->grant_count,
        .adapters = adapters,
        .adapter_count = adapter_count,
        .stack_size = STACK_SIZE,
        .trap_unknown_imports = settings->trap_unknown_imports,
        .memory_mode = settings->memory_mode,
        .bytes_stay = true, /* a file that was loaded stays */
        .complain = complain,
    };
    int status = run_once(engine, &config, settings, 0);
    for (uint64_t i = 0; i < settings->again && status == 0; i++) {
        status = run_once(engine, &config, settings, port_time_ns());
    }
    return status;
}

/* The adapters, and last the program. */
static bool begin_profile(struct blob program, const char *path) {
    struct profile_module *modules = command_allocate(adapter_count + 1, sizeof *modules);
    for (size_t i = 0; i < adapter_count; i++) {
        modules[i] = (struct profile_module){adapters[i].bytes, adapters[i].name};
    }
    modules[adapter_count] = (struct profile_module){program.bytes, path_name(path)};
    return profile_start(&(struct profile_config){modules, adapter_count + 1, CODE_SIZE});
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    const struct settings *settings = data;
    const struct target *target = port_target();
    struct engine_config config = {target, CODE_SIZE, target->features_detect(),
                                   .cache_size = CACHE_SIZE};
    static struct engine *engine; /* these two go with the process, which is quicker */
    static struct world world;
    struct blob program;
    if (count == 0) {
        return command_misused(command, "which program?");
    }
    if (!file_load(arguments[0], &program)) {
        return EXIT_REFUSED;
    }
    if (settings->profile != nullptr) {
        config.cache_size = SIZE_MAX; /* nothing goes, so that a place stands for one function */
        if (!begin_profile(program, arguments[0])) {
            return EXIT_REFUSED;
        }
    }
    if (engine_create(&config, &engine) != OK) {
        return command_failed("no memory for machine code");
    }
    (void)signal(SIGPIPE, SIG_IGN); /* writing to nobody is an error, as programs expect */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (!world_create(&world, settings)) {
        return EXIT_REFUSED;
    }
    int status = run_program(engine, settings, &world, program, count, arguments);
    if (settings->profile != nullptr && !profile_finish(settings->profile) && status == 0) {
        status = EXIT_REFUSED;
    }
    return status;
}

static const struct option options[] = {
    {"--dir", "HOST[::GUEST]", take_directory},
    {"--socket", "ADDRESS:PORT", take_socket},
    {"--env", "NAME=value", take_environment},
    {"--stats", nullptr, take_statistics},
    {"--again", "N", take_again},
    {"--profile", "PREFIX", take_profile},
    {"--trap-unknown-imports", nullptr, take_trap_unknown_imports},
    {"--memory-mode", "guard or checked", take_memory_mode},
};

static struct settings settings;

const struct command command_run = {
    .name = "run",
    .summary = "run a program under Linux",
    .help =
        "usage: copper run [OPTIONS] PROGRAM.wasm [ARGUMENTS...]\n"
        "\n"
        "Compiles a WebAssembly program (WASI preview 1) and runs it with this terminal's input "
        "and\n"
        "output. It sees nothing else of this machine: no files, no environment, unless given.\n"
        "\n"
        "  --dir HOST[::GUEST]      give it the directory HOST, which it sees as GUEST; neither\n"
        "                           \"..\" nor symbolic links lead out of it\n"
        "  --socket ADDRESS:PORT    listen there for it; it accepts on the descriptors that follow "
        "those\n"
        "                           of its directories\n"
        "  --env NAME=value         put a variable into its environment, which is empty else\n"
        "  --stats                  afterwards tell on standard error what was compiled, and "
        "times\n"
        "  --again N                run it N times more, as long as it succeeds: with what was\n"
        "                           compiled before (--stats tells of each run)\n"
        "  --profile PREFIX         sample where its CPU time goes, and write PREFIX.svg, a flame "
        "graph,\n"
        "                           and PREFIX.folded, its stacks; and /tmp/perf-PID.map, for\n"
        "                           perf record copper run --profile ...\n"
        "  --trap-unknown-imports   run it although it imports what nobody provides: calling that\n"
        "                           traps\n"
        "  --memory-mode MODE       guard (the default): its memory takes 8 GiB of address space, "
        "and\n"
        "                           accesses need no check; or checked\n"
        "\n"
        "The exit status is the program's; 134 when it trapped (with a stack trace); 1 when it "
        "was\n"
        "refused: a module that is invalid or imports what nobody provides (all of it is listed);\n"
        "2 when the command line is wrong.\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
