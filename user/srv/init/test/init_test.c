/* SPDX-License-Identifier: MIT */
/*
 * init in a pretended world: gates and the kernel's server write down what they are asked, a line
 * each. Every scenario is a process of its own, because init has one state and may end.
 */
#include <base/ensure.h>
#include <base/format.h>
#include <proto/kernel.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <test/check.h>
#include <unistd.h>
#include <user/server.h>
#include <user/wiring.h>

extern const struct server server_init;

constexpr handle_t KERNEL = 7;
constexpr uint32_t HANDLES = 200, PIECE = 100; /* files are read in so many bytes */

/* ---- the world ---- */

static const char *wiring_text;
static FILE *notes; /* the scenario's lines */
static uint64_t now_ns = 1;
static bool refuses_starts;

/* Handles that init has now, by number - 100, and what they are. */
static char handles[HANDLES][64];
static char modules[128]; /* of the next process */

static handle_t handle_new(const char *what, const char *name, int size) {
    for (uint32_t i = 0; i < HANDLES; i++) {
        if (handles[i][0] == 0) {
            (void)format_buffer(handles[i], sizeof handles[i], "%s%.*s", what, size, name);
            return 100 + i;
        }
    }
    abort();
}

static const char *handle_name(handle_t handle) {
    CHECK(handle >= 100 && handle < 100 + HANDLES && handles[handle - 100][0] != 0);
    return handles[handle - 100];
}

static void file_read(const struct message *request, struct message *reply) {
    size_t size = strlen(wiring_text);
    size_t at = request->words[0] < size ? request->words[0] : size;
    size_t piece = size - at < PIECE ? size - at : PIECE;
    CHECK(request->payload_size == 6 && memcmp(request->payload, "wiring", 6) == 0);
    CHECK(piece <= reply->payload_capacity && reply->payload_capacity <= MESSAGE_PAYLOAD_MAX);
    memcpy(reply->payload, wiring_text + at, piece);
    reply->payload_size = (uint32_t)piece;
    reply->words[0] = size;
}

/* What has "no-" in its name is not there. */
static void give(const char *what, const struct message *request, struct message *reply) {
    const char *name = request->payload;
    int size = (int)request->payload_size;
    if (size > 3 && memcmp(name, "no-", 3) == 0) {
        reply->status = ERR_NOT_FOUND;
        return;
    }
    reply->handles[0] = handle_new(what, name, size);
    reply->handle_count = 1;
}

status_t system_call(handle_t handle, const struct message *request, struct message *reply) {
    char rights[16];
    CHECK(handle == KERNEL);
    reply->status = OK;
    reply->handle_count = 0;
    reply->payload_size = 0;
    switch (request->operation) {
    case KERNEL_LOG_WRITE:
        fprintf(notes, "log %u %.*s\n", (unsigned)request->words[0], (int)request->payload_size,
                (const char *)request->payload);
        break;
    case KERNEL_FILE:
        file_read(request, reply);
        break;
    case KERNEL_MODULE:
        give("", request, reply);
        break;
    case KERNEL_DEVICE:
        give("device ", request, reply);
        break;
    case KERNEL_LIMIT:
        (void)format_buffer(rights, sizeof rights, "%u", (unsigned)request->words[0]);
        reply->handles[0] = handle_new("kernel ", rights, (int)strlen(rights));
        reply->handle_count = 1;
        break;
    default:
        reply->status = ERR_NOT_SUPPORTED;
        break;
    }
    return OK;
}

status_t system_handle_close(handle_t handle) {
    if (strncmp(handle_name(handle), "process ", 8) == 0) {
        fprintf(notes, "drop %s\n", handle_name(handle));
    }
    handles[handle - 100][0] = 0;
    return OK;
}

int32_t system_birth(void *buffer, uint32_t capacity) {
    static constexpr struct birth birth = {
        BIRTH_MAGIC, sizeof birth + sizeof(struct birth_handle) + 7, 0, 0, 1, 7};
    const struct birth_handle handle = {KERNEL, PROTOCOL_KERNEL};
    CHECK(capacity >= birth.size);
    memcpy(buffer, &birth, sizeof birth);
    memcpy((uint8_t *)buffer + sizeof birth, &handle, sizeof handle);
    memcpy((uint8_t *)buffer + sizeof birth + sizeof handle, "kernel", 7);
    return (int32_t)birth.size;
}

uint64_t system_time_get(void) {
    return now_ns;
}

status_t system_process_create(const struct process_spec *spec, uint64_t key, handle_t *out) {
    modules[0] = 0;
    for (uint32_t i = 0; i < spec->module_count; i++) {
        size_t size = strlen(modules);
        (void)format_buffer(modules + size, sizeof modules - size, " %s",
                            handle_name(spec->modules[i]));
    }
    fprintf(notes, "create %s %u: flags %u priority %u pages %u%s\n", spec->name, (unsigned)key,
            spec->flags, spec->priority, spec->memory_pages, modules);
    *out = handle_new("process ", spec->name, (int)strlen(spec->name));
    return OK;
}

status_t system_process_mint(handle_t process, uint64_t badge, handle_t *out) {
    char name[64];
    (void)format_buffer(name, sizeof name, "%s.%u", handle_name(process) + 8, (unsigned)badge);
    *out = handle_new("", name, (int)strlen(name));
    return OK;
}

status_t system_process_start(handle_t process, const void *record, uint32_t size) {
    const struct birth *birth = record;
    const struct birth_handle *given = (const struct birth_handle *)(birth + 1);
    const char *at = (const char *)(given + birth->handle_count);
    CHECK(birth->magic == BIRTH_MAGIC && birth->size == size);
    CHECK(at + birth->strings_size == (const char *)record + size);
    fprintf(notes, "start %s:", handle_name(process) + 8);
    for (uint32_t i = 0; i < birth->argument_count + birth->environment_count; i++) {
        fprintf(notes, " %s'%s'", i < birth->argument_count ? "" : "env ", at);
        at += strlen(at) + 1;
    }
    for (uint32_t i = 0; i < birth->handle_count; i++) {
        fprintf(notes, " %s=%s(%u)", at, handle_name(given[i].handle), given[i].protocol);
        at += strlen(at) + 1;
    }
    CHECK(at == (const char *)record + size);
    fprintf(notes, "%s\n", refuses_starts ? " refused" : "");
    return refuses_starts ? ERR_NO_MEMORY : OK;
}

status_t system_reply(handle_t reply, const struct message *message) {
    fprintf(notes, "reply %d\n", message->status);
    return OK;
}

/* What is open at the end, besides processes, was forgotten. */
static void finish(void) {
    for (uint32_t i = 0; i < HANDLES; i++) {
        if (handles[i][0] != 0 && strncmp(handles[i], "process ", 8) != 0) {
            fprintf(notes, "forgotten: %s\n", handles[i]);
        }
    }
    fflush(notes);
    _exit(check_failed != 0);
}

[[noreturn]] void system_exit(uint32_t code) {
    fprintf(notes, "exit %u\n", code);
    finish();
    abort();
}

void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

/* ---- scenarios ---- */

static void end(uint64_t key, uint64_t how, uint64_t word, uint64_t where) {
    struct message message = {
        .operation = MESSAGE_ENDED, .badge = key, .words = {how, word, where, 1}};
    server_init.handle(&message);
}

/* Runs init with this file, then `after`, elsewhere; exactly these lines are written. */
static void expect(const char *wiring, void (*after)(void), const char *lines) {
    static char found[64 * 1024];
    int status;
    FILE *file = tmpfile();
    CHECK(file != nullptr);
    pid_t child = fork();
    if (child == 0) {
        notes = file;
        wiring_text = wiring;
        if (server_init.start() != nullptr && after != nullptr) {
            after();
        }
        finish();
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    rewind(file);
    found[fread(found, 1, sizeof found - 1, file)] = 0;
    fclose(file);
    if (strcmp(found, lines) != 0) {
        fprintf(stderr, "wrote:\n%sinstead of:\n%s", found, lines);
    }
    CHECK(strcmp(found, lines) == 0);
}

#define CONSOLE                                                                                    \
    "process console\n module srv/console.wasm\n kind handler\n serves console\n priority 3\n"     \
    " memory 128 KiB checked\n restart 2 in 10 s\n use line = device.serial0\n"                    \
    " use lost = device.no-such\n use kernel = kernel.log,time\n"
#define SHELL                                                                                      \
    "process shell\n module bin/shell.wasm\n kind wasi\n priority 8\n"                             \
    " environment A=b\n arguments shell -c 'x y'\n use stdin = console.input\n"
#define MADE                                                                                       \
    "create console 1: flags 3 priority 3 pages 2 srv/console.wasm\n"                              \
    "create shell 2: flags 0 priority 8 pages 0 bin/shell.wasm sys/wasi_snapshot_preview1.wasm\n"
#define CONSOLE_BEGINS                                                                             \
    "log 2 console goes without device.no-such: not found\n"                                       \
    "start console: 'console' line=device serial0(7) kernel=kernel 17(6)\n"
#define SHELL_BEGINS "start shell: 'shell' '-c' 'x y' env 'A=b' stdin=console.1(1)\n"

static void unknown_request(void) {
    struct message message = {.operation = 5, .reply = 3};
    server_init.handle(&message);
}

static void restarts(void) {
    constexpr uint64_t SECOND = 1'000'000'000;
    end(1, PROCESS_TRAPPED, 1, UINT64_C(5) << 32 | 77);
    now_ns += 5 * SECOND;
    end(1, PROCESS_KILLED, 0, 0);
    now_ns += 5 * SECOND; /* the first is ten seconds ago: it counts no more */
    end(1, PROCESS_EXITED, 1, 0);
    now_ns += SECOND;
    end(1, PROCESS_REFUSED, (uint64_t)ERR_NO_MEMORY, 0);
    end(1, PROCESS_KILLED, 0, 0); /* it is given up */
    end(9, PROCESS_KILLED, 0, 0); /* there is none */
    end(2, PROCESS_EXITED, 3, 0);
}

static void start_fails(void) {
    refuses_starts = true;
    end(1, PROCESS_KILLED, 0, 0);
}

static void not_needed(void) {
    end(1, PROCESS_EXITED, 0, 0);
    end(2, PROCESS_EXITED, 1, 0);
}

static void done(void) {
    end(2, PROCESS_EXITED, 0, 0);
}

static void crash(void) {
    end(2, PROCESS_TRAPPED, 1, 9);
}

int main(void) {
    expect(CONSOLE SHELL, unknown_request, MADE CONSOLE_BEGINS SHELL_BEGINS "reply -6\n");
    expect("process a\n", nullptr,
           "log 0 wiring:1:9: process \"a\" has no \"module\"\n"
           "log 0 wiring:1:9: process \"a\" has no \"kind\"\n"
           "log 0 wiring:1:9: process \"a\" has no \"priority\"\nexit 1\n");
    expect(CONSOLE SHELL, restarts,
           MADE CONSOLE_BEGINS SHELL_BEGINS
           "log 0 console: unreachable in function 5, at byte 77 of module 1\n" CONSOLE_BEGINS
           "log 1 console is restarted\nlog 1 console was killed\n" CONSOLE_BEGINS
           "log 1 console is restarted\nlog 2 console exits with 1\n" CONSOLE_BEGINS
           "log 1 console is restarted\nlog 0 console cannot run: out of memory\n"
           "drop process console\nlog 0 console is given up\n"
           "log 2 shell exits with 3\ndrop process shell\nlog 0 shell is given up\n"
           "log 2 nothing runs any more\nexit 3\n");
    expect(CONSOLE SHELL, start_fails,
           MADE CONSOLE_BEGINS SHELL_BEGINS
           "log 1 console was killed\n"
           "log 2 console goes without device.no-such: not found\n"
           "start console: 'console' line=device serial0(7) kernel=kernel 17(6) refused\n"
           "log 0 console cannot begin: out of memory\n"
           "drop process console\nlog 0 console is given up\n");
    expect(CONSOLE SHELL, not_needed,
           MADE CONSOLE_BEGINS SHELL_BEGINS
           "log 2 console exits with 0\ndrop process console\n"
           "log 2 shell exits with 1\ndrop process shell\nlog 0 shell is given up\n"
           "log 2 nothing runs any more\nexit 1\n");
    expect(CONSOLE SHELL " restart never else stop\n", done,
           MADE CONSOLE_BEGINS SHELL_BEGINS
           "log 2 shell exits with 0\ndrop process shell\nexit 0\n");
    expect(CONSOLE SHELL " restart never else stop\n", crash,
           MADE CONSOLE_BEGINS SHELL_BEGINS
           "log 0 shell: unreachable in function 0, at byte 9 of module 1\n"
           "drop process shell\nlog 0 shell is given up, and everything with it\nexit 134\n");
    expect("process a\n module no-file\n kind wasi\n priority 3\n", nullptr,
           "log 0 no-file: not found\nlog 0 a cannot be made: not found\n"
           "log 0 a is given up\nlog 2 nothing runs any more\nexit 1\n");
    return check_finish("user/init");
}
