/* SPDX-License-Identifier: MIT */
/*
 * Programs, from modules to their end, as often as they begin. The order is: open all modules,
 * create all instances, link them to one another, initialize memories and tables, and only then run
 * anything: start functions (adapters first), then `_start`. Whatever happens, all of a life is
 * taken down again in the opposite order; what stays is the process, which rests, and the modules.
 */
#include "unit.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

constexpr size_t STACK_DEFAULT = 1024 * 1024;

constexpr uint8_t COMMAND_PRIORITY = 8, HANDLER_PRIORITY = 4; /* servers before whom they serve */

/* ---- a life ---- */

static status_t open_module(struct unit *unit, struct program_module *module) {
    const struct program *program = unit->program;
    struct module_error error = {.function = UINT32_MAX};
    status_t status = program_module_open(module, program->plan.memory_mode, &error, &unit->module);
    if (status != OK) {
        program_complain_module(program, module, status, &error);
    }
    return status;
}

/* The next place among the units, which counts once it has a module. */
static status_t add_unit(struct program *program, struct program_module *module) {
    ensure(program->unit_count < program->plan.module_count);
    struct unit *unit = &program->units[program->unit_count];
    *unit = (struct unit){.program = program, .name = module->name};
    status_t status = open_module(unit, module);
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
static status_t open_modules(struct program *program) {
    const struct program_plan *plan = &program->plan;
    status_t status = add_unit(program, plan->modules[0]);
    for (size_t i = 1; i < plan->module_count && status == OK; i++) {
        if (imports_from(program, plan->modules[i]->name)) {
            status = add_unit(program, plan->modules[i]);
        }
    }
    return status;
}

/* What its memories have at first must be within the limit, before any of it is taken. */
static bool memories_fit(const struct program *program) {
    uint64_t pages = 0;
    for (size_t i = 0; i < program->unit_count; i++) {
        const struct module *module = program->units[i].module;
        for (uint32_t j = module->imported_memories; j < module->memory_count; j++) {
            pages += module->memories[j].limits.minimum;
        }
    }
    return pages <= program->budget.limit;
}

/* From now on they grow within it. */
static void count_memories(struct program *program, struct unit *unit) {
    const struct module *module = unit->module;
    for (uint32_t i = 0; i < module->memory_count - module->imported_memories; i++) {
        struct memory *memory = &unit->instance->own_memories[i];
        memory->budget = &program->budget;
        *program->budget.used += memory->pages;
    }
}

static status_t create_instances(struct program *program) {
    if (!memories_fit(program)) {
        program_complain(program, "%s: its memories are larger than the limit, %u pages",
                         program->units[0].name, program->budget.limit);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < program->unit_count; i++) {
        struct unit *unit = &program->units[i];
        status_t status = instance_create(unit->module, program->context, &unit->instance);
        if (status != OK) {
            program_complain(program, "%s: cannot create its memory and tables: %s", unit->name,
                             status_text(status));
            return status;
        }
        count_memories(program, unit);
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
        program_complain(program, "%s: exports no function \"%s\" %s", program->units[0].name, name,
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
    if (program->plan.handler) {
        right =
            check_function(program, "start", "", "i") && check_function(program, "handle", "i", "");
    } else {
        right = check_function(program, "_start", "", "");
    }
    if (program->unit_count > 1 && (memory == nullptr || memory->kind != EXTERNAL_MEMORY)) {
        program_complain(program, "%s: exports no memory \"memory\"", program->units[0].name);
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

static void find_own_memories(struct program *program) {
    for (size_t i = 0; i < program->unit_count; i++) {
        struct unit *unit = &program->units[i];
        unit->memory = unit->module->memory_count > 0 ? unit->instance->memories[0] : nullptr;
    }
}

static status_t load(struct program *program) {
    const struct program_plan *plan = &program->plan;
    program->units = port_allocate(plan->module_count * sizeof *program->units);
    status_t status = program->units != nullptr
                          ? context_create(program->engine, plan->stack_size, &program->context)
                          : ERR_NO_MEMORY;
    if (status != OK) {
        program_complain(program, "%s: cannot make a process: %s", plan->modules[0]->name,
                         status_text(status));
        return status;
    }
    process_set_stack(program->process, plan->stack_size);
    status = open_modules(program);
    status = status != OK ? status : check_exports(program);
    status = status != OK ? status : create_instances(program);
    status = status != OK ? status : program_link(program);
    if (status == OK) {
        find_own_memories(program);
        find_guest_memory(program); /* which may be one that it imports */
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

/* It never ran. */
static bool refuse(struct program *program, enum process_end how, uint64_t why) {
    program->stage = STAGE_ENDED;
    process_end(program->process, &(struct process_ending){.words = {how, why}});
    return false;
}

bool program_load(struct program *program) {
    status_t status = load(program);
    if (status != OK) {
        return refuse(program, PROCESS_REFUSED, (uint32_t)status);
    }
    uint64_t start_ns = port_time_ns();
    enum trap trap = initialize(program);
    if (trap != TRAP_NONE) {
        program_complain(program, "trap: %s, in a segment that initializes", trap_text(trap));
        return refuse(program, PROCESS_TRAPPED, trap);
    }
    program->first_instruction_ns = start_ns;
    return program_enter(program);
}

static void take_down(struct program *program) {
    for (size_t i = program->unit_count; i-- > 0;) {
        if (program->units[i].instance != nullptr) {
            instance_destroy(program->units[i].instance);
        }
    }
    program_gates_destroy(program);
    if (program->context != nullptr) {
        context_destroy(program->context);
    }
    if (program->units != nullptr) {
        port_release(program->units, program->plan.module_count * sizeof *program->units);
    }
    *program->budget.used = 0;
    process_set_stack(program->process, 0);
    program->units = nullptr;
    program->unit_count = 0;
    program->context = nullptr;
    program->guest_memory = nullptr;
    program->unknown_called = nullptr;
    program->receives = program->waits = program->handles = program->exited = false;
    program->stage = STAGE_REST;
}

/* ---- the program ---- */

static void on_ended(struct process *process) {
    program_forget(process_data(process));
    take_down(process_data(process));
}

static void on_rests(struct process *process) {
    const struct program *program = process_data(process);
    if (program->is_awaited) {
        core_return(program->core, true);
    }
}

static void destroy(struct program *program) {
    for (size_t i = 0; i < program->plan.module_count; i++) {
        program_module_release(program->plan.modules[i]);
    }
    port_release(program->plan.modules,
                 program->plan.module_count * sizeof(struct program_module *));
    if (program->birth != nullptr) {
        port_release(program->birth, program->birth_size);
    }
    port_release(program, sizeof *program);
}

static void on_gone(struct process *process) {
    process_discharge(process, sizeof(struct program) + sizeof(struct context));
    destroy(process_data(process));
}

static const struct process_owner OWNER = {on_ended, on_rests, on_gone};

static status_t keep_modules(struct program *program, const struct program_plan *plan) {
    size_t size = plan->module_count * sizeof(struct program_module *);
    program->plan.modules = port_allocate(size);
    if (program->plan.modules == nullptr) {
        return ERR_NO_MEMORY;
    }
    memcpy(program->plan.modules, plan->modules, size);
    for (size_t i = 0; i < plan->module_count; i++) {
        shared_acquire(&plan->modules[i]->shared);
    }
    return OK;
}

status_t program_make(struct engine *engine, const struct program_plan *plan,
                      struct program **out) {
    struct program *program = port_allocate(sizeof *program);
    if (program == nullptr) {
        return ERR_NO_MEMORY;
    }
    *program = (struct program){.plan = *plan, .engine = engine};
    status_t status = keep_modules(program, plan);
    if (status != OK) {
        port_release(program, sizeof *program);
        return status;
    }
    status = process_create(plan->name, &plan->limits, &program->process);
    if (status != OK) {
        destroy(program);
        return status;
    }
    uint32_t pages = plan->memory_pages != 0 ? plan->memory_pages : UINT32_MAX;
    program->budget = (struct memory_budget){pages, process_memory_pages(program->process)};
    process_charge(program->process, sizeof *program + sizeof *program->context);
    program->plan.stack_size = plan->stack_size != 0 ? plan->stack_size : STACK_DEFAULT;
    process_set_owner(program->process, &OWNER, program);
    *out = program;
    return OK;
}

status_t program_start(struct program *program) {
    if (!process_rests(program->process)) {
        return ERR_BUSY;
    }
    program->stage = STAGE_LOAD;
    program->first_instruction_ns = 0;
    return process_begin(program->process);
}

/* ---- of a configuration ---- */

/* The bodies of adapters, which belong to the system, are validated when they are called first. */
static status_t create_modules(struct engine *engine, const struct program_config *config,
                               struct program_module **modules) {
    status_t status = OK;
    for (size_t i = 0; i <= config->adapter_count && status == OK; i++) {
        struct program_module_source source = {text_of(config->name), config->bytes, config->size,
                                               config->bytes_stay, false};
        if (i > 0) {
            const struct program_adapter *adapter = &config->adapters[i - 1];
            source = (struct program_module_source){text_of(adapter->name), adapter->bytes,
                                                    adapter->size, config->bytes_stay, true};
        }
        status = program_module_create(engine, &source, &modules[i]);
    }
    return status;
}

static struct program_plan plan_of(const struct program_config *config) {
    uint8_t priority = config->handler ? HANDLER_PRIORITY : COMMAND_PRIORITY;
    return (struct program_plan){
        .name = config->name,
        .module_count = config->adapter_count + 1,
        .limits = {.handles = 4096,
                   .mailbox_messages = 256,
                   .mailbox_bytes = 1024 * 1024,
                   .priority = config->priority != 0 ? config->priority : priority},
        .stack_size = config->stack_size,
        .memory_mode = config->memory_mode,
        .handler = config->handler,
        .trap_unknown_imports = config->trap_unknown_imports,
        .complain = config->complain,
        .data = config->data,
    };
}

static status_t make_of(struct engine *engine, const struct program_config *config,
                        struct program **out) {
    struct program_plan plan = plan_of(config);
    size_t size = plan.module_count * sizeof *plan.modules;
    plan.modules = port_allocate(size);
    if (plan.modules == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(plan.modules, 0, size);
    status_t status = create_modules(engine, config, plan.modules);
    if (status == OK) {
        status = program_make(engine, &plan, out);
    }
    for (size_t i = 0; i < plan.module_count; i++) {
        if (plan.modules[i] != nullptr) {
            program_module_release(plan.modules[i]); /* the program has its own */
        }
    }
    port_release(plan.modules, size);
    return status;
}

status_t program_create(struct engine *engine, const struct program_config *config,
                        struct program **out) {
    status_t status = make_of(engine, config, out);
    if (status != OK) {
        config->complain(config->data, status_text(status));
        return status;
    }
    status = program_birth(*out, config);
    if (status != OK) {
        program_destroy(*out);
        return status;
    }
    return program_start(*out);
}

struct process *program_process(const struct program *program) {
    return program->process;
}

/* Servers learn what it had open, and its wards go. */
void program_destroy(struct program *program) {
    process_destroy(program->process);
    programs_settle();
}

static void tell_end(const struct program *program, struct program_result *out) {
    struct process_ending ending;
    process_ending_get(program->process, &ending);
    out->first_instruction_ns = program->first_instruction_ns;
    switch ((enum process_end)ending.words[0]) {
    case PROCESS_EXITED:
        out->how = PROGRAM_EXITED;
        out->exit_code = (uint32_t)ending.words[1];
        break;
    case PROCESS_TRAPPED:
        out->how = PROGRAM_TRAPPED;
        out->trap = (enum trap)ending.words[1];
        break;
    case PROCESS_KILLED:
        out->how = PROGRAM_TRAPPED;
        out->trap = TRAP_KILLED;
        break;
    case PROCESS_REFUSED:
        break;
    }
}

void program_run(struct engine *engine, const struct program_config *config,
                 struct program_result *out) {
    struct program *program;
    *out = (struct program_result){.how = PROGRAM_REFUSED};
    if (program_create(engine, config, &program) == OK) {
        program->is_awaited = true;
        program->core = port_core();
        program_finish(program);
        tell_end(program, out);
        program_destroy(program);
    }
}
