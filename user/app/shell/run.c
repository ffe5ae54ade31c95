/* SPDX-License-Identifier: MIT */
/*
 * See run.h. A pipeline becomes a job: files are opened, pipes made, and each command started with
 * copies of those handles; the shell's own are closed when all have theirs, so that an end is told
 * when a program is done with it.
 */
#include "run.h"
#include "builtin.h"
#include "job.h"
#include "program.h"
#include "variable.h"
#include <base/string.h>
#include <user/command.h>
#include <user/file.h>
#include <user/memory.h>

constexpr uint32_t CODE_MISTAKE = 2, CODE_NO_FILE = 1, CODE_NOT_FOUND = 127;
constexpr size_t SCRIPT_MAX = 1 << 20;

uint32_t run_status;

enum { INPUT, OUTPUT, ERRORS, STANDARD };
static const char *const names[STANDARD] = {"stdin", "stdout", "stderr"};

/* The ends of the pipe before a command and behind it. */
struct joint {
    handle_t input, output;
};

static void close(handle_t *handle) {
    if (*handle != HANDLE_NONE) {
        (void)system_handle_close(*handle);
        *handle = HANDLE_NONE;
    }
}

/* ---- standard streams ---- */

static bool open_file(const char *path, bool appends, bool reads, struct record_handle *out) {
    uint64_t flags = FILE_OPEN_FOLLOW;
    flags |= reads ? 0 : FILE_OPEN_CREATE | (appends ? 0 : (uint64_t)FILE_OPEN_TRUNCATE);
    uint64_t rights = reads ? FILE_RIGHT_READ : FILE_RIGHT_READ | (uint64_t)FILE_RIGHT_WRITE;
    out->protocol = PROTOCOL_FILE;
    status_t status = file_open(path, flags, rights, &out->handle, nullptr);
    if (status != OK) {
        out->handle = HANDLE_NONE;
        print_error("%s: %s", path, status_text(status));
    }
    return status == OK;
}

/* Which of them are files is noted in `opened`. False: one cannot be opened, which was told. */
static bool redirect(const struct command_line *command, struct record_handle standard[STANDARD],
                     bool opened[STANDARD]) {
    const char *const paths[] = {command->input, command->output, command->errors};
    const bool appends[] = {false, command->output_appends, command->errors_append};
    for (uint32_t i = 0; i < STANDARD; i++) {
        if (paths[i] != nullptr) {
            opened[i] = open_file(paths[i], appends[i], i == INPUT, &standard[i]);
            if (!opened[i]) {
                return false;
            }
        }
    }
    return true;
}

/* The shell's own, or the pipe's. A job in the background has no input of its own. */
static void choose(const struct joint *joint, bool background,
                   struct record_handle standard[STANDARD]) {
    for (uint32_t i = 0; i < STANDARD; i++) {
        standard[i].name = names[i];
        standard[i].handle = command_handle(names[i], 0, &standard[i].protocol);
    }
    if (joint->input != HANDLE_NONE) {
        standard[INPUT] = (struct record_handle){joint->input, PROTOCOL_CONSOLE, names[INPUT]};
    } else if (background) {
        standard[INPUT].handle = HANDLE_NONE;
    }
    if (joint->output != HANDLE_NONE) {
        standard[OUTPUT] = (struct record_handle){joint->output, PROTOCOL_CONSOLE, names[OUTPUT]};
    }
}

/* ---- jobs ---- */

/* What the shell does itself is done by another shell where it has streams of its own. */
static const char *program_of(const struct command_line *command) {
    const char *name = command->arguments[0];
    return builtin_find(name) != nullptr ? "shell" : name;
}

static void start_command(struct job *job, const struct command_line *command,
                          const struct joint *joint) {
    struct program_start start = {.name = program_of(command),
                                  .arguments = command->arguments,
                                  .argument_count = command->count,
                                  .key = job_key(job, job->count)};
    bool opened[STANDARD] = {};
    handle_t process = HANDLE_NONE;
    uint32_t code = CODE_NO_FILE;
    choose(joint, job->background, start.standard);
    if (redirect(command, start.standard, opened)) {
        code = CODE_NOT_FOUND;
        if (program_start(&start, &process) != OK) {
            process = HANDLE_NONE;
        }
    }
    for (uint32_t i = 0; i < STANDARD; i++) {
        if (opened[i]) {
            close(&start.standard[i].handle);
        }
    }
    job_add(job, command->arguments[0], process, code);
}

static bool make_pipe(struct job *job, struct joint *before, struct joint *behind) {
    handle_t *process = &job->pipes[job->pipe_count];
    bool made =
        program_start_pipe(job_pipe_key(job), process, &behind->input, &before->output) == OK;
    job->pipe_count += made;
    return made;
}

static void start_all(struct job *job, const struct pipeline *pipeline) {
    struct joint joint = {}, next = {};
    for (uint32_t i = 0; i < pipeline->count; i++) {
        bool joined = i + 1 == pipeline->count || make_pipe(job, &joint, &next);
        start_command(job, &pipeline->commands[i], &joint);
        close(&joint.input);
        close(&joint.output);
        joint = next;
        next = (struct joint){};
        if (!joined) {
            break;
        }
    }
    close(&joint.input);
    job_began(job);
}

static uint32_t run_job(const struct pipeline *pipeline) {
    struct job *job = job_begin(pipeline->text, pipeline->text_size);
    if (job == nullptr) {
        print_error("too many jobs");
        return CODE_MISTAKE;
    }
    job->background = pipeline->follower == FOLLOWER_BACKGROUND;
    print_flush();
    start_all(job, pipeline);
    if (job->background) {
        print("[%u] %s\n", (unsigned)job->number, job->text);
        return 0;
    }
    return job_wait(job);
}

/* ---- lines ---- */

static const char *assigned(const char *word) {
    const char *at = word;
    while (*at != 0 && *at != '=') {
        at++;
    }
    return *at == '=' && variable_is_name(word, (size_t)(at - word)) ? at : nullptr;
}

/* NAME=value alone. */
static bool assign(const struct command_line *command) {
    for (uint32_t i = 0; i < command->count; i++) {
        if (assigned(command->arguments[i]) == nullptr) {
            return false;
        }
    }
    for (uint32_t i = 0; i < command->count; i++) {
        const char *word = command->arguments[i], *equals = assigned(word);
        if (!variable_set(word, (size_t)(equals - word), equals + 1)) {
            print_error("too many variables");
        }
    }
    return true;
}

static uint32_t run_pipeline(const struct pipeline *pipeline) {
    const struct command_line *first = &pipeline->commands[0];
    builtin *function = builtin_find(first->arguments[0]);
    if (pipeline->count > 1 || (function == nullptr && assigned(first->arguments[0]) == nullptr)) {
        return run_job(pipeline);
    }
    if (function == nullptr) {
        return assign(first) ? 0 : run_job(pipeline);
    }
    bool apart = first->input != nullptr || first->output != nullptr || first->errors != nullptr ||
                 pipeline->follower == FOLLOWER_BACKGROUND;
    return apart ? run_job(pipeline) : function(first->count, (const char **)first->arguments);
}

static bool is_skipped(enum follower before, uint32_t status) {
    return (before == FOLLOWER_AND && status != 0) || (before == FOLLOWER_OR && status == 0);
}

static void tell_mistake(const struct parser *parser) {
    print_error("column %u: %s", (unsigned)parser->at + 1, parser->error);
}

uint32_t run_line(const char *text, size_t size) {
    static struct pipeline pipeline; /* its words are used while it runs, by nobody else */
    struct parser parser = {.text = text, .size = size};
    pipeline.follower = FOLLOWER_NONE;
    while (parse_pipeline(&parser, &pipeline)) {
    }
    if (parser.error != nullptr) {
        tell_mistake(&parser);
        return run_status = CODE_MISTAKE;
    }
    parser = (struct parser){.text = text, .size = size, .status = run_status};
    enum follower before = pipeline.follower = FOLLOWER_NONE;
    while (parse_pipeline(&parser, &pipeline)) {
        enum follower behind = pipeline.follower;
        if (!is_skipped(before, run_status)) {
            run_status = run_pipeline(&pipeline);
        }
        parser.status = run_status;
        before = pipeline.follower = behind;
    }
    if (parser.error != nullptr) { /* what a variable holds made it too long */
        tell_mistake(&parser);
        run_status = CODE_MISTAKE;
    }
    return run_status;
}

uint32_t run_script(const char *path) {
    void *bytes;
    size_t size;
    status_t status = file_load(path, SCRIPT_MAX, &bytes, &size);
    if (status != OK) {
        print_error("%s: %s", path, status_text(status));
        return CODE_NOT_FOUND;
    }
    const char *line = bytes, *end = line + size;
    while (line < end) {
        const char *next = line;
        while (next < end && *next != '\n') {
            next++;
        }
        (void)run_line(line, (size_t)(next - line));
        line = next + 1;
    }
    memory_release(bytes, size + 1);
    return run_status;
}
