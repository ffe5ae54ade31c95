/* SPDX-License-Identifier: MIT */
/*
 * A CPU that does not exist: the contract of <engine/target.h> in code, and what a port starts
 * from. Every operation is one instruction of eight bytes (its number, then what it is given),
 * jumps have their displacement in the last four. Nothing can run it; the portable compiler can be
 * driven with it on any machine, and it has as few registers as a target may have.
 */
#include <base/string.h>
#include <engine/target.h>

enum : uint8_t { SCRATCH = 0, CHEAP = 3, SAVED = 5, RESULT = 7, TEMPORARY, BASE, FUNCTION };

enum operation : uint8_t {
    OPERATION_PROLOGUE,
    OPERATION_EPILOGUE,
    OPERATION_ZERO,
    OPERATION_MOVE,
    OPERATION_CONSTANT,
    OPERATION_BIND,
    OPERATION_BOUND,
    OPERATION_LOAD,
    OPERATION_STORE,
    OPERATION_BINARY,
    OPERATION_UNARY,
    OPERATION_ADD_SHIFTED,
    OPERATION_SET,
    OPERATION_BRANCH,
    OPERATION_SELECT,
    OPERATION_JUMP,
    OPERATION_TABLE,
    OPERATION_TRAP,
    OPERATION_NOP,
    OPERATION_CALL,
    OPERATION_STUB,
};

static void emit(struct assembler *assembler, enum operation operation, uint8_t a, uint8_t b,
                 uint8_t c, uint32_t more) {
    assembler_room(assembler);
    assembler->access = assembler->size;
    assembler_u8(assembler, operation);
    assembler_u8(assembler, a);
    assembler_u8(assembler, b);
    assembler_u8(assembler, c);
    assembler_u32(assembler, more);
}

static uint64_t features_detect(void) {
    return 0;
}

static void prologue(struct assembler *assembler, const struct frame_plan *plan, uint32_t *size) {
    emit(assembler, OPERATION_PROLOGUE, plan->keeps_base, plan->checks_stack, 0, plan->size);
    *size = assembler->size;
}

static void epilogue(struct assembler *assembler, const struct frame_plan *plan) {
    emit(assembler, OPERATION_EPILOGUE, plan->keeps_base, 0, 0, plan->size);
}

static void zero_frame(struct assembler *assembler, uint32_t offset, uint32_t words) {
    emit(assembler, OPERATION_ZERO, 0, 0, 0, offset);
}

static void move(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t from) {
    emit(assembler, OPERATION_MOVE, type, to, from, 0);
}

static void constant(struct assembler *assembler, enum value_type type, uint8_t to, uint64_t bits) {
    emit(assembler, OPERATION_CONSTANT, type, to, 0, (uint32_t)bits);
}

static void bind(struct assembler *assembler, uint8_t to, const struct address *address) {
    emit(assembler, OPERATION_BIND, address->bound_kind, to, address->reg, address->bound);
}

/* What makes the position of a bound access harmless before it is used. */
static void bound(struct assembler *assembler, const struct address *address) {
    if (address->kind == ADDRESS_MEMORY && address->bound_kind != BOUND_NONE) {
        emit(assembler, OPERATION_BOUND, address->bound_kind, address->reg, 0, address->bound);
    }
}

static void load(struct assembler *assembler, enum opcode opcode, uint8_t to,
                 const struct address *address) {
    bound(assembler, address);
    emit(assembler, OPERATION_LOAD, (uint8_t)opcode, to, address->reg, (uint32_t)address->offset);
}

static void store(struct assembler *assembler, enum opcode opcode, const struct operand *from,
                  const struct address *address) {
    bound(assembler, address);
    emit(assembler, OPERATION_STORE, (uint8_t)opcode, from->reg, address->reg,
         (uint32_t)address->offset);
}

/* A load-store machine without immediates. */
static bool immediate_fits(enum opcode opcode, uint64_t bits) {
    return false;
}

static bool memory_fits(enum opcode opcode, enum address_kind kind) {
    return false;
}

static register_set clobbers(enum opcode opcode) {
    return 0;
}

static void binary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                   const struct operand *right) {
    emit(assembler, OPERATION_BINARY, to, left, right->reg, opcode);
}

static void unary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    emit(assembler, OPERATION_UNARY, to, from, 0, opcode);
}

static void add_shifted(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                        uint8_t right, uint32_t shift) {
    emit(assembler, OPERATION_ADD_SHIFTED, to, left, right, shift);
}

static void set(struct assembler *assembler, uint8_t to, const struct test *test) {
    emit(assembler, OPERATION_SET, to, test->left, test->right.reg, test->opcode);
}

static void jump(struct assembler *assembler, struct label *label) {
    emit(assembler, OPERATION_JUMP, 0, 0, 0, 0);
    label_use(assembler, label, assembler->size - 4);
}

static void branch(struct assembler *assembler, const struct test *test, struct label *label) {
    emit(assembler, OPERATION_BRANCH, (uint8_t)test->opcode, test->left, test->inverted, 0);
    label_use(assembler, label, assembler->size - 4);
}

static void select(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t if_true,
                   uint8_t if_false, const struct test *test) {
    emit(assembler, OPERATION_SELECT, to, if_true, if_false, test->left);
}

static uint32_t jump_table(struct assembler *assembler, uint32_t count, struct label *otherwise) {
    emit(assembler, OPERATION_TABLE, 0, 0, 0, 0);
    label_use(assembler, otherwise, assembler->size - 4);
    return assembler->size;
}

static void patch(struct assembler *assembler, const struct patch *use, uint32_t position) {
    uint32_t distance = position - use->at;
    memcpy(&assembler->bytes[use->at], &distance, sizeof distance);
}

static void trap(struct assembler *assembler) {
    emit(assembler, OPERATION_TRAP, 0, 0, 0, 0);
}

static void nop(struct assembler *assembler) {
    emit(assembler, OPERATION_NOP, 0, 0, 0, 0);
}

static void call(struct assembler *assembler, uint32_t what) {
    emit(assembler, OPERATION_CALL, 0, 0, 0, what);
    assembler_site(assembler, assembler->size, TRAP_NONE);
}

static void call_function(struct assembler *assembler, uint32_t base_offset, bool near) {
    call(assembler, 0);
    emit(assembler, OPERATION_LOAD, BASE, 0, near, base_offset);
}

static void table_function(struct assembler *assembler, const struct table_place *place) {
    emit(assembler, OPERATION_LOAD, FUNCTION, 0, 0, place->type);
}

static void call_leaf(struct assembler *assembler, enum leaf leaf) {
    emit(assembler, OPERATION_CALL, 1, 0, 0, leaf);
}

static void tail_call(struct assembler *assembler, const struct frame_plan *frame,
                      const struct tail_plan *tail) {
    epilogue(assembler, frame);
    emit(assembler, OPERATION_JUMP, tail->defined, 0, 0, tail->function);
}

static void stub(struct assembler *assembler) {
    emit(assembler, OPERATION_STUB, 0, 0, 0, 0);
}

static void stub_linked(struct assembler *assembler, const struct stub_links *links) {
    stub(assembler);
}

static uint32_t stub_stop(struct assembler *assembler, const struct stub_links *links) {
    stub(assembler);
    return 0;
}

static void stub_gate(struct assembler *assembler, const struct stub_links *links,
                      const struct function_type *type) {
    stub(assembler);
}

static void stub_leaf(struct assembler *assembler, enum leaf leaf) {
    stub(assembler);
}

static void stub_relay(struct assembler *assembler, enum relay relay) {
    stub(assembler);
}

static void stub_lazy(struct assembler *assembler, const struct stub_links *links, uint32_t first,
                      uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        emit(assembler, OPERATION_STUB, 1, 0, 0, first + i);
    }
}

#define INTEGER(reg) ((register_set)1 << (reg))
#define FLOAT(reg)   (INTEGER(reg) << REGISTER_FLOAT)
#define BOTH(reg)    (INTEGER(reg) | FLOAT(reg))

const struct target target_null = {
    .name = "null",
    .features_detect = features_detect,
    .scratch = BOTH(SCRATCH) | BOTH(SCRATCH + 1) | BOTH(SCRATCH + 2),
    .caller_saved = BOTH(CHEAP) | BOTH(CHEAP + 1),
    .callee_saved = BOTH(SAVED) | BOTH(SAVED + 1),
    .integer_parameters = {CHEAP, CHEAP + 1, SCRATCH},
    .integer_parameter_count = 3,
    .float_parameters = {REGISTER_FLOAT + CHEAP},
    .float_parameter_count = 1,
    .result_integer = RESULT,
    .result_float = REGISTER_FLOAT + RESULT,
    .temporary_integer = TEMPORARY,
    .temporary_float = REGISTER_FLOAT + TEMPORARY,
    .function_register = FUNCTION,
    .leaf_registers = {SCRATCH, SCRATCH + 1, SCRATCH + 2},
    .frame_alignment = 16,
    .linkage_size = 16,
    .entry_frame_pointer = 0,
    .entry_return = 8,
    .prologue = prologue,
    .epilogue = epilogue,
    .zero_frame = zero_frame,
    .move = move,
    .constant = constant,
    .bind = bind,
    .load = load,
    .store = store,
    .immediate_fits = immediate_fits,
    .memory_fits = memory_fits,
    .clobbers = clobbers,
    .binary = binary,
    .unary = unary,
    .add_shifted = add_shifted,
    .set = set,
    .branch = branch,
    .select = select,
    .jump = jump,
    .jump_table = jump_table,
    .patch = patch,
    .trap = trap,
    .nop = nop,
    .call_defined = call,
    .call_function = call_function,
    .table_function = table_function,
    .call_helper = call,
    .call_leaf = call_leaf,
    .tail_call = tail_call,
    .stub_go = stub_linked,
    .stub_stop = stub_stop,
    .stub_start = stub_linked,
    .stub_finish = stub_linked,
    .stub_preempt = stub_linked,
    .stub_resume = stub_linked,
    .stub_gate = stub_gate,
    .stub_helper = stub_linked,
    .stub_lazy = stub_lazy,
    .stub_leaf = stub_leaf,
    .stub_relay = stub_relay,
    .stub_lazy_size = 8,
};
