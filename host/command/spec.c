/* SPDX-License-Identifier: MIT */
/* `copper spec`: the specification's scripts; host/spec does the work. */
#include "../spec/spec.h"
#include "command.h"

static int run(const struct command *command, void *settings, int count, char **arguments) {
    if (count == 0) {
        return command_misused(command, "which scripts?");
    }
    return spec_command(count, arguments);
}

const struct command command_spec = {
    .name = "spec",
    .summary = "run scripts of the WebAssembly specification's test suite",
    .help =
        "usage: copper spec FILE.json...\n"
        "\n"
        "Runs scripts of the WebAssembly test suite, as wast2json makes them; modules lie beside\n"
        "each script. What fails is told with file, line and reason. The last line is\n"
        "`N passed, N failed, N skipped`; the exit status is 1 when something failed.\n",
    .run = run,
};
