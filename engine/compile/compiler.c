/* SPDX-License-Identifier: MIT */
/*
 * The way through one function: read facts, choose homes, emit in text order, hand over a
 * draft. The working memory grows to what the largest function needed.
 */
#include "compiler.h"
#include <base/string.h>

status_t compiler_create(struct engine *engine, struct compiler **out) {
    struct compiler *compiler = port_allocate(sizeof *compiler);
    if (compiler == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(compiler, 0, sizeof *compiler);
    compiler->engine = engine;
    compiler->target = engine->target;
    status_t status = assembler_init(&compiler->assembler, engine->target, engine->cpu_features);
    if (status != OK) {
        compiler_destroy(compiler);
        return status;
    }
    *out = compiler;
    return OK;
}

static void release(void *items, size_t count, size_t size) {
    if (items != nullptr) {
        port_release(items, count * size);
    }
}

void compiler_destroy(struct compiler *compiler) {
    if (compiler == nullptr) {
        return;
    }
    release(compiler->values, compiler->value_capacity, sizeof *compiler->values);
    release(compiler->controls, compiler->control_capacity, sizeof *compiler->controls);
    release(compiler->locals, compiler->local_capacity, sizeof *compiler->locals);
    assembler_fini(&compiler->assembler);
    facts_fini(&compiler->facts);
    port_release(compiler, sizeof *compiler);
}

/* An array for at least `count` items; what it held is gone. */
static status_t provide(void **items, uint32_t *capacity, uint32_t count, size_t size) {
    if (count <= *capacity && *items != nullptr) {
        return OK;
    }
    uint32_t larger = count < 64 ? 64 : count + count / 2;
    release(*items, *capacity, size);
    *capacity = 0;
    *items = port_allocate(larger * size);
    if (*items == nullptr) {
        return ERR_NO_MEMORY;
    }
    *capacity = larger;
    return OK;
}

static status_t provide_all(struct compiler *compiler) {
    const struct function_facts *facts = &compiler->facts;
    void *values = compiler->values, *controls = compiler->controls, *locals = compiler->locals;
    status_t status =
        provide(&values, &compiler->value_capacity, facts->operand_depth, sizeof *compiler->values);
    compiler->values = values;
    if (status == OK) {
        status = provide(&controls, &compiler->control_capacity, facts->control_depth,
                         sizeof *compiler->controls);
        compiler->controls = controls;
    }
    if (status == OK) {
        status = provide(&locals, &compiler->local_capacity, facts->local_count,
                         sizeof *compiler->locals);
        compiler->locals = locals;
    }
    return status;
}

static void begin(struct compiler *compiler, const struct module *module, uint32_t function) {
    const struct body *body = &module->bodies[function - module->imported_functions];
    compiler->module = module;
    compiler->layout = module->layout;
    compiler->type = module_function_type(module, function);
    compiler->at = compiler->facts.code;
    compiler->assembler.offset = body->start;
    compiler->dead = false;
    compiler->depth = compiler->settled = compiler->control_count = 0;
    compiler->stamp = 0;
    compiler->used = compiler->pinned = compiler->absent = 0;
    compiler->hint_end = nullptr;
    bounds_begin(compiler);
}

/* To the end or else that belongs to the block in work. */
static void skip_dead(struct compiler *compiler) {
    uint32_t nested = 0;
    for (;;) {
        const uint8_t *here = compiler->at;
        enum opcode opcode = read_opcode(&compiler->at);
        if (nested == 0 && (opcode == OPCODE_end || opcode == OPCODE_else)) {
            compiler->at = here;
            return;
        }
        nested += opcode_facts[opcode].immediate == IMMEDIATE_BLOCK;
        nested -= opcode == OPCODE_end;
        skip_immediate(&compiler->at, opcode_facts[opcode].immediate);
    }
}

#define EMITTER_CONTROL(symbol)    emit_##symbol
#define EMITTER_PARAMETRIC(symbol) emit_##symbol
#define EMITTER_LOCAL(symbol)      emit_##symbol
#define EMITTER_GLOBAL(symbol)     emit_##symbol
#define EMITTER_TABLE(symbol)      emit_table
#define EMITTER_LOAD(symbol)       emit_load
#define EMITTER_STORE(symbol)      emit_store
#define EMITTER_MEMORY(symbol)     emit_memory
#define EMITTER_CONSTANT(symbol)   emit_constant_value
#define EMITTER_COMPARE(symbol)    emit_compare
#define EMITTER_UNARY(symbol)      emit_unary
#define EMITTER_BINARY(symbol)     emit_binary
#define EMITTER_CONVERT(symbol)    emit_unary
#define EMITTER_REFERENCE(symbol)  emit_reference

static emit_function *const emitters[OPCODE_COUNT] = {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    [OPCODE_##symbol] = EMITTER_##family(symbol),
#include <engine/opcode.def>
#undef OPCODE
};

void compiler_watch(struct compiler *compiler, struct compile_watch watch) {
    compiler->watch = watch;
}

static void watch_instruction(const struct compiler *compiler) {
    if (compiler->watch.instruction != nullptr) {
        compiler->watch.instruction(compiler->watch.data, compiler->assembler.size,
                                    compiler->assembler.offset);
    }
}

static void emit_instructions(struct compiler *compiler) {
    while (compiler->control_count > 0 && !compiler->assembler.failed) {
        if (compiler->dead) {
            skip_dead(compiler);
        }
        compiler->assembler.offset = (uint32_t)(compiler->at - compiler->module->bytes);
        watch_instruction(compiler);
        enum opcode opcode = read_opcode(&compiler->at);
        emitters[opcode](compiler, opcode);
        ensure_slow(compiler->pinned == 0 && compiler->hint_end == nullptr);
    }
}

static void hand_over(const struct compiler *compiler, struct code_draft *out) {
    const struct assembler *assembler = &compiler->assembler;
    out->bytes = assembler->bytes;
    out->size = assembler->size;
    out->frame_size = compiler->frame.size;
    out->sites = assembler->sites;
    out->site_count = assembler->site_count;
}

/* The second pass, over a function that is valid. */
static void emit_function_code(struct compiler *compiler, const struct module *module,
                               uint32_t function, uint32_t *prologue_size) {
    begin(compiler, module, function);
    homes_choose(compiler);
    emit_prologue(compiler, prologue_size);
    control_enter_function(compiler);
    emit_instructions(compiler);
    assembler_flush_traps(&compiler->assembler);
}

status_t function_compile(struct compiler *compiler, struct module *module, uint32_t function,
                          struct code_draft *out) {
    ensure(module->bodies[function - module->imported_functions].notes != nullptr); /* valid */
    status_t status = facts_read(&compiler->facts, module, function);
    if (status == OK) {
        status = provide_all(compiler);
    }
    if (status != OK) {
        return status;
    }
    assembler_reset(&compiler->assembler);
    do {
        emit_function_code(compiler, module, function, &out->prologue_size);
    } while (assembler_reach_more(&compiler->assembler));
    hand_over(compiler, out);
    return assembler_status(&compiler->assembler);
}
