/* SPDX-License-Identifier: MIT */
/*
 * Structured control. At block, loop and if everything on the operand stack but constants goes to
 * its frame word, so that nothing has to be reconciled where control flow meets: what a branch
 * carries is in a fixed place. One value for a forward branch travels in the result register of its
 * class; several values, and all that a loop takes, in the frame words of the label's height.
 *
 * Code that nothing reaches is skipped, not compiled.
 */
#include "compiler.h"

static struct assembler *assembler_of(struct compiler *compiler) {
    return &compiler->assembler;
}

/* Where control flow meets, save words may be out of date, and no home is absent: whoever gets here
 * has restored them. */
static void bind(struct compiler *compiler, struct label *label) {
    label_bind(assembler_of(compiler), label);
    compiler->stale_saves = compiler->saved_homes;
    compiler->absent = 0;
}

static struct control *control_at(struct compiler *compiler, uint32_t depth) {
    return &compiler->controls[compiler->control_count - 1 - depth];
}

static struct block_type block_type_of(const struct function_type *type) {
    return (struct block_type){type->parameter_count, type->result_count, type->parameters,
                               type->results};
}

static struct block_type read_block_type(struct compiler *compiler) {
    static const enum value_type types[] = {TYPE_EXTERNREF, TYPE_FUNCREF, TYPE_F64,
                                            TYPE_F32,       TYPE_I64,     TYPE_I32};
    int64_t number = read_leb_signed(&compiler->at);
    if (number >= 0) {
        return block_type_of(compiler->module->types[number]);
    }
    struct block_type type = {0};
    uint8_t byte = (uint8_t)(number & 0x7F);
    for (uint32_t i = 0; i < sizeof types; i++) {
        if (types[i] == byte) {
            type = (struct block_type){.result_count = 1, .results = &types[i]};
        }
    }
    return type;
}

static void control_push(struct compiler *compiler, enum control_kind kind,
                         struct block_type type) {
    ensure(compiler->control_count < compiler->control_capacity);
    compiler->controls[compiler->control_count++] =
        (struct control){.kind = kind,
                         .height = compiler->depth - type.parameter_count,
                         .type = type,
                         .label = label_unbound(),
                         .otherwise = label_unbound()};
}

void control_enter_function(struct compiler *compiler) {
    struct block_type type = block_type_of(compiler->type);
    type.parameter_count = 0; /* they are locals */
    control_push(compiler, CONTROL_FUNCTION, type);
}

/* How many values a branch to it carries. */
static uint32_t arity(const struct control *control) {
    return control->kind == CONTROL_LOOP ? control->type.parameter_count
                                         : control->type.result_count;
}

static bool travels_in_register(const struct control *control) {
    return control->kind != CONTROL_LOOP && control->type.result_count == 1;
}

static uint8_t result_of(const struct compiler *compiler, enum value_type type) {
    return type_is_float(type) ? compiler->target->result_float : compiler->target->result_integer;
}

/* From the top of the stack to the words of the label. Sources lie at or above their places, so
 * going upwards nothing is lost. */
static void move_to_words(struct compiler *compiler, const struct control *control) {
    uint32_t count = arity(control);
    for (uint32_t i = 0; i < count; i++) {
        const struct value *value = &compiler->values[compiler->depth - count + i];
        if (value->kind != VALUE_SPILLED || value->index != control->height + i) {
            struct address to = value_address(compiler, control->height + i);
            value_store(compiler, value, value->type, &to);
        }
    }
}

/* Puts what a branch carries into its fixed place; the stack stays as it is. */
static void carry_values(struct compiler *compiler, const struct control *control) {
    if (travels_in_register(control)) {
        const struct value *value = &compiler->values[compiler->depth - 1];
        value_to(compiler, value, result_of(compiler, value->type));
    } else {
        move_to_words(compiler, control);
    }
}

/* What lies above the label's height is not wanted any more. */
static void drop_to(struct compiler *compiler, uint32_t height) {
    drop_values(compiler, compiler->depth - height);
    scratch_release(compiler);
}

/* At a place where branches arrive: the stack becomes what the label has. */
static void take_values(struct compiler *compiler, const struct control *control) {
    const struct block_type *type = &control->type;
    drop_to(compiler, control->height);
    if (type->result_count == 1) {
        enum value_type result = type->results[0];
        uint8_t to = result_register(compiler, result, REGISTER_NONE);
        compiler->target->move(assembler_of(compiler), result, to, result_of(compiler, result));
        result_push(compiler, result, to);
        return;
    }
    for (uint32_t i = 0; i < type->result_count; i++) {
        push_spilled(compiler, type->results[i]);
    }
    compiler->settled = compiler->depth;
}

static void push_parameters(struct compiler *compiler, const struct control *control) {
    drop_to(compiler, control->height);
    for (uint32_t i = 0; i < control->type.parameter_count; i++) {
        push_spilled(compiler, control->type.parameters[i]);
    }
    compiler->settled = compiler->depth;
}

void emit_block(struct compiler *compiler, enum opcode opcode) {
    struct block_type type = read_block_type(compiler);
    spill_all(compiler, compiler->depth);
    control_push(compiler, CONTROL_BLOCK, type);
}

void emit_loop(struct compiler *compiler, enum opcode opcode) {
    struct block_type type = read_block_type(compiler);
    spill_all(compiler, compiler->depth - type.parameter_count);
    control_push(compiler, CONTROL_LOOP, type);
    homes_restore(compiler);
    bind(compiler, &control_at(compiler, 0)->label);
}

static void emit_if_test(struct compiler *compiler, struct test *test) {
    struct block_type type = read_block_type(compiler);
    spill_all(compiler, compiler->depth - type.parameter_count);
    control_push(compiler, CONTROL_IF, type);
    homes_restore(compiler);
    test->inverted = !test->inverted;
    compiler->target->branch(assembler_of(compiler), test, &control_at(compiler, 0)->otherwise);
    emit_operand_site(compiler, &test->right);
    scratch_release(compiler);
}

void emit_else(struct compiler *compiler, enum opcode opcode) {
    struct control *control = control_at(compiler, 0);
    if (!compiler->dead) {
        carry_values(compiler, control);
        homes_restore(compiler);
        compiler->target->jump(assembler_of(compiler), &control->label);
    }
    bind(compiler, &control->otherwise);
    control->kind = CONTROL_ELSE;
    push_parameters(compiler, control);
    compiler->dead = false;
}

/* An if without else: there the results are the parameters, which lie in their words. */
static void end_if(struct compiler *compiler, struct control *control) {
    bool carries = travels_in_register(control);
    if (!compiler->dead) {
        carry_values(compiler, control);
        homes_restore(compiler);
        if (carries) {
            compiler->target->jump(assembler_of(compiler), &control->label);
        }
    }
    bind(compiler, &control->otherwise);
    if (carries) {
        enum value_type type = control->type.results[0];
        struct address from = value_address(compiler, control->height);
        compiler->target->load(assembler_of(compiler), load_of(type), result_of(compiler, type),
                               &from);
    }
    compiler->dead = false;
}

/* Several results: from the operand stack's words to those of the caller. */
static void return_words(struct compiler *compiler) {
    const struct function_type *type = compiler->type;
    uint32_t above = compiler->frame.size + compiler->target->linkage_size;
    for (uint32_t i = 0; i < type->result_count; i++) {
        struct value value = {.kind = VALUE_SPILLED, .type = type->results[i], .index = i};
        if (i == 0) {
            value_to(compiler, &value, result_of(compiler, value.type));
        } else {
            struct address to = frame_address(above + 8 * (i - 1));
            value_store(compiler, &value, value.type, &to);
        }
    }
}

static void end_function(struct compiler *compiler, struct control *control) {
    if (!compiler->dead) {
        carry_values(compiler, control);
    }
    if (!compiler->dead || label_is_used(&control->label)) {
        bind(compiler, &control->label);
        if (compiler->type->result_count > 1) {
            return_words(compiler);
        }
        compiler->target->epilogue(assembler_of(compiler), &compiler->frame);
    }
    drop_to(compiler, 0);
    compiler->control_count--;
}

static void end_block(struct compiler *compiler) {
    struct control *control = control_at(compiler, 0);
    bool meets = control->kind == CONTROL_IF ||
                 (control->kind != CONTROL_LOOP && label_is_used(&control->label));
    if (control->kind == CONTROL_IF) {
        end_if(compiler, control);
    } else if (meets && !compiler->dead) {
        carry_values(compiler, control);
        homes_restore(compiler);
    }
    compiler->control_count--;
    if (meets) {
        bind(compiler, &control->label);
        take_values(compiler, control);
        compiler->dead = false;
    } else if (compiler->dead) {
        drop_to(compiler, control->height);
    }
}

void emit_end(struct compiler *compiler, enum opcode opcode) {
    struct control *control = control_at(compiler, 0);
    if (control->kind == CONTROL_FUNCTION) {
        end_function(compiler, control);
    } else {
        end_block(compiler);
    }
    scratch_release(compiler); /* of what the block left behind */
}

/* A return whose epilogue is short needs no jump to it. */
static bool returns_in_place(const struct compiler *compiler, const struct control *control) {
    return control->kind == CONTROL_FUNCTION && control->type.result_count <= 1 &&
           __builtin_popcountll(compiler->frame.saved) <= 2;
}

static void branch_to(struct compiler *compiler, struct control *control) {
    carry_values(compiler, control);
    if (control->kind != CONTROL_FUNCTION) { /* nobody reads homes behind a return */
        homes_restore(compiler);
    }
    if (returns_in_place(compiler, control)) {
        compiler->target->epilogue(assembler_of(compiler), &compiler->frame);
    } else {
        compiler->target->jump(assembler_of(compiler), &control->label);
    }
}

static void emit_branch(struct compiler *compiler, uint32_t depth) {
    branch_to(compiler, control_at(compiler, depth));
    scratch_release(compiler);
    compiler->dead = true;
}

void emit_br(struct compiler *compiler, enum opcode opcode) {
    emit_branch(compiler, read_leb_u32(&compiler->at));
}

void emit_return(struct compiler *compiler, enum opcode opcode) {
    emit_branch(compiler, compiler->control_count - 1);
}

/* The values that go along must not disturb those that stay: they are moved on the way only. */
static void branch_around(struct compiler *compiler, struct test *test, struct control *control) {
    struct label around = label_unbound();
    test->inverted = !test->inverted;
    compiler->target->branch(assembler_of(compiler), test, &around);
    emit_operand_site(compiler, &test->right);
    move_to_words(compiler, control);
    compiler->target->jump(assembler_of(compiler), &control->label);
    label_bind(assembler_of(compiler), &around);
}

static void emit_branch_test(struct compiler *compiler, struct test *test) {
    struct control *control = control_at(compiler, read_leb_u32(&compiler->at));
    homes_restore(compiler);
    if (arity(control) == 0 || travels_in_register(control)) {
        carry_values(compiler, control);
        compiler->target->branch(assembler_of(compiler), test, &control->label);
        emit_operand_site(compiler, &test->right);
    } else {
        branch_around(compiler, test, control);
    }
    scratch_release(compiler);
}

/* The label that an entry of the table jumps to: values have to be moved on a detour. */
static struct label *table_label(struct compiler *compiler, uint32_t depth) {
    struct control *control = control_at(compiler, depth);
    if (arity(control) == 0) {
        return &control->label;
    }
    if (control->detour_stamp != compiler->stamp) {
        control->detour_stamp = compiler->stamp;
        control->detour = label_unbound();
    }
    return &control->detour;
}

static void emit_detour(struct compiler *compiler, uint32_t depth) {
    struct control *control = control_at(compiler, depth);
    if (arity(control) != 0 && control->detour.position == LABEL_UNBOUND) {
        label_bind(assembler_of(compiler), &control->detour);
        branch_to(compiler, control);
    }
}

static void emit_table_entries(struct compiler *compiler, const uint8_t *at, uint32_t count,
                               uint32_t table) {
    struct assembler *assembler = assembler_of(compiler);
    for (uint32_t i = 0; i < count; i++) {
        struct label *label = table_label(compiler, read_leb_u32(&at));
        assembler_room(assembler);
        assembler_u32(assembler, 0);
        label_use_table(assembler, label, assembler->size - 4, table);
    }
}

void emit_br_table(struct compiler *compiler, enum opcode opcode) {
    uint32_t count = read_leb_u32(&compiler->at);
    const uint8_t *labels = compiler->at;
    for (uint32_t i = 0; i < count; i++) {
        read_leb_u32(&compiler->at);
    }
    uint32_t otherwise = read_leb_u32(&compiler->at);
    const struct value *index = pop_value(compiler);
    value_to(compiler, index, compiler->target->result_integer);
    homes_restore(compiler);
    scratch_release(compiler);
    compiler->stamp++;
    uint32_t table = compiler->target->jump_table(assembler_of(compiler), count,
                                                  table_label(compiler, otherwise));
    emit_table_entries(compiler, labels, count, table);
    if (arity(control_at(compiler, otherwise)) != 0) {
        for (uint32_t i = 0; i < count && !compiler->assembler.failed; i++) {
            emit_detour(compiler, read_leb_u32(&labels));
        }
        emit_detour(compiler, otherwise);
    }
    scratch_release(compiler);
    compiler->dead = true;
}

void emit_unreachable(struct compiler *compiler, enum opcode opcode) {
    struct assembler *assembler = assembler_of(compiler);
    assembler_separate(assembler);
    assembler_site(assembler, assembler->size, TRAP_UNREACHABLE);
    compiler->target->trap(assembler);
    compiler->dead = true;
}

/* Does a value need a scratch register to be in one? */
static bool needs_scratch(const struct compiler *compiler, const struct value *value) {
    return value->kind != VALUE_LOCAL || compiler->locals[value->local].reg == REGISTER_NONE;
}

static uint32_t pinned_count(const struct compiler *compiler, bool is_float) {
    register_set class = is_float ? ~(register_set)UINT32_MAX : UINT32_MAX;
    return (uint32_t)__builtin_popcountll(compiler->pinned & class);
}

/* Choosing right behind a comparison takes up to four registers of a class, and the result. */
static bool select_fits(const struct compiler *compiler) {
    constexpr uint32_t LEAST = 3; /* scratch registers that every target has */
    const struct value *if_false = &compiler->values[compiler->depth - 1];
    const struct value *if_true = &compiler->values[compiler->depth - 2];
    uint32_t needs = pinned_count(compiler, type_is_float(if_true->type)) +
                     needs_scratch(compiler, if_true) + needs_scratch(compiler, if_false);
    return needs < LEAST;
}

static void emit_select_test(struct compiler *compiler, struct test *test) {
    const struct value *if_false = pop_value(compiler);
    const struct value *if_true = pop_value(compiler);
    enum value_type type = if_true->type;
    uint8_t true_register = value_register(compiler, if_true);
    uint8_t false_register = value_register(compiler, if_false);
    bool reuses_true = (compiler->pinned & set_of(true_register)) != 0;
    uint8_t to = result_register(compiler, type, reuses_true ? true_register : false_register);
    compiler->target->select(assembler_of(compiler), type, to, true_register, false_register, test);
    emit_operand_site(compiler, &test->right);
    result_push(compiler, type, to);
}

bool test_is_wanted(const struct compiler *compiler) {
    const uint8_t *at = compiler->at;
    while (*at == OPCODE_i32_eqz) {
        at++;
    }
    return at != compiler->at || *at == OPCODE_br_if || *at == OPCODE_if || *at == OPCODE_select ||
           *at == OPCODE_select_t;
}

/* As a number. */
static void emit_set(struct compiler *compiler, struct test *test) {
    register_set integers = compiler->pinned & UINT32_MAX;
    uint8_t prefer = integers != 0 ? (uint8_t)__builtin_ctzll(integers) : REGISTER_NONE;
    uint8_t to = result_register(compiler, TYPE_I32, prefer);
    compiler->target->set(assembler_of(compiler), to, test);
    emit_operand_site(compiler, &test->right);
    result_push(compiler, TYPE_I32, to);
}

static void skip_select_types(struct compiler *compiler, uint8_t opcode) {
    if (opcode == OPCODE_select_t) {
        skip_immediate(&compiler->at, IMMEDIATE_TYPES);
    }
}

void emit_test(struct compiler *compiler, struct test *test) {
    while (*compiler->at == OPCODE_i32_eqz) {
        compiler->at++;
        test->inverted = !test->inverted;
    }
    uint8_t next = *compiler->at;
    if (next == OPCODE_br_if) {
        compiler->at++;
        emit_branch_test(compiler, test);
    } else if (next == OPCODE_if) {
        compiler->at++;
        emit_if_test(compiler, test);
    } else if ((next == OPCODE_select || next == OPCODE_select_t) && select_fits(compiler)) {
        compiler->at++;
        skip_select_types(compiler, next);
        emit_select_test(compiler, test);
    } else {
        emit_set(compiler, test);
    }
}

/* A value from the stack as a condition: is it other than 0? */
static void take_test(struct compiler *compiler, struct test *test) {
    test->opcode = OPCODE_i32_eqz;
    test->inverted = true;
    test->left = value_register(compiler, pop_value(compiler));
    operand_constant(&test->right, 0);
}

void emit_drop(struct compiler *compiler, enum opcode opcode) {
    drop_values(compiler, 1);
    scratch_release(compiler);
}

void emit_select(struct compiler *compiler, enum opcode opcode) {
    struct test test;
    take_test(compiler, &test);
    emit_select_test(compiler, &test);
}

void emit_select_t(struct compiler *compiler, enum opcode opcode) {
    skip_immediate(&compiler->at, IMMEDIATE_TYPES);
    emit_select(compiler, opcode);
}

void emit_if(struct compiler *compiler, enum opcode opcode) {
    struct test test;
    take_test(compiler, &test);
    emit_if_test(compiler, &test);
}

void emit_br_if(struct compiler *compiler, enum opcode opcode) {
    struct test test;
    take_test(compiler, &test);
    emit_branch_test(compiler, &test);
}

void emit_nop(struct compiler *compiler, enum opcode opcode) {
}
