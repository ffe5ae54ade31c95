/* SPDX-License-Identifier: MIT */
/*
 * Programs: a wasm module made into a process, with its adapters, run to its end.
 *
 * An import from the module "copper" is a gate. An import from any other module M is looked for in
 * the adapter named M: a wasm module that lives in the same process, has its own memory, imports
 * gates and, from the module "guest", three calls that check a range of the guest's memory
 *
 *   read(to: i32 own, from: i32 guest's, size: i32) -> i32      0, or 1 when the guest's range is
 *   write(to: i32 guest's, from: i32 own, size: i32) -> i32     not all there
 *   call(handle: i32, request: i32 own, reply: i32 own) -> i32  the gate `call` with both payloads
 *                                                               in the guest's memory; or 1
 *
 * The kernel knows no WASI: the adapter `wasi_snapshot_preview1` is a file like any other.
 */
#pragma once
#include <abi/birth.h>
#include <abi/trap.h>
#include <base/string.h>
#include <engine/engine.h>
#include <kernel/process.h>

/* An immutable module of bytes, which programs are made of: an object behind handles, too
 * (program_module_shared()). */
struct program_module;
struct program_module_source {
    struct text name;  /* copied; of an adapter: the import module that it provides */
    const void *bytes; /* borrowed until it is destroyed; see `stays` */
    size_t size;
    bool stays;   /* even until engine_destroy(): the cache may borrow them, too */
    bool trusted; /* bodies of functions are validated when they are called first */
};
/* Nothing is looked at yet. */
status_t program_module_create(struct engine *engine, const struct program_module_source *source,
                               struct program_module **out);
void program_module_release(struct program_module *module);
/* For process_share(). */
struct shared *program_module_shared(struct program_module *module);

struct program_adapter {
    const char *name; /* the import module it provides */
    const void *bytes;
    size_t size;
};

/* A handle to be born with: on the mailbox of `server`, with this badge and name; or to a device,
 * with PROTOCOL_DEVICE. */
struct program_grant {
    const char *name;
    enum protocol protocol;
    struct process *server;
    uint64_t badge;
    struct device *device; /* NULL: `server` is meant */
};

/* The bytes are borrowed as long as the program is there, all else until the call returns. */
struct program_config {
    const char *name;
    const void *bytes;
    size_t size;
    const char *const *arguments; /* argument_count, [0] is the program's name */
    size_t argument_count;
    const char *const *environment; /* "KEY=value" */
    size_t environment_count;
    const struct program_grant *grants;
    size_t grant_count;
    const struct program_adapter *adapters;
    size_t adapter_count;
    size_t stack_size;            /* bytes; 0: 1 MiB */
    enum memory_mode memory_mode; /* of the memories that its modules define */
    bool handler;                 /* it exports `start` and `handle`, not `_start` */
    bool bytes_stay;              /* until engine_destroy(), adapters' too: the cache may borrow */
    bool trap_unknown_imports;    /* a missing import traps when called, instead of being refused */
    uint8_t priority;             /* 0: 8, of handlers 4 */
    /* What is wrong, a line each, without newline; also of all processes that come of it, so that
     * it is to stay as long as they do. */
    void (*complain)(void *data, const char *line);
    void *data;
};

constexpr size_t PROGRAM_TRACE_MAX = 64;

struct program_result {
    enum : uint8_t {
        PROGRAM_EXITED,
        PROGRAM_TRAPPED,
        PROGRAM_REFUSED, /* invalid module, missing import, no memory: told to complain() */
    } how;
    uint32_t exit_code;
    enum trap trap;
    uint64_t first_instruction_ns; /* port_time_ns() when the program's code was entered */
};

/* Loads, links, runs `_start`, and takes everything down again, with all processes that came of it.
 * A trap is told to complain() too, with a stack trace in names. */
void program_run(struct engine *engine, const struct program_config *config,
                 struct program_result *out);

/* A program that lives beside others, such as a handler that serves them: it runs while some
 * program_run() on this core waits for its own. When it ends that is told, and it rests. */
struct program;
status_t program_create(struct engine *engine, const struct program_config *config,
                        struct program **out);
struct process *program_process(const struct program *program);
/* So many cores run programs from now on: core 0, and each other that calls programs_run(). */
void programs_share(unsigned count);
/* Runs whoever is ready on this core until programs_settle() on core 0. */
void programs_run(void);
/* Runs whoever is ready until nobody is, and no other core runs any. */
void programs_settle(void);
/* Not while it runs; wherever it waits, or when it has ended. */
void program_destroy(struct program *program);
