/* SPDX-License-Identifier: MIT */
/*
 * The gates by which programs make and mind processes: abi/process.h. A child is no more than its
 * guardian: no more urgent, its complaints go where the guardian's go, and its memories are checked
 * when the guardian's are.
 */
#include "gate.h"
#include <base/string.h>
#include <kernel/port.h>

constexpr uint32_t FLAGS = PROCESS_HANDLER | PROCESS_CHECKED | PROCESS_TRAP_IMPORTS;
constexpr uint32_t STACK_MIN = 2 * STACK_HEADROOM, STACK_MAX = 1u << 30, STACK_PAGE = 4096;
constexpr struct process_limits DEFAULTS = {
    .handles = 4096, .mailbox_messages = 256, .mailbox_bytes = 1024 * 1024};

/* ---- modules ---- */

/* What complains of it is the caller, who gave it. */
static status_t settle(const struct program *program, struct program_module *module) {
    struct module_error error;
    status_t status = program_module_settle(module, program->plan.memory_mode, &error);
    if (status != OK) {
        program_complain_module(program, module, status, &error);
    }
    return status;
}

static status_t module_make(const struct program *program,
                            const struct program_module_source *source, handle_t *out) {
    struct program_module *module;
    if (port_memory_is_low()) {
        return ERR_NO_MEMORY;
    }
    status_t status = program_module_create(program->engine, source, &module);
    if (status != OK) {
        return status;
    }
    status = settle(program, module);
    if (status == OK) {
        status = process_share(program->process, &module->shared, out);
    }
    if (status == OK) {
        module->payer = program->process;
        process_charge(module->payer, sizeof *module + module->size);
    }
    program_module_release(module); /* the handle has its own reference */
    return status;
}

static bool is_name(const char *name, uint32_t size) {
    if (size == 0 || size >= MODULE_NAME_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (name[i] == 0) {
            return false;
        }
    }
    return true;
}

struct context *gate_module_create(struct context *context, struct function *gate,
                                   uint64_t *values) {
    const struct unit *unit = gate->data;
    uint32_t name_size = argument_u32(values, 1), size = argument_u32(values, 3);
    const char *name = guest_range(context, unit, argument_u32(values, 0), name_size);
    const void *bytes = guest_range(context, unit, argument_u32(values, 2), size);
    handle_t handle;
    void *out = guest_range(context, unit, argument_u32(values, 4), sizeof handle);
    if (name == nullptr || bytes == nullptr || out == nullptr) {
        return context;
    }
    status_t status = ERR_INVALID;
    if (is_name(name, name_size)) {
        const struct program_module_source source = {
            .name = {name, name_size}, .bytes = bytes, .size = size};
        status = module_make(unit->program, &source, &handle);
    }
    if (status == OK) {
        memcpy(out, &handle, sizeof handle);
    }
    result_status(values, status);
    return context;
}

/* ---- processes ---- */

static bool spec_is_right(const struct process_spec *spec) {
    uint32_t length = 0;
    while (length < sizeof spec->name && spec->name[length] != 0) {
        length++;
    }
    bool named = length > 0 && length < sizeof spec->name;
    bool stack =
        spec->stack_size == 0 || (spec->stack_size >= STACK_MIN && spec->stack_size <= STACK_MAX);
    bool turn = spec->turn_ms == 0 || (spec->flags & PROCESS_HANDLER) != 0;
    return named && stack && turn && spec->module_count > 0 &&
           spec->module_count <= PROCESS_MODULES && (spec->flags & ~FLAGS) == 0 &&
           spec->priority < PROCESS_PRIORITIES && spec->unused == 0;
}

/* Borrowed from the handles. */
static status_t find_modules(const struct program *guardian, const struct process_spec *spec,
                             struct program_module *modules[PROCESS_MODULES]) {
    for (uint32_t i = 0; i < spec->module_count; i++) {
        struct shared *shared =
            process_shared(guardian->process, spec->modules[i], &program_module_kind);
        if (shared == nullptr) {
            return ERR_BAD_HANDLE;
        }
        modules[i] = list_owner(shared, struct program_module, shared);
    }
    return OK;
}

static uint32_t limit(uint32_t asked, uint32_t otherwise) {
    return asked != 0 ? asked : otherwise;
}

static struct program_plan plan_of(const struct program *guardian, const struct process_spec *spec,
                                   struct program_module **modules) {
    uint32_t highest = process_priority(guardian->process);
    bool checked = (spec->flags & PROCESS_CHECKED) != 0;
    return (struct program_plan){
        .name = spec->name,
        .modules = modules,
        .module_count = spec->module_count,
        .limits = {.handles = limit(spec->handles, DEFAULTS.handles),
                   .mailbox_messages = limit(spec->mailbox_messages, DEFAULTS.mailbox_messages),
                   .mailbox_bytes = limit(spec->mailbox_bytes, DEFAULTS.mailbox_bytes),
                   .turn_ms = spec->turn_ms,
                   .priority = (uint8_t)(spec->priority > highest ? spec->priority : highest)},
        .memory_pages = spec->memory_pages,
        .stack_size = align_up(spec->stack_size, STACK_PAGE),
        .memory_mode = checked ? MEMORY_CHECKED : guardian->plan.memory_mode,
        .handler = (spec->flags & PROCESS_HANDLER) != 0,
        .trap_unknown_imports = (spec->flags & PROCESS_TRAP_IMPORTS) != 0,
        .complain = guardian->plan.complain,
        .data = guardian->plan.data,
    };
}

static status_t make(struct program *guardian, const struct process_spec *spec, uint64_t key,
                     handle_t *out) {
    struct program_module *modules[PROCESS_MODULES];
    struct program *child;
    if (!spec_is_right(spec)) {
        return ERR_INVALID;
    }
    if (port_memory_is_low()) {
        return ERR_NO_MEMORY;
    }
    status_t status = find_modules(guardian, spec, modules);
    if (status != OK) {
        return status;
    }
    struct program_plan plan = plan_of(guardian, spec, modules);
    status = program_make(guardian->engine, &plan, &child);
    if (status != OK) {
        return status;
    }
    child->is_ward = true;
    status = process_adopt(guardian->process, child->process, key, out);
    if (status != OK) {
        process_destroy(child->process);
    }
    return status;
}

struct context *gate_process_create(struct context *context, struct function *gate,
                                    uint64_t *values) {
    const struct unit *unit = gate->data;
    struct process_spec spec;
    handle_t handle;
    const void *given = guest_range(context, unit, argument_u32(values, 0), sizeof spec);
    void *out = guest_range(context, unit, argument_u32(values, 2), sizeof handle);
    if (given == nullptr || out == nullptr) {
        return context;
    }
    memcpy(&spec, given, sizeof spec);
    status_t status = make(unit->program, &spec, values[1], &handle);
    if (status == OK) {
        memcpy(out, &handle, sizeof handle);
    }
    result_status(values, status);
    return context;
}

struct context *gate_process_mint(struct context *context, struct function *gate,
                                  uint64_t *values) {
    const struct unit *unit = gate->data;
    struct process *process = unit->program->process;
    handle_t minted;
    void *out = guest_range(context, unit, argument_u32(values, 2), sizeof minted);
    if (out == nullptr) {
        return context;
    }
    struct process *ward = process_ward(process, argument_u32(values, 0));
    status_t status = ward != nullptr ? OK : ERR_BAD_HANDLE;
    if (status == OK && port_memory_is_low()) {
        status = ERR_NO_MEMORY;
    }
    if (status == OK) {
        status = process_mint(process, ward, values[1], &minted);
    }
    if (status == OK) {
        memcpy(out, &minted, sizeof minted);
    }
    result_status(values, status);
    return context;
}

/* The record is copied before it is looked at. */
static status_t start(struct program *guardian, struct process *ward, const void *birth,
                      uint32_t size) {
    struct program *child = process_data(ward);
    if (!process_rests(ward)) {
        return ERR_BUSY;
    }
    uint8_t *record = port_allocate(size);
    if (record == nullptr) {
        return ERR_NO_MEMORY;
    }
    memcpy(record, birth, size);
    status_t status = program_birth_give(child, guardian->process, record, size);
    if (status != OK) {
        port_release(record, size);
        return status;
    }
    return program_start(child);
}

struct context *gate_process_start(struct context *context, struct function *gate,
                                   uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    uint32_t size = argument_u32(values, 2);
    const void *birth = guest_range(context, unit, argument_u32(values, 1), size);
    if (birth == nullptr) {
        return context;
    }
    struct process *ward = process_ward(program->process, argument_u32(values, 0));
    status_t status = ward != nullptr ? OK : ERR_BAD_HANDLE;
    if (status == OK && size > BIRTH_MAX) {
        status = ERR_TOO_BIG;
    } else if (status == OK && size < sizeof(struct birth)) {
        status = ERR_INVALID;
    }
    if (status == OK) {
        status = start(program, ward, birth, size);
    }
    return program_gate_end(program, status);
}

struct context *gate_process_kill(struct context *context, struct function *gate,
                                  uint64_t *values) {
    const struct unit *unit = gate->data;
    struct program *program = unit->program;
    struct process *ward = process_ward(program->process, argument_u32(values, 0));
    if (ward != nullptr) {
        process_kill(ward);
    }
    return program_gate_end(program, ward != nullptr ? OK : ERR_BAD_HANDLE);
}

struct context *gate_process_status(struct context *context, struct function *gate,
                                    uint64_t *values) {
    const struct unit *unit = gate->data;
    struct process_info info;
    void *out = guest_range(context, unit, argument_u32(values, 1), sizeof info);
    if (out == nullptr) {
        return context;
    }
    struct process *ward = process_ward(unit->program->process, argument_u32(values, 0));
    if (ward != nullptr) {
        process_info_get(ward, &info);
        memcpy(out, &info, sizeof info);
    }
    result_status(values, ward != nullptr ? OK : ERR_BAD_HANDLE);
    return context;
}
