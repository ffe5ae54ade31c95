/* SPDX-License-Identifier: MIT */
/*
 * `copper compile`: every function of a module through validator and compiler, for numbers and for
 * looking at code. Nothing is run, so nothing has to provide what the module imports, and the code
 * is not kept.
 */
#include "../port/target.h"
#include "command.h"
#include "dump.h"
#include <base/checked.h>
#include <engine/compile.h>
#include <engine/private.h>
#include <engine/target.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

constexpr size_t CODE_SIZE = 1024 * 1024; /* stubs only */

struct settings {
    const struct target *target; /* NULL: of this machine */
    enum memory_mode memory_mode;
    bool baseline, dump;
};

static const struct target *const targets[] = {&target_x86_64, &target_aarch64, &target_riscv64};

struct totals {
    uint64_t functions, refused; /* over a limit of the compiler */
    uint64_t body_bytes, code_bytes, sites;
    uint64_t create_ns, compile_ns;
};

/* CPU time, which other work on the machine does not lengthen (much). */
static uint64_t cpu_time_ns(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1'000'000'000 + (uint64_t)time.tv_nsec;
}

static bool take_memory_mode(void *data, const char *value) {
    return memory_mode_parse(value, &((struct settings *)data)->memory_mode);
}

static bool take_cpu_features(void *data, const char *value) {
    return cpu_features_parse(value, &((struct settings *)data)->baseline);
}

static bool take_cpu(void *data, const char *value) {
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        if (strcmp(targets[i]->name, value) == 0) {
            ((struct settings *)data)->target = targets[i];
            return true;
        }
    }
    command_failed("--cpu is x86_64, aarch64 or riscv64, not \"%s\"", value);
    return false;
}

static bool take_dump(void *data, const char *value) {
    (void)value;
    ((struct settings *)data)->dump = true;
    return true;
}

static struct module *create(struct engine *engine, const char *path, struct blob program,
                             enum memory_mode mode, struct totals *totals) {
    struct module_error error;
    struct module *module;
    uint64_t start_ns = cpu_time_ns();
    status_t status = module_create(engine, program.bytes, program.size, mode, &error, &module);
    totals->create_ns = cpu_time_ns() - start_ns;
    if (status == OK) {
        return module;
    }
    if (status != ERR_CORRUPT) {
        command_failed("%s: %s", path, status_text(status));
    } else if (error.function != UINT32_MAX) {
        command_failed("%s: %s at 0x%zx in function %u: %s", path,
                       error.invalid ? "invalid" : "malformed", error.offset, error.function,
                       error.text);
    } else {
        command_failed("%s: %s at 0x%zx: %s", path, error.invalid ? "invalid" : "malformed",
                       error.offset, error.text);
    }
    return nullptr;
}

/* False: out of memory. */
static bool compile_all(struct compiler *compiler, struct module *module, struct totals *totals) {
    uint64_t start_ns = cpu_time_ns();
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        struct code_draft draft;
        status_t status = function_compile(compiler, module, i, &draft);
        if (status == ERR_NO_MEMORY) {
            return false;
        }
        totals->functions++;
        totals->body_bytes += module->bodies[i - module->imported_functions].size;
        if (status == OK) {
            totals->code_bytes += draft.size;
            totals->sites += draft.site_count;
        } else {
            totals->refused++;
            command_failed("function %u is over a limit of the compiler", i);
        }
    }
    totals->compile_ns = cpu_time_ns() - start_ns;
    return true;
}

static double rate(uint64_t bytes, uint64_t ns) {
    return ns == 0 ? 0 : (double)bytes * 1000 / (double)ns;
}

static void print_totals(const struct totals *totals, size_t size) {
    uint64_t both_ns = totals->create_ns + totals->compile_ns;
    double bodies = totals->body_bytes == 0 ? 1 : (double)totals->body_bytes;
    printf("module                  %10zu bytes\n"
           "functions               %10llu, of %llu bytes\n"
           "decode, validate all    %10.3f ms, %.1f MB/s\n"
           "compile all             %10.3f ms, %.1f MB/s\n"
           "both                    %10.3f ms, %.1f MB/s\n"
           "machine code            %10llu bytes, %.2f to each of WebAssembly\n"
           "sites                   %10llu\n",
           size, (unsigned long long)totals->functions, (unsigned long long)totals->body_bytes,
           (double)totals->create_ns / 1e6, rate(totals->body_bytes, totals->create_ns),
           (double)totals->compile_ns / 1e6, rate(totals->body_bytes, totals->compile_ns),
           (double)both_ns / 1e6, rate(totals->body_bytes, both_ns),
           (unsigned long long)totals->code_bytes, (double)totals->code_bytes / bodies,
           (unsigned long long)totals->sites);
}

static int compile(struct engine *engine, const struct settings *settings, const char *path,
                   struct blob program) {
    struct totals totals = {};
    struct compiler *compiler;
    struct module *module = create(engine, path, program, settings->memory_mode, &totals);
    if (module == nullptr) {
        return EXIT_REFUSED;
    }
    if (compiler_create(engine, &compiler) != OK) {
        module_destroy(module);
        return command_failed("out of memory");
    }
    bool good = settings->dump ? dump_module(compiler, module, engine->target->name, stdout)
                               : compile_all(compiler, module, &totals) ||
                                     command_failed("out of memory") == OK;
    if (good && !settings->dump) {
        print_totals(&totals, program.size);
    }
    compiler_destroy(compiler);
    module_destroy(module);
    return good && totals.refused == 0 ? 0 : EXIT_REFUSED;
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    const struct settings *settings = data;
    const struct target *target = settings->target != nullptr ? settings->target : port_target();
    struct engine_config config = {target, CODE_SIZE,
                                   settings->baseline ? 0 : target->features_detect()};
    struct engine *engine;
    struct blob program;
    if (count != 1) {
        return command_misused(command, count == 0 ? "which module?" : "one module at a time");
    }
    if (!file_load(arguments[0], &program)) {
        return EXIT_REFUSED;
    }
    if (engine_create(&config, &engine) != OK) {
        return command_failed("no memory for machine code");
    }
    int status = compile(engine, settings, arguments[0], program);
    engine_destroy(engine);
    return status;
}

static const struct option options[] = {
    {"--dump", nullptr, take_dump},
    {"--cpu", "a CPU's name", take_cpu},
    {"--cpu-features", "baseline|all", take_cpu_features},
    {"--memory-mode", "guard or checked", take_memory_mode},
};

static struct settings settings;

const struct command command_compile = {
    .name = "compile",
    .summary = "compile a whole module, for numbers or to look at the code",
    .help =
        "usage: copper compile [OPTIONS] MODULE.wasm\n"
        "\n"
        "Validates and compiles every function of a WebAssembly module, and tells how many there\n"
        "were, how large code got, and how much CPU time it took. Nothing is run: what the module "
        "imports\n"
        "need not exist.\n"
        "\n"
        "  --dump                       print the code instead, beside the WebAssembly it was "
        "made\n"
        "                               of: offsets in the module, then offsets in the code, with\n"
        "                               mnemonics if a disassembler is installed\n"
        "  --cpu x86_64|aarch64|riscv64 make code for another CPU than this machine's\n"
        "  --cpu-features all|baseline  make code for all that this machine's CPU has, or the "
        "least "
        "needed\n"
        "  --memory-mode guard|checked  how code reaches the module's memories\n"
        "\n"
        "The exit status is 1 when the module was refused, or a function of it.\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
