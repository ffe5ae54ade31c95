/* SPDX-License-Identifier: MIT */
/* References and tables. A reference is a 64-bit word, null is 0; what is not hot is a helper. */
#include "compiler.h"

void emit_reference(struct compiler *compiler, enum opcode opcode) {
    uint32_t function;
    switch (opcode) {
    case OPCODE_ref_null:
        push_constant(compiler, (enum value_type) * compiler->at++, 0);
        break;
    case OPCODE_ref_is_null:
        emit_compare(compiler, OPCODE_i64_eqz);
        break;
    default:
        function = read_leb_u32(&compiler->at);
        emit_helper(compiler, HELPER_REF_FUNC, 1, &function, 0, TYPE_FUNCREF);
    }
}

static void emit_table_size(struct compiler *compiler, uint32_t table) {
    const struct target *target = compiler->target;
    uint8_t pointer = target->temporary_integer;
    uint8_t to = result_register(compiler, TYPE_I32, REGISTER_NONE);
    struct address place = instance_address(layout_entry(compiler->layout->tables, table));
    struct address size = {
        .kind = ADDRESS_POINTER, .reg = pointer, .offset = offsetof(struct table, size)};
    target->load(&compiler->assembler, OPCODE_i64_load, pointer, &place);
    target->load(&compiler->assembler, OPCODE_i32_load, to, &size);
    result_push(compiler, TYPE_I32, to);
}

void emit_table(struct compiler *compiler, enum opcode opcode) {
    uint32_t immediates[2] = {read_leb_u32(&compiler->at), 0};
    switch (opcode) {
    case OPCODE_table_get:
        emit_helper(compiler, HELPER_TABLE_GET, 1, immediates, 1,
                    compiler->module->tables[immediates[0]].element);
        break;
    case OPCODE_table_set:
        emit_helper(compiler, HELPER_TABLE_SET, 1, immediates, 2, TYPE_ANY);
        break;
    case OPCODE_table_size:
        emit_table_size(compiler, immediates[0]);
        break;
    case OPCODE_table_grow:
        emit_helper(compiler, HELPER_TABLE_GROW, 1, immediates, 2, TYPE_I32);
        break;
    case OPCODE_table_fill:
        emit_helper(compiler, HELPER_TABLE_FILL, 1, immediates, 3, TYPE_ANY);
        break;
    case OPCODE_table_copy:
        immediates[1] = read_leb_u32(&compiler->at);
        emit_helper(compiler, HELPER_TABLE_COPY, 2, immediates, 3, TYPE_ANY);
        break;
    case OPCODE_table_init: /* encoded: element, table */
        immediates[1] = immediates[0];
        immediates[0] = read_leb_u32(&compiler->at);
        emit_helper(compiler, HELPER_TABLE_INIT, 2, immediates, 3, TYPE_ANY);
        break;
    default:
        emit_helper(compiler, HELPER_ELEMENT_DROP, 1, immediates, 0, TYPE_ANY);
    }
}
