/* SPDX-License-Identifier: MIT */
/* rmdir: removes empty folders. */
#include <user/command.h>
#include <user/file.h>

static uint32_t rmdir(uint32_t count, const char **arguments) {
    uint32_t code = 0;
    for (uint32_t i = 1; i < count; i++) {
        status_t status = file_ask(FILE_REMOVE_DIRECTORY, arguments[i]);
        if (status != OK) {
            print_error("%s: %s", arguments[i], status_text(status));
            code = 1;
        }
    }
    return code;
}

COMMAND(rmdir)
