/* SPDX-License-Identifier: MIT */
/*
 * The shell: reads lines and carries them out (doc/shell.md).
 *
 *   terminal.c: a line --> parse.c: pipelines --> run.c: jobs --> program.c: processes
 *                                                 builtin.c       job.c: their ends
 *
 *   shell                at a terminal, the birth handle `terminal`
 *   shell FILE           a script
 *   shell -c LINE
 *   NAME ...             called by the name of what it does itself (builtin.c): that alone
 *
 * It is the guardian of all that it starts: when it ends, so do they.
 */
#include "builtin.h"
#include "job.h"
#include "run.h"
#include "terminal.h"
#include "variable.h"
#include <base/string.h>
#include <user/command.h>
#include <user/edit.h>

static const char prompt[] = "copper> ";

static uint32_t interact(void) {
    static char line[EDIT_LINE_MAX];
    size_t size;
    jobs_look();
    print_flush();
    while (terminal_read(prompt, line, sizeof line, &size)) {
        (void)run_line(line, size);
        jobs_look();
        print_flush();
    }
    return run_status;
}

static uint32_t shell(uint32_t count, const char **arguments) {
    builtin *function = count > 0 ? builtin_find(arguments[0]) : nullptr;
    variables_start();
    if (function != nullptr) { /* called by its name, by another shell */
        return function(count, arguments);
    }
    print_name_set("shell");
    if (count > 2 && text_equal(text_of(arguments[1]), text_of("-c"))) {
        return run_line(arguments[2], strlen(arguments[2]));
    }
    if (count > 1) {
        return run_script(arguments[1]);
    }
    if (!terminal_start()) {
        print_error("there is no terminal");
        return 1;
    }
    return interact();
}

COMMAND(shell)
