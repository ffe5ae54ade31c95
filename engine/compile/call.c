/* SPDX-License-Identifier: MIT */
/*
 * Calls. A function of the module is called through its slot; everything else through a function
 * object, which brings another base: ours comes back from the frame. Before a call, what scratch
 * registers hold below the arguments goes to the frame, and homes that the call destroys to their
 * save words; behind it each is loaded again where it is read, or where control flow meets.
 */
#include "compiler.h"
#include <engine/instance.h>

/* The base's word of the frame. */
static uint32_t base_offset(const struct compiler *compiler) {
    return compiler->frame.size - 8;
}

static uint32_t header_below(size_t field) {
    return (uint32_t)(sizeof(struct instance_header) - field);
}

static const struct value *argument(const struct compiler *compiler,
                                    const struct function_type *type, uint32_t index) {
    return &compiler->values[compiler->depth - type->parameter_count + index];
}

/* Those that are passed in words go there first, while the others are still where they were. */
static void place_arguments(struct compiler *compiler, const struct function_type *type) {
    struct value values[2 * TARGET_PARAMETERS_MAX];
    uint8_t registers[2 * TARGET_PARAMETERS_MAX];
    struct convention convention = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        const struct value *value = argument(compiler, type, i);
        uint32_t word;
        uint8_t reg = convention_next(&convention, compiler->target, type->parameters[i], &word);
        if (reg != REGISTER_NONE) {
            registers[count] = reg;
            values[count++] = *value;
        } else {
            struct address to = frame_address(8 * word);
            value_store(compiler, value, type->parameters[i], &to);
        }
    }
    registers_assign(compiler, count, values, registers);
}

/* Everything but the call itself; the arguments are the top of the stack. */
static void prepare_arguments(struct compiler *compiler, const struct function_type *type) {
    place_arguments(compiler, type);
    drop_values(compiler, type->parameter_count);
    scratch_release(compiler);
}

/* What must not be in a register over the call; `kept` values at the top are arguments. */
static void leave_registers(struct compiler *compiler, uint32_t kept) {
    ensure(compiler->facts.has_call);
    registers_evict(compiler, ~(register_set)0, compiler->depth - kept);
    homes_save(compiler);
}

static uint8_t result_of(const struct compiler *compiler, enum value_type type) {
    return type_is_float(type) ? compiler->target->result_float : compiler->target->result_integer;
}

static void push_result(struct compiler *compiler, enum value_type type) {
    uint8_t to = result_register(compiler, type, REGISTER_NONE);
    compiler->target->move(&compiler->assembler, type, to, result_of(compiler, type));
    result_push(compiler, type, to);
}

/* Several: all to the words of the operand stack. */
static void push_results(struct compiler *compiler, const struct function_type *type) {
    for (uint32_t i = 0; i < type->result_count; i++) {
        enum value_type result = type->results[i];
        struct address to = value_address(compiler, compiler->depth);
        struct operand from;
        operand_register(&from, result_of(compiler, result));
        if (i != 0) {
            struct address place = frame_address(8 * (i - 1));
            bool narrow = result == TYPE_I32 || result == TYPE_F32;
            from.reg = compiler->target->temporary_integer;
            result = narrow ? TYPE_I32 : TYPE_I64;
            compiler->target->load(&compiler->assembler, load_of(result), from.reg, &place);
        }
        compiler->target->store(&compiler->assembler, store_of(result), &from, &to);
        push_spilled(compiler, type->results[i]);
    }
}

static void finish_call(struct compiler *compiler, const struct function_type *type) {
    homes_leave(compiler);
    if (type->result_count == 1) {
        push_result(compiler, type->results[0]);
    } else {
        push_results(compiler, type);
    }
}

/* The function object is in its register. */
static void call_object(struct compiler *compiler, bool near) {
    compiler->target->call_function(&compiler->assembler, base_offset(compiler), near);
}

/* The object of an imported function goes to its register. */
static void load_import(struct compiler *compiler, uint32_t function) {
    const struct target *target = compiler->target;
    struct address object = instance_address(layout_entry(compiler->layout->imports, function));
    target->load(&compiler->assembler, OPCODE_i64_load, target->function_register, &object);
}

void emit_call(struct compiler *compiler, enum opcode opcode) {
    const struct target *target = compiler->target;
    const struct module *module = compiler->module;
    uint32_t function = read_leb_u32(&compiler->at);
    const struct function_type *type = module_function_type(module, function);
    leave_registers(compiler, type->parameter_count);
    prepare_arguments(compiler, type);
    if (function >= module->imported_functions) {
        target->call_defined(&compiler->assembler, function - module->imported_functions);
    } else {
        load_import(compiler, function);
        call_object(compiler, false);
    }
    finish_call(compiler, type);
}

static struct table_place table_place_of(const struct compiler *compiler, uint32_t table,
                                         uint32_t type) {
    uint32_t elements = compiler->layout->inline_tables[table];
    return (struct table_place){.inlined = elements != 0,
                                .elements = elements,
                                .size = compiler->module->tables[table].limits.minimum,
                                .table = layout_entry(compiler->layout->tables, table),
                                .type = type};
}

void emit_call_indirect(struct compiler *compiler, enum opcode opcode) {
    const struct target *target = compiler->target;
    uint32_t type_index = read_leb_u32(&compiler->at);
    uint32_t table = read_leb_u32(&compiler->at);
    const struct function_type *type = compiler->module->types[type_index];
    struct table_place place = table_place_of(compiler, table, type_index);
    const struct value *index = pop_value(compiler);
    leave_registers(compiler, type->parameter_count);
    value_to(compiler, index, target->result_integer);
    prepare_arguments(compiler, type);
    target->table_function(&compiler->assembler, &place);
    call_object(compiler, true);
    finish_call(compiler, type);
}

/* Words in which surplus arguments of this type are passed. */
static uint32_t argument_words(const struct compiler *compiler, const struct function_type *type) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t word;
        convention_next(&convention, compiler->target, type->parameters[i], &word);
    }
    return convention.words;
}

static uint32_t result_words(const struct function_type *type) {
    return type->result_count > 1 ? type->result_count - 1 : 0;
}

/* The arguments are where they belong before a call; nothing comes back here. */
static void tail_call(struct compiler *compiler, const struct function_type *type,
                      struct tail_plan plan) {
    uint32_t own_words = argument_words(compiler, compiler->type);
    plan.words = argument_words(compiler, type);
    plan.results = result_words(type);
    plan.incoming = own_words > plan.results ? own_words : plan.results;
    compiler->target->tail_call(&compiler->assembler, &compiler->frame, &plan);
    compiler->dead = true;
}

void emit_return_call(struct compiler *compiler, enum opcode opcode) {
    const struct module *module = compiler->module;
    uint32_t function = read_leb_u32(&compiler->at);
    const struct function_type *type = module_function_type(module, function);
    prepare_arguments(compiler, type);
    if (function >= module->imported_functions) {
        tail_call(
            compiler, type,
            (struct tail_plan){.defined = true, .function = function - module->imported_functions});
        return;
    }
    load_import(compiler, function);
    tail_call(compiler, type, (struct tail_plan){0});
}

void emit_return_call_indirect(struct compiler *compiler, enum opcode opcode) {
    uint32_t type_index = read_leb_u32(&compiler->at);
    uint32_t table = read_leb_u32(&compiler->at);
    const struct function_type *type = compiler->module->types[type_index];
    struct table_place place = table_place_of(compiler, table, type_index);
    const struct value *index = pop_value(compiler);
    value_to(compiler, index, compiler->target->result_integer);
    prepare_arguments(compiler, type);
    compiler->target->table_function(&compiler->assembler, &place);
    tail_call(compiler, type, (struct tail_plan){0});
}

/* Values go to context->values, whose address is in the result register. */
static void store_helper_word(struct compiler *compiler, const struct value *value,
                              uint32_t index) {
    const struct target *target = compiler->target;
    struct address to = {.kind = ADDRESS_POINTER,
                         .reg = target->result_integer,
                         .offset = offsetof(struct context, values) + 8 * index};
    struct value bare = *value;
    if (value->kind == VALUE_CONSTANT) {
        bare.type = TYPE_I64;
        value_store(compiler, &bare, TYPE_I64, &to);
        return;
    }
    value_to(compiler, value, target->temporary_integer);
    struct operand from;
    operand_register(&from, target->temporary_integer);
    target->store(&compiler->assembler, OPCODE_i64_store, &from, &to);
}

void emit_helper(struct compiler *compiler, enum helper helper, uint32_t immediate_count,
                 const uint32_t *immediates, uint32_t operands, enum value_type result) {
    const struct target *target = compiler->target;
    struct address context =
        instance_address(header_below(offsetof(struct instance_header, context)));
    leave_registers(compiler, operands);
    target->load(&compiler->assembler, OPCODE_i64_load, target->result_integer, &context);
    for (uint32_t i = 0; i < immediate_count; i++) {
        struct value value = {.kind = VALUE_CONSTANT, .type = TYPE_I64, .bits = immediates[i]};
        store_helper_word(compiler, &value, i);
    }
    for (uint32_t i = 0; i < operands; i++) {
        store_helper_word(compiler, &compiler->values[compiler->depth - operands + i],
                          immediate_count + i);
    }
    drop_values(compiler, operands);
    scratch_release(compiler);
    target->call_helper(&compiler->assembler, helper);
    homes_leave(compiler);
    if (result == TYPE_I32) { /* as C returns it */
        target->unary(&compiler->assembler, OPCODE_i32_wrap_i64, target->result_integer,
                      target->result_integer);
    }
    if (result != TYPE_ANY) {
        push_result(compiler, result);
    }
}

static struct address memory_pointer(const struct compiler *compiler, uint32_t memory) {
    return instance_address(layout_entry(compiler->layout->memories, memory));
}

/* context->values[0] = the memory. */
static void hand_memory(struct compiler *compiler, uint32_t memory) {
    const struct target *target = compiler->target;
    struct address context =
        instance_address(header_below(offsetof(struct instance_header, context)));
    struct address to = {.kind = ADDRESS_POINTER,
                         .reg = target->result_integer,
                         .offset = offsetof(struct context, values)};
    struct address pointer = memory_pointer(compiler, memory);
    struct operand from;
    operand_register(&from, target->temporary_integer);
    target->load(&compiler->assembler, OPCODE_i64_load, target->result_integer, &context);
    target->load(&compiler->assembler, OPCODE_i64_load, target->temporary_integer, &pointer);
    target->store(&compiler->assembler, OPCODE_i64_store, &from, &to);
}

void emit_leaf(struct compiler *compiler, enum leaf leaf, uint32_t memory, uint32_t from) {
    const struct target *target = compiler->target;
    const uint8_t *to = target->leaf_registers;
    struct address pointer = memory_pointer(compiler, memory);
    register_set registers = set_of(to[0]) | set_of(to[1]) | set_of(to[2]);
    registers_evict(compiler, registers, compiler->depth - 3);
    registers_assign(compiler, 3, &compiler->values[compiler->depth - 3], to);
    drop_values(compiler, 3);
    scratch_release(compiler);
    if (leaf == LEAF_MEMORY_COPY_ACROSS) {
        hand_memory(compiler, from);
    }
    target->load(&compiler->assembler, OPCODE_i64_load, target->result_integer, &pointer);
    target->call_leaf(&compiler->assembler, leaf);
    registers_written(compiler, ~(register_set)0);
}
