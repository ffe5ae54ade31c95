/* SPDX-License-Identifier: MIT */
/*
 * Programs from bytes to their end. The order is: decode and validate all
 * modules, create all instances, link them to one another, initialize memories and tables, and only
 * then run anything: start functions (adapters first), then `_start`. Whatever happens, all of it
 * is taken down again in the opposite order.
 */
#include "unit.h"
#include <base/ensure.h>
#include <kernel/port.h>

constexpr size_t STACK_DEFAULT = 1024 * 1024;

constexpr uint8_t COMMAND_PRIORITY = 8, HANDLER_PRIORITY = 4; /* servers before whom they serve */

/* The bodies of adapters, which belong to the system, are validated when they are called first. */
static status_t create_module(struct unit *unit, const void *bytes, size_t size) {
    const struct program *program = unit->program;
    struct module_error error;
    const struct module_source source = {.bytes = bytes,
                                         .size = size,
                                         .memory_mode = program->config->memory_mode,
                                         .stays = program->config->bytes_stay,
                                         .bodies_later = unit != &program->units[0]};
    status_t status = module_open(program->engine, &source, &error, &unit->module);
    if (status == ERR_CORRUPT && error.function != UINT32_MAX) {
        program_complain(program, "%s: %s at 0x%zx in function %u: %s", unit->name,
                         error.invalid ? "invalid" : "malformed", error.offset, error.function,
                         error.text);
    } else if (status == ERR_CORRUPT) {
        program_complain(program, "%s: %s at 0x%zx: %s", unit->name,
                         error.invalid ? "invalid" : "malformed", error.offset, error.text);
    } else if (status != OK) {
        program_complain(program, "%s: %s", unit->name, status_text(status));
    }
    return status;
}

/* The next place among the units, which counts once it has a module. */
static status_t add_unit(struct program *program, const char *name, const void *bytes,
                         size_t size) {
    ensure(program->unit_count < program->unit_capacity);
    struct unit *unit = &program->units[program->unit_count];
    *unit = (struct unit){.program = program, .name = name};
    status_t status = create_module(unit, bytes, size);
    if (status == OK) {
        program->unit_count++;
    }
    return status;
}

static bool imports_from(const struct program *program, const char *name) {
    for (size_t i = 0; i < program->unit_count; i++) {
        const struct module *module = program->units[i].module;
        for (uint32_t j = 0; j < module->import_count; j++) {
            if (text_equal(module->imports[j].module, text_of(name))) {
                return true;
            }
        }
    }
    return false;
}

/* The program's module, then the adapters that it or an adapter before them imports from. */
static status_t create_modules(struct program *program) {
    const struct program_config *config = program->config;
    status_t status = add_unit(program, config->name, config->bytes, config->size);
    for (size_t i = 0; i < config->adapter_count && status == OK; i++) {
        const struct program_adapter *adapter = &config->adapters[i];
        if (imports_from(program, adapter->name)) {
            status = add_unit(program, adapter->name, adapter->bytes, adapter->size);
        }
    }
    return status;
}

static status_t create_instances(struct program *program) {
    for (size_t i = 0; i < program->unit_count; i++) {
        struct unit *unit = &program->units[i];
        status_t status = instance_create(unit->module, program->context, &unit->instance);
        if (status != OK) {
            program_complain(program, "%s: cannot create its memory and tables: %s", unit->name,
                             status_text(status));
            return status;
        }
    }
    return OK;
}

/* Is this function exported, with this type? A memory, when there are no parameters. */
static bool check_function(const struct program *program, const char *name, const char *parameters,
                           const char *results) {
    const struct module *module = program->units[0].module;
    const struct export *found = module_export_find(module, text_of(name));
    const struct function_type *type = engine_type_parse(program->engine, parameters, results);
    bool right = type != nullptr && found != nullptr && found->kind == EXTERNAL_FUNCTION &&
                 module_function_type(module, found->index) == type;
    if (!right) {
        program_complain(program, "%s: exports no function \"%s\" %s", program->config->name, name,
                         parameters[0] == 0 && results[0] == 0
                             ? "without parameters and results"
                             : (parameters[0] != 0 ? "of an i32" : "that returns an i32"));
    }
    return right;
}

/* What a command or a handler exports (abi/system.h): for adapters its memory, too. */
static status_t check_exports(struct program *program) {
    const struct module *module = program->units[0].module;
    const struct export *memory = module_export_find(module, text_of("memory"));
    bool right = true;
    program->is_handler = program->config->handler;
    if (program->is_handler) {
        right =
            check_function(program, "start", "", "i") && check_function(program, "handle", "i", "");
    } else {
        right = check_function(program, "_start", "", "");
    }
    if (program->unit_count > 1 && (memory == nullptr || memory->kind != EXTERNAL_MEMORY)) {
        program_complain(program, "%s: exports no memory \"memory\"", program->config->name);
        right = false;
    }
    return right ? OK : ERR_NOT_FOUND;
}

static void find_guest_memory(struct program *program) {
    struct external memory;
    status_t status = instance_export(program->units[0].instance, text_of("memory"), &memory);
    if (status == OK && memory.kind == EXTERNAL_MEMORY) {
        program->guest_memory = memory.memory;
    }
}

static status_t create_process(struct program *program) {
    const struct process_limits limits = {.handles = 4096,
                                          .mailbox_messages = 256,
                                          .mailbox_bytes = 1024 * 1024,
                                          .priority = program->config->handler ? HANDLER_PRIORITY
                                                                               : COMMAND_PRIORITY};
    return process_create(program->config->name, &limits, &program->process);
}

static status_t load(struct program *program) {
    const struct program_config *config = program->config;
    size_t stack_size = config->stack_size != 0 ? config->stack_size : STACK_DEFAULT;
    program->unit_capacity = config->adapter_count + 1;
    program->units = port_allocate(program->unit_capacity * sizeof *program->units);
    status_t status = program->units != nullptr ? OK : ERR_NO_MEMORY;
    status = status != OK ? status : create_process(program);
    status = status != OK ? status : context_create(program->engine, stack_size, &program->context);
    if (status != OK) {
        program_complain(program, "%s: cannot make a process: %s", config->name,
                         status_text(status));
        return status;
    }
    process_set_data(program->process, program);
    status = create_modules(program);
    status = status != OK ? status : check_exports(program);
    status = status != OK ? status : create_instances(program);
    status = status != OK ? status : program_link(program);
    if (status == OK) {
        find_guest_memory(program); /* which may be one that it imports */
        status = program_birth(program);
    }
    return status;
}

static enum trap initialize(struct program *program) {
    for (size_t i = program->unit_count; i-- > 0;) {
        enum trap trap = instance_initialize(program->units[i].instance);
        if (trap != TRAP_NONE) {
            return trap;
        }
    }
    return TRAP_NONE;
}

static void tell_end(const struct program *program, struct program_result *out) {
    if (program->trap == TRAP_NONE || (program->trap == TRAP_KILLED && program->exited)) {
        out->how = PROGRAM_EXITED;
        out->exit_code = program->exit_code;
        return;
    }
    out->how = PROGRAM_TRAPPED;
    out->trap = program->trap;
    if (out->first_instruction_ns != 0) { /* else it has been told */
        program_report_trap(program, program->trap);
    }
}

static status_t begin(struct program *program) {
    enum trap trap = initialize(program);
    if (trap != TRAP_NONE) {
        program_complain(program, "trap: %s, in a segment that initializes", trap_text(trap));
        program->stage = STAGE_ENDED;
        program->trap = trap;
        return ERR_CORRUPT;
    }
    program_begin(program);
    return OK;
}

static void take_down(struct program *program) {
    if (program->process != nullptr) {
        process_destroy(program->process);
        programs_settle(); /* servers learn what it had open */
    }
    for (size_t i = program->unit_count; i-- > 0;) {
        if (program->units[i].instance != nullptr) {
            instance_destroy(program->units[i].instance);
        }
    }
    program_gates_destroy(program);
    for (size_t i = program->unit_count; i-- > 0;) {
        module_close(program->units[i].module);
    }
    if (program->context != nullptr) {
        context_destroy(program->context);
    }
    if (program->birth != nullptr) {
        port_release(program->birth, program->birth_size);
    }
    if (program->units != nullptr) {
        port_release(program->units, program->unit_capacity * sizeof *program->units);
    }
}

status_t program_create(struct engine *engine, const struct program_config *config,
                        struct program **out) {
    struct program *program = port_allocate(sizeof *program);
    if (program == nullptr) {
        return ERR_NO_MEMORY;
    }
    *program = (struct program){.config = config, .engine = engine};
    status_t status = load(program);
    status = status == OK ? begin(program) : status;
    if (status != OK) {
        program_destroy(program);
        return status;
    }
    *out = program;
    return OK;
}

struct process *program_process(const struct program *program) {
    return program->process;
}

void program_destroy(struct program *program) {
    take_down(program);
    port_release(program, sizeof *program);
}

void program_run(struct engine *engine, const struct program_config *config,
                 struct program_result *out) {
    struct program program = {.config = config, .engine = engine};
    *out = (struct program_result){.how = PROGRAM_REFUSED};
    if (load(&program) == OK) {
        uint64_t start_ns = port_time_ns();
        if (begin(&program) == OK) {
            out->first_instruction_ns = start_ns;
            program_finish(&program);
        }
        tell_end(&program, out);
    }
    take_down(&program);
}
