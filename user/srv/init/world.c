/* SPDX-License-Identifier: MIT */
/*
 * See world.h. A process's key, by which its ends are told, is its place in the file, from 1. Every
 * handle that init makes for a child is closed again when the child has its copy.
 */
#include "world.h"
#include "kernel.h"
#include "record.h"
#include <abi/trap.h>

static struct wiring wiring;
static char file[WIRING_SIZE_MAX];
static uint8_t record[BIRTH_MAX];
static uint32_t living;

static struct {
    handle_t handle; /* HANDLE_NONE: it could not be made */
    struct policy policy;
} processes[WIRING_PROCESSES];

/* ---- the file ---- */

static void mistake(void *data, struct wiring_place place, const char *text) {
    kernel_log(LEVEL_ERROR, "wiring:%u:%u: %s", place.line, place.column, text);
}

static bool read_wiring(void) {
    const struct wiring_reader reader = {.error = mistake};
    uint64_t size;
    status_t status = kernel_file(text_of("wiring"), file, sizeof file, &size);
    if (status == OK && size > sizeof file) {
        status = ERR_TOO_BIG;
    }
    if (status != OK) {
        kernel_log(LEVEL_ERROR, "wiring: %s", status_text(status));
        return false;
    }
    return wiring_read((struct text){file, (size_t)size}, &reader, &wiring);
}

/* ---- making ---- */

static void close(handle_t *handle) {
    if (*handle != HANDLE_NONE) {
        (void)system_handle_close(*handle);
        *handle = HANDLE_NONE;
    }
}

static struct process_spec spec_of(const struct wiring_process *process) {
    struct process_spec spec = {
        .flags = (process->kind == WIRING_HANDLER ? (uint32_t)PROCESS_HANDLER : 0) |
                 (process->memory_mode == WIRING_CHECKED ? (uint32_t)PROCESS_CHECKED : 0),
        .priority = process->priority,
        .stack_size = process->stack_size,
        .memory_pages = process->memory_pages,
        .handles = process->handles,
        .mailbox_messages = process->mailbox_messages,
        .mailbox_bytes = process->mailbox_bytes,
        .turn_ms = process->turn_ms,
    };
    memcpy(spec.name, process->name.bytes, process->name.size);
    return spec;
}

static status_t add_module(struct process_spec *spec, struct text path) {
    status_t status = kernel_module(path, &spec->modules[spec->module_count]);
    spec->module_count += status == OK;
    if (status != OK) {
        kernel_log(LEVEL_ERROR, "%.*s: %s", (int)path.size, path.bytes, status_text(status));
    }
    return status;
}

static void create(uint32_t index) {
    const struct wiring_process *process = &wiring.processes[index];
    struct process_spec spec = spec_of(process);
    status_t status = add_module(&spec, process->module);
    if (status == OK && process->kind == WIRING_WASI) {
        status = add_module(&spec, text_of(WIRING_WASI_PATH));
    }
    if (status == OK) {
        status = system_process_create(&spec, index + 1, &processes[index].handle);
    }
    if (status != OK) {
        processes[index].handle = HANDLE_NONE;
        kernel_log(LEVEL_ERROR, "%s cannot be made: %s", spec.name, status_text(status));
    }
    for (uint32_t i = 0; i < spec.module_count; i++) {
        close(&spec.modules[i]);
    }
}

/* ---- beginning ---- */

static status_t handle_for(const struct wiring_use *use, handle_t *out) {
    switch (use->giver) {
    case WIRING_OF_KERNEL:
        return kernel_limited(use->badge, out);
    case WIRING_OF_DEVICE:
        return kernel_device(use->part, out);
    default:
        return processes[use->server].handle == HANDLE_NONE
                   ? (status_t)ERR_CLOSED
                   : system_process_mint(processes[use->server].handle, use->badge, out);
    }
}

/* One that cannot be had is left out: not every machine has every device, and a program knows best
 * what it can do without. */
static void collect_handles(const struct wiring_process *process,
                            handle_t handles[WIRING_PROCESS_USES]) {
    for (uint32_t i = 0; i < process->use_count; i++) {
        const struct wiring_use *use = &wiring.uses[process->first_use + i];
        status_t status = handle_for(use, &handles[i]);
        if (status != OK) {
            handles[i] = HANDLE_NONE;
            kernel_log(use->giver == WIRING_OF_DEVICE ? LEVEL_INFO : LEVEL_WARNING,
                       "%.*s goes without %.*s: %s", (int)process->name.size, process->name.bytes,
                       (int)use->target.size, use->target.bytes, status_text(status));
        }
    }
}

static status_t begin(uint32_t index) {
    const struct wiring_process *process = &wiring.processes[index];
    handle_t handles[WIRING_PROCESS_USES];
    collect_handles(process, handles);
    uint32_t size = record_write(&wiring, process, handles, record);
    status_t status = system_process_start(processes[index].handle, record, size);
    for (uint32_t i = 0; i < process->use_count; i++) {
        close(&handles[i]);
    }
    if (status != OK) {
        kernel_log(LEVEL_ERROR, "%.*s cannot begin: %s", (int)process->name.size,
                   process->name.bytes, status_text(status));
    }
    return status;
}

/* ---- ends ---- */

static uint32_t exit_code(const struct message *end) {
    return end->words[0] == PROCESS_EXITED    ? (uint32_t)end->words[1]
           : end->words[0] == PROCESS_REFUSED ? EXIT_BROKEN
                                              : EXIT_TRAPPED;
}

/* It is over: that a program did its work, or a driver is not needed, is no news. */
static void give_up(uint32_t index, uint32_t code) {
    const struct wiring_process *process = &wiring.processes[index];
    close(&processes[index].handle); /* its clients learn ERR_CLOSED */
    living--;
    if (code != 0) {
        kernel_log(LEVEL_ERROR, "%.*s is given up%s", (int)process->name.size, process->name.bytes,
                   process->restart.stops ? ", and everything with it" : "");
    }
    if (process->restart.stops) {
        system_exit(code);
    }
    if (living == 0) {
        kernel_log(LEVEL_INFO, "nothing runs any more");
        system_exit(code);
    }
}

static void tell_end(const struct wiring_process *process, const struct message *end) {
    int size = (int)process->name.size;
    const char *name = process->name.bytes;
    switch (end->words[0]) {
    case PROCESS_EXITED:
        kernel_log(LEVEL_INFO, "%.*s exits with %u", size, name, (unsigned)end->words[1]);
        break;
    case PROCESS_TRAPPED:
        kernel_log(LEVEL_ERROR, "%.*s: %s in function %u, at byte %u of module %u", size, name,
                   trap_text((uint32_t)end->words[1]), (unsigned)(end->words[2] >> 32),
                   (unsigned)end->words[2], (unsigned)end->words[3]);
        break;
    case PROCESS_REFUSED:
        kernel_log(LEVEL_ERROR, "%.*s cannot run: %s", size, name,
                   status_text((status_t)(int64_t)end->words[1]));
        break;
    default:
        kernel_log(LEVEL_WARNING, "%.*s was killed", size, name);
        break;
    }
}

void world_ended(const struct message *message) {
    uint64_t index = message->badge - 1;
    if (index >= wiring.process_count || processes[index].handle == HANDLE_NONE) {
        return; /* given up already */
    }
    const struct wiring_process *process = &wiring.processes[index];
    tell_end(process, message);
    uint32_t code = exit_code(message);
    if (code == 0 ||
        !policy_restart(&processes[index].policy, &process->restart, system_time_get())) {
        give_up((uint32_t)index, code);
    } else if (begin((uint32_t)index) != OK) {
        give_up((uint32_t)index, EXIT_BROKEN);
    } else {
        kernel_log(LEVEL_WARNING, "%.*s is restarted", (int)process->name.size,
                   process->name.bytes);
    }
}

bool world_begin(void) {
    if (!read_wiring()) {
        return false;
    }
    for (uint32_t i = 0; i < wiring.process_count; i++) {
        create(i);
    }
    living = wiring.process_count;
    for (uint32_t i = 0; i < wiring.process_count; i++) {
        if (processes[i].handle == HANDLE_NONE || begin(i) != OK) {
            give_up(i, EXIT_BROKEN);
        }
    }
    return true;
}
