/* SPDX-License-Identifier: MIT */
/* See builtin.h. Each gets its arguments as a program would, and returns an exit code. */
#include "builtin.h"
#include "job.h"
#include "run.h"
#include "variable.h"
#include <base/format.h>
#include <base/string.h>
#include <proto/kernel.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/file.h>
#include <user/memory.h>

constexpr uint32_t FAILED = 1, MISUSED = 2;
constexpr uint64_t PAGE_MAX = 65536;

static uint32_t misused(const char *how) {
    print_error("usage: %s", how);
    return MISUSED;
}

static bool number_read(const char *text, uint64_t *out) {
    *out = 0;
    for (const char *at = text; *at != 0; at++) {
        if (*at < '0' || *at > '9' || *out > UINT32_MAX) {
            return false;
        }
        *out = *out * 10 + (uint64_t)(*at - '0');
    }
    return *text != 0;
}

/* ---- folders and variables ---- */

static uint32_t do_cd(uint32_t count, const char **arguments) {
    static char path[FILE_PATH_MAX], home[FILE_PATH_MAX];
    struct file_stat stat;
    const char *to = count > 1 ? arguments[1] : "/";
    status_t status = file_path(to, path);
    status = status == OK ? file_stat(path, &stat) : status;
    if (status == OK && stat.kind != FILE_KIND_DIRECTORY) {
        status = ERR_NOT_DIRECTORY;
    }
    if (status != OK) {
        print_error("cd: %s: %s", to, status_text(status));
        return FAILED;
    }
    memcpy(home, path, sizeof home);
    file_home_set(home);
    return variable_set("PWD", 3, path) ? 0 : FAILED;
}

static uint32_t do_pwd(uint32_t count, const char **arguments) {
    print("%s\n", variable_get("PWD", 3));
    return 0;
}

static uint32_t do_echo(uint32_t count, const char **arguments) {
    for (uint32_t i = 1; i < count; i++) {
        print("%s%s", i > 1 ? " " : "", arguments[i]);
    }
    print("\n");
    return 0;
}

static uint32_t do_set(uint32_t count, const char **arguments) {
    uint32_t total;
    const char *const *variables = variables_all(&total);
    for (uint32_t i = 0; i < total; i++) {
        print("%s\n", variables[i]);
    }
    return 0;
}

/* ---- jobs ---- */

static uint32_t do_jobs(uint32_t count, const char **arguments) {
    struct job *job;
    for (uint32_t i = 0; (job = job_at(i)) != nullptr; i++) {
        print("[%u] %s\n", (unsigned)job->number, job->text);
    }
    return 0;
}

/* "%1" or "1"; the last one without. */
static struct job *job_named(uint32_t count, const char **arguments) {
    uint64_t number;
    if (count < 2) {
        return job_last();
    }
    const char *text = arguments[1] + (arguments[1][0] == '%');
    return number_read(text, &number) ? job_find((uint32_t)number) : nullptr;
}

static uint32_t do_fg(uint32_t count, const char **arguments) {
    struct job *job = job_named(count, arguments);
    if (job == nullptr) {
        print_error("fg: there is no such job");
        return FAILED;
    }
    print("%s\n", job->text);
    print_flush();
    return job_wait(job);
}

static uint32_t do_wait(uint32_t count, const char **arguments) {
    uint32_t code = 0;
    struct job *job;
    while ((job = count > 1 ? job_named(count, arguments) : job_last()) != nullptr) {
        code = job_wait(job);
        if (count > 1) {
            break;
        }
    }
    return code;
}

static status_t kill_number(uint64_t number) {
    struct message request = {.operation = KERNEL_END, .words = {number}};
    struct message reply = {.payload = nullptr};
    return ask_once(command_handle("kernel", PROTOCOL_KERNEL, nullptr), &request, &reply);
}

static uint32_t do_kill(uint32_t count, const char **arguments) {
    uint64_t number;
    if (count != 2) {
        return misused("kill %JOB, or kill NUMBER of a process, as ps shows it");
    }
    if (arguments[1][0] == '%') {
        struct job *job = job_named(count, arguments);
        if (job != nullptr) {
            job_kill(job);
        }
        return job != nullptr ? 0 : FAILED;
    }
    if (!number_read(arguments[1], &number)) {
        return misused("kill %JOB, or kill NUMBER of a process, as ps shows it");
    }
    status_t status = kill_number(number);
    if (status != OK) {
        print_error("kill: %s: %s", arguments[1], status_text(status));
    }
    return status == OK ? 0 : FAILED;
}

/* ---- the rest ---- */

static uint32_t do_exit(uint32_t count, const char **arguments) {
    uint64_t code = run_status;
    if (count > 1 && !number_read(arguments[1], &code)) {
        return misused("exit [CODE]");
    }
    print_flush();
    system_exit((uint32_t)code);
}

static uint32_t do_help(uint32_t count, const char **arguments) {
    static char path[FILE_PATH_MAX];
    void *page;
    size_t size;
    (void)format_buffer(path, sizeof path, "/help/%s.txt", count > 1 ? arguments[1] : "help");
    if (file_load(path, PAGE_MAX, &page, &size) != OK) {
        print_error("help: there is no page on %s", count > 1 ? arguments[1] : "this");
        return FAILED;
    }
    print_bytes(page, size);
    memory_release(page, size + 1);
    return 0;
}

static uint32_t do_true(uint32_t count, const char **arguments) {
    return 0;
}

static uint32_t do_false(uint32_t count, const char **arguments) {
    return FAILED;
}

static const struct {
    const char *name;
    builtin *function;
} builtins[] = {
    {"cd", do_cd},   {"echo", do_echo}, {"exit", do_exit}, {"false", do_false},
    {"fg", do_fg},   {"help", do_help}, {"jobs", do_jobs}, {"kill", do_kill},
    {"pwd", do_pwd}, {"set", do_set},   {"true", do_true}, {"wait", do_wait},
};
constexpr uint32_t COUNT = sizeof builtins / sizeof builtins[0];

builtin *builtin_find(const char *name) {
    for (uint32_t i = 0; i < COUNT; i++) {
        if (text_equal(text_of(builtins[i].name), text_of(name))) {
            return builtins[i].function;
        }
    }
    return nullptr;
}

const char *builtin_name(uint32_t index) {
    return index < COUNT ? builtins[index].name : nullptr;
}
