/* SPDX-License-Identifier: MIT */
/* The `copper` command: which subcommands there are, and how their options are read. */
#include "command.h"
#include <base/checked.h>
#include <engine/port.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_run,  &command_start, &command_boot,    &command_image,
    &command_push, &command_log,   &command_compile, &command_spec,
};

char **command_line;

static void complain(const char *name, const char *format, va_list arguments) {
    fprintf(stderr, name == nullptr ? "copper: " : "copper %s: ", name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int command_misused(const struct command *command, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(command == nullptr ? nullptr : command->name, format, arguments);
    va_end(arguments);
    fprintf(stderr, "`copper %s%s--help` tells more\n", command == nullptr ? "" : command->name,
            command == nullptr ? "" : " ");
    return EXIT_USAGE;
}

int command_failed(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(nullptr, format, arguments);
    va_end(arguments);
    return EXIT_REFUSED;
}

void *command_allocate(size_t count, size_t size) {
    static struct block {
        struct block *next;
        _Alignas(16) char memory[];
    } *blocks;
    size_t total;
    struct block *block = nullptr;
    if (checked_multiply(count, size, &total) && checked_add(total, sizeof(*block), &total)) {
        block = calloc(1, total);
    }
    if (block == nullptr) {
        exit(command_failed("out of memory"));
    }
    block->next = blocks;
    blocks = block;
    return block->memory;
}

void strings_add(struct strings *strings, const char *item) {
    if (strings->count == strings->capacity) {
        strings->capacity = 2 * strings->capacity + 8;
        const char **items = command_allocate(strings->capacity, sizeof(*items));
        for (size_t i = 0; i < strings->count; i++) {
            items[i] = strings->items[i];
        }
        strings->items = items;
    }
    strings->items[strings->count++] = item;
}

/* Fewer bytes than asked for: the file has shrunk, or cannot be read. */
static bool read_all(int file, uint8_t *to, size_t size) {
    while (size > 0) {
        ssize_t count = read(file, to, size);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return false;
        }
        to += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* A mapping of the file itself would change with it, behind the back of who has validated it. */
static bool copy_file(int file, const char *path, struct blob *out) {
    struct stat stat;
    if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        command_failed("%s: not a regular file", path);
        return false;
    }
    *out = (struct blob){"", (size_t)stat.st_size};
    if (out->size == 0) {
        return true;
    }
    void *memory =
        mmap(nullptr, out->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        command_failed("%s: %s", path, strerror(errno));
        return false;
    }
    (void)madvise(memory, out->size, MADV_HUGEPAGE); /* fewer faults */
    errno = 0;
    if (!read_all(file, memory, out->size)) {
        command_failed("%s: %s", path, errno == 0 ? "it shrinks" : strerror(errno));
        return false;
    }
    out->bytes = memory;
    return mprotect(memory, out->size, PROT_READ) == 0;
}

int file_open_read(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        command_failed("%s: %s", path, strerror(errno));
    }
    return file;
}

bool file_load(const char *path, struct blob *out) {
    int file = file_open_read(path);
    if (file < 0) {
        return false;
    }
    bool good = copy_file(file, path, out);
    close(file);
    return good;
}

bool is_assignment(const char *text) {
    const char *equals = strchr(text, '=');
    if (equals == nullptr || equals == text) {
        fprintf(stderr, "copper: \"%s\" is not NAME=value\n", text);
        return false;
    }
    return true;
}

bool memory_mode_parse(const char *text, enum memory_mode *out) {
    *out = strcmp(text, "checked") == 0 ? MEMORY_CHECKED : MEMORY_GUARD;
    if (*out == MEMORY_GUARD && strcmp(text, "guard") != 0) {
        command_failed("--memory-mode is guard or checked, not \"%s\"", text);
        return false;
    }
    return true;
}

bool cpu_features_parse(const char *text, bool *baseline) {
    *baseline = strcmp(text, "baseline") == 0;
    if (!*baseline && strcmp(text, "all") != 0) {
        command_failed("--cpu-features is all or baseline, not \"%s\"", text);
        return false;
    }
    return true;
}

const char *path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == nullptr ? path : slash + 1;
}

bool split_pair(const char *option, const char *text, const char *separator, const char **host,
                const char **guest) {
    const char *at = strstr(text, separator);
    size_t size = at == nullptr ? strlen(text) : (size_t)(at - text);
    char *copy = command_allocate(size + 1, 1);
    memcpy(copy, text, size);
    *host = copy;
    *guest = at == nullptr ? text : at + strlen(separator);
    if (copy[0] == 0 || (*guest)[0] == 0) {
        fprintf(stderr, "copper: %s %s: a name is empty\n", option, text);
        return false;
    }
    return true;
}

/* ---- options ---- */

/* Does the argument name this option? *value is what follows its '=', or NULL. */
static bool names(const struct option *option, const char *argument, const char **value) {
    size_t size = strlen(option->name);
    *value = nullptr;
    if (strncmp(argument, option->name, size) != 0) {
        return false;
    }
    if (argument[size] == '=' && option->value != nullptr) {
        *value = argument + size + 1;
        return true;
    }
    return argument[size] == 0;
}

static const struct option *find_option(const struct command *command, const char *argument,
                                        const char **value) {
    for (size_t i = 0; i < command->option_count; i++) {
        if (names(&command->options[i], argument, value)) {
            return &command->options[i];
        }
    }
    return nullptr;
}

/* Takes options up to the first operand. -1 when there is nothing more to do: *status. */
static int take_options(const struct command *command, int count, char **arguments, int *status) {
    int at = 0;
    while (at < count && arguments[at][0] == '-' && arguments[at][1] != 0) {
        const char *value, *argument = arguments[at++];
        if (strcmp(argument, "--") == 0) {
            break;
        }
        if (strcmp(argument, "--help") == 0) {
            fputs(command->help, stdout);
            *status = 0;
            return -1;
        }
        const struct option *option = find_option(command, argument, &value);
        if (option == nullptr) {
            *status = command_misused(command, "there is no option %s", argument);
            return -1;
        }
        if (option->value != nullptr && value == nullptr) {
            value = at < count ? arguments[at++] : nullptr;
        }
        if (option->value != nullptr && value == nullptr) {
            *status = command_misused(command, "%s needs %s", option->name, option->value);
            return -1;
        }
        if (option->take == nullptr) {
            *option->text = value;
        } else if (!option->take(command->settings, value)) {
            *status = EXIT_USAGE;
            return -1;
        }
    }
    return at;
}

static int run_command(const struct command *command, int count, char **arguments) {
    int status;
    int at = take_options(command, count, arguments, &status);
    return at < 0 ? status : command->run(command, command->settings, count - at, arguments + at);
}

static int help(void) {
    puts("Copper runs WebAssembly programs, here under Linux or booted on a machine of their own.\n"
         "\n"
         "usage: copper COMMAND [OPTIONS] ...\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        printf("  %-7s %s\n", commands[i]->name, commands[i]->summary);
    }
    puts("\n`copper COMMAND --help` tells more about each.");
    return 0;
}

int main(int count, char **arguments) {
    (void)port_time_ns(); /* time counts from here */
    command_line = arguments;
    if (count < 2) {
        return command_misused(nullptr, "which command?");
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "help") == 0) {
        return help();
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(arguments[1], commands[i]->name) == 0) {
            return run_command(commands[i], count - 2, arguments + 2);
        }
    }
    return command_misused(nullptr, "there is no command \"%s\"", arguments[1]);
}
