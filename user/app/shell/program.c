/* SPDX-License-Identifier: MIT */
/*
 * See program.h. Modules of the initrd are the kernel's: it is asked for them by name. Others are
 * read, and made a module of. A program that imports WASI gets the adapter, and of the shell's
 * handles all but the kernel's, which native programs get, too.
 */
#include "program.h"
#include "kind.h"
#include "variable.h"
#include <base/format.h>
#include <base/string.h>
#include <proto/kernel.h>
#include <proto/pipe.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/file.h>
#include <user/memory.h>

constexpr uint64_t MODULE_MAX = 64 << 20; /* bytes, of one that is read */
constexpr uint32_t PRIORITY = 9, PIPE_PRIORITY = 8;
constexpr uint32_t PIPE_PAGES = 8, NATIVE_STACK = 64 * 1024, WASI_STACK = 1 << 20;
static const char ADAPTER[] = "sys/wasi_snapshot_preview1.wasm";
static const char PIPE[] = "srv/pipe.wasm";

static uint8_t record[BIRTH_MAX];

/* ---- modules ---- */

static status_t kernel_module(const char *path, handle_t *out) {
    struct message request = {.operation = KERNEL_MODULE,
                              .payload = (void *)path,
                              .payload_size = (uint32_t)strlen(path)};
    struct message reply = {.payload = nullptr};
    status_t status =
        ask_once(command_handle("kernel", PROTOCOL_KERNEL, nullptr), &request, &reply);
    *out = reply.handles[0];
    return status == OK && reply.handle_count != 1 ? (status_t)ERR_CORRUPT : status;
}

static status_t read_module(const char *path, handle_t *out) {
    void *bytes;
    size_t size;
    status_t status = file_load(path, MODULE_MAX, &bytes, &size);
    if (status == OK) {
        status = system_module_create("program", 7, bytes, (uint32_t)size, out);
        memory_release(bytes, size + 1);
    }
    return status;
}

static bool is_path(const char *name) {
    for (; *name != 0; name++) {
        if (*name == '/') {
            return true;
        }
    }
    return false;
}

/* Where it lies; `to` has FILE_PATH_MAX bytes. */
static status_t find(const char *name, char *to) {
    struct file_stat stat;
    size_t size = is_path(name) ? format_buffer(to, FILE_PATH_MAX, "%s", name)
                                : format_buffer(to, FILE_PATH_MAX, "/bin/%s.wasm", name);
    if (size >= FILE_PATH_MAX) {
        return ERR_NAME_TOO_LONG;
    }
    status_t status = file_stat(to, &stat);
    return status == OK && stat.kind != FILE_KIND_REGULAR ? (status_t)ERR_IS_DIRECTORY : status;
}

bool program_exists(const char *name) {
    static char path[FILE_PATH_MAX];
    return find(name, path) == OK;
}

/* What is in the initrd is compiled from where it lies. */
static status_t open_module(const char *path, handle_t *out) {
    static char whole[FILE_PATH_MAX];
    status_t status = file_path(path, whole);
    if (status == OK && kernel_module(whole + 1, out) == OK) {
        return OK;
    }
    return status == OK ? read_module(path, out) : status;
}

/* ---- processes ---- */

static void close(handle_t *handle) {
    if (*handle != HANDLE_NONE) {
        (void)system_handle_close(*handle);
        *handle = HANDLE_NONE;
    }
}

static status_t create(struct process_spec *spec, const char *path, bool wasi, uint64_t key,
                       handle_t *out) {
    status_t status = open_module(path, &spec->modules[0]);
    spec->module_count = status == OK;
    if (status == OK && wasi) {
        status = kernel_module(ADAPTER, &spec->modules[1]);
        spec->module_count += status == OK;
    }
    status = status == OK ? system_process_create(spec, key, out) : status;
    for (uint32_t i = 0; i < spec->module_count; i++) {
        close(&spec->modules[i]);
    }
    return status;
}

static struct record_handle own(const char *name, uint32_t protocol) {
    return (struct record_handle){command_handle(name, protocol, nullptr), protocol, name};
}

static status_t start(handle_t process, const struct program_start *what, bool wasi) {
    const struct record_handle handles[] = {
        what->standard[0],
        what->standard[1],
        what->standard[2],
        own("/", PROTOCOL_FILE),
        own("clock", PROTOCOL_CLOCK),
        own("random", PROTOCOL_RANDOM),
        wasi ? (struct record_handle){} : own("kernel", PROTOCOL_KERNEL),
    };
    struct record_spec spec = {.arguments = what->arguments,
                               .argument_count = what->argument_count,
                               .handles = handles,
                               .handle_count = sizeof handles / sizeof handles[0]};
    spec.environment = variables_all(&spec.environment_count);
    uint32_t size = record_make(&spec, record, sizeof record);
    return size > 0 ? system_process_start(process, record, size) : (status_t)ERR_TOO_BIG;
}

static void name_process(struct process_spec *spec, const char *name) {
    size_t size = strlen(name), from = size;
    while (from > 0 && name[from - 1] != '/') {
        from--;
    }
    size = size - from < sizeof spec->name - 1 ? size - from : sizeof spec->name - 1;
    memcpy(spec->name, name + from, size);
}

status_t program_start(const struct program_start *what, handle_t *out) {
    static char path[FILE_PATH_MAX];
    const char *name = what->name;
    bool wasi = false;
    status_t status = find(name, path);
    if (status == ERR_NOT_FOUND && !is_path(name)) {
        print_error("%s: there is no such command; \"help\" lists them", name);
        return status;
    }
    status = status == OK ? kind_find(path, &wasi) : status;
    struct process_spec spec = {.priority = PRIORITY,
                                .stack_size = wasi ? WASI_STACK : NATIVE_STACK,
                                .flags = wasi ? 0 : (uint32_t)PROCESS_CHECKED};
    name_process(&spec, what->arguments[0]);
    status = status == OK ? create(&spec, path, wasi, what->key, out) : status;
    if (status == OK) {
        status = start(*out, what, wasi);
        if (status != OK) {
            close(out);
        }
    }
    if (status != OK) {
        print_error("%s: %s", name, status_text(status));
    }
    return status;
}

static status_t start_pipe(handle_t process, handle_t *reader, handle_t *writer) {
    const struct record_spec nothing = {};
    uint32_t size = record_make(&nothing, record, sizeof record);
    status_t status = system_process_mint(process, PIPE_READER, reader);
    if (status != OK) {
        return status;
    }
    status = system_process_mint(process, PIPE_WRITER, writer);
    if (status != OK) {
        close(reader);
        return status;
    }
    return system_process_start(process, record, size);
}

status_t program_start_pipe(uint64_t key, handle_t *process, handle_t *reader, handle_t *writer) {
    struct process_spec spec = {.name = "pipe",
                                .flags = PROCESS_HANDLER | PROCESS_CHECKED,
                                .priority = PIPE_PRIORITY,
                                .memory_pages = PIPE_PAGES};
    status_t status = kernel_module(PIPE, &spec.modules[0]);
    if (status != OK) {
        return status;
    }
    spec.module_count = 1;
    status = system_process_create(&spec, key, process);
    close(&spec.modules[0]);
    status = status == OK ? start_pipe(*process, reader, writer) : status;
    if (status != OK) {
        print_error("pipe: %s", status_text(status));
    }
    return status;
}
