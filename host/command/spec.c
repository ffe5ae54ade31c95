/* SPDX-License-Identifier: MIT */
/* `copper spec`: the specification's scripts; host/spec does the work. */
#include "../spec/spec.h"
#include "command.h"
#include <base/checked.h>

struct settings {
    bool baseline;
    enum memory_mode memory_mode;
    const char *pack;
};

static bool take_pack(void *data, const char *value) {
    ((struct settings *)data)->pack = value;
    return true;
}

static bool take_cpu_features(void *data, const char *value) {
    return cpu_features_parse(value, &((struct settings *)data)->baseline);
}

static bool take_memory_mode(void *data, const char *value) {
    return memory_mode_parse(value, &((struct settings *)data)->memory_mode);
}

static int run(const struct command *command, void *data, int count, char **arguments) {
    const struct settings *settings = data;
    if (count == 0) {
        return command_misused(command, "which scripts?");
    }
    if (settings->pack != nullptr) {
        return spec_pack(settings->pack, count, arguments);
    }
    return spec_command(settings->baseline, settings->memory_mode, count, arguments);
}

static const struct option options[] = {
    {"--cpu-features", "baseline|all", take_cpu_features},
    {"--memory-mode", "guard or checked", take_memory_mode},
    {"--pack", "a file", take_pack},
};

static struct settings settings;

const struct command command_spec = {
    .name = "spec",
    .summary = "run scripts of the WebAssembly specification's test suite",
    .help =
        "usage: copper spec [OPTIONS] FILE.json...\n"
        "\n"
        "Runs scripts of the WebAssembly test suite, as wast2json makes them; modules lie beside\n"
        "each script. What fails is told with file, line and reason. The last line is\n"
        "`N passed, N failed, N skipped`; the exit status is 1 when something failed.\n"
        "\n"
        "  --cpu-features all|baseline  make code for all that the CPU has, or the least needed\n"
        "  --memory-mode guard|checked  how code reaches the modules' memories\n"
        "  --pack FILE                  run nothing: make one file of all scripts and modules, for "
        "a\n"
        "                               kernel that was built to run it (kernel-spec.elf)\n",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
    .settings = &settings,
};
