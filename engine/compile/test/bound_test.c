/* SPDX-License-Identifier: MIT */
/*
 * No access without a bound that needs one. A witness stands between the compiler and each target.
 * It works out for itself, from the operations alone, what integer registers can hold: at most the
 * size of memory 0 and some bytes more. Every access that comes to it without a bound must end on
 * the guard by that, and no branch may lead to between where that became known and where it was
 * used. Nothing is run. Arguments: modules to compile beside our own and their mutants, of any
 * size.
 */
#include "../../test/mutate.h"
#include "harness.h"
#include <engine/instance.h>

static const uint8_t run_wasm[] = {
#embed "run.wasm"
};
static const uint8_t bound_wasm[] = {
#embed "bound.wasm"
};

constexpr uint64_t ANY = UINT64_MAX / 2;
constexpr uint32_t NEVER = UINT32_MAX;

/* What is known of a register's value, and since where in the code. */
struct belief {
    uint64_t excess; /* at most the memory's size plus this; ANY */
    uint32_t since;
};

/* A fact that was used: true from `since` to `until`. */
struct use {
    uint32_t since, until;
};

struct jumps {
    uint32_t at, count;
};

constexpr uint32_t USES_MAX = 1 << 20, TARGETS_MAX = 1 << 20, TABLES_MAX = 1 << 12;

static const struct target *real;
static struct belief beliefs[REGISTER_NONE + 1];
static struct use uses[USES_MAX];
static uint32_t targets[TARGETS_MAX];
static struct jumps tables[TABLES_MAX];
static uint32_t use_count, target_count, table_count;
static uint64_t least_size, spared; /* of memory 0; accesses that needed no bound of their own */
static bool binds;                  /* memory 0 is checked */

static struct belief nothing(void) {
    return (struct belief){ANY, 0};
}

static void forget_all(void) {
    for (uint32_t i = 0; i <= REGISTER_NONE; i++) {
        beliefs[i] = nothing();
    }
}

static void believe(const struct assembler *assembler, uint8_t reg, uint64_t excess) {
    beliefs[reg] =
        excess <= BOUND_OFFSET_MAX ? (struct belief){excess, assembler->size} : nothing();
}

static void watch_access(const struct assembler *assembler, const struct address *address,
                         uint32_t width) {
    if (address->kind != ADDRESS_MEMORY || address->bound_kind != BOUND_NONE || !binds) {
        return;
    }
    if (address->reg == REGISTER_NONE) {
        CHECK(address->offset + width <= least_size);
        return;
    }
    struct belief belief = beliefs[address->reg];
    CHECK(belief.excess + address->offset <= BOUND_OFFSET_MAX);
    CHECK(use_count < USES_MAX);
    uses[use_count++] = (struct use){belief.since, assembler->size};
    spared++;
}

static void watch_operand(const struct assembler *assembler, const struct operand *operand) {
    if (operand->kind == OPERAND_ADDRESS) {
        watch_access(assembler, &operand->address, 1);
    }
}

static void prologue(struct assembler *assembler, const struct frame_plan *plan, uint32_t *size) {
    forget_all();
    use_count = target_count = table_count = 0;
    real->prologue(assembler, plan, size);
}

static void bind(struct assembler *assembler, uint8_t to, const struct address *address) {
    CHECK(address->kind == ADDRESS_MEMORY && address->bound_kind != BOUND_NONE);
    CHECK(address->reg != REGISTER_NONE && address->offset <= BOUND_OFFSET_MAX);
    real->bind(assembler, to, address);
    believe(assembler, to, 0);
}

static void move(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t from) {
    struct belief belief = beliefs[from];
    real->move(assembler, type, to, from);
    beliefs[to] = belief;
}

static void constant(struct assembler *assembler, enum value_type type, uint8_t to, uint64_t bits) {
    real->constant(assembler, type, to, bits);
    believe(assembler, to, type == TYPE_I32 ? (uint32_t)bits : ANY);
}

static void load(struct assembler *assembler, enum opcode opcode, uint8_t to,
                 const struct address *address) {
    watch_access(assembler, address, 1u << opcode_facts[opcode].log2_width);
    real->load(assembler, opcode, to, address);
    believe(assembler, to,
            opcode == OPCODE_i32_load8_u    ? UINT8_MAX
            : opcode == OPCODE_i32_load16_u ? UINT16_MAX
                                            : ANY);
}

static void store(struct assembler *assembler, enum opcode opcode, const struct operand *from,
                  const struct address *address) {
    watch_access(assembler, address, 1u << opcode_facts[opcode].log2_width);
    real->store(assembler, opcode, from, address);
}

static uint64_t binary_result(enum opcode opcode, uint8_t left, const struct operand *right) {
    if (right->kind != OPERAND_CONSTANT) {
        return ANY;
    }
    switch (opcode) {
    case OPCODE_i32_add:
        return beliefs[left].excess + (uint32_t)right->bits;
    case OPCODE_i32_and:
        return (uint32_t)right->bits;
    case OPCODE_i32_shr_u:
        return UINT32_MAX >> (right->bits & 31);
    default:
        return ANY;
    }
}

/* What an addition gives is known for as long as its left side was. */
static void binary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                   const struct operand *right) {
    watch_operand(assembler, right);
    uint64_t excess = binary_result(opcode, left, right);
    uint32_t since = beliefs[left].since;
    real->binary(assembler, opcode, to, left, right);
    for (register_set lost = real->clobbers(opcode); lost != 0; lost &= lost - 1) {
        beliefs[__builtin_ctzll(lost)] = nothing();
    }
    believe(assembler, to, excess);
    if (opcode == OPCODE_i32_add) {
        beliefs[to].since = since;
    }
}

static void unary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    real->unary(assembler, opcode, to, from);
    beliefs[to] = nothing();
}

static void add_shifted(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                        uint8_t right, uint32_t shift) {
    real->add_shifted(assembler, opcode, to, left, right, shift);
    beliefs[to] = nothing();
}

static void set(struct assembler *assembler, uint8_t to, const struct test *test) {
    watch_operand(assembler, &test->right);
    real->set(assembler, to, test);
    beliefs[to] = nothing();
}

static void branch(struct assembler *assembler, const struct test *test, struct label *label) {
    watch_operand(assembler, &test->right);
    real->branch(assembler, test, label);
}

static void choose(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t if_true,
                   uint8_t if_false, const struct test *test) {
    watch_operand(assembler, &test->right);
    real->select(assembler, type, to, if_true, if_false, test);
    beliefs[to] = nothing();
}

static uint32_t jump_table(struct assembler *assembler, uint32_t count, struct label *otherwise) {
    uint32_t at = real->jump_table(assembler, count, otherwise);
    CHECK(table_count < TABLES_MAX);
    tables[table_count++] = (struct jumps){at, count};
    return at;
}

static void add_target(uint32_t position) {
    CHECK(target_count < TARGETS_MAX);
    targets[target_count++] = position;
}

static void patch(struct assembler *assembler, const struct patch *use, uint32_t position) {
    add_target(position);
    real->patch(assembler, use, position);
}

static void call_defined(struct assembler *assembler, uint32_t defined) {
    real->call_defined(assembler, defined);
    forget_all();
}

static void call_function(struct assembler *assembler, uint32_t base_offset, bool near) {
    real->call_function(assembler, base_offset, near);
    forget_all();
}

static void call_helper(struct assembler *assembler, uint32_t helper) {
    real->call_helper(assembler, helper);
    forget_all();
}

static void call_leaf(struct assembler *assembler, enum leaf leaf) {
    real->call_leaf(assembler, leaf);
    forget_all();
}

static void tail_call(struct assembler *assembler, const struct frame_plan *frame,
                      const struct tail_plan *plan) {
    real->tail_call(assembler, frame, plan);
    forget_all();
}

static struct target witness_of(const struct target *target) {
    struct target witness = *target;
    real = target;
    witness.prologue = prologue;
    witness.bind = bind;
    witness.move = move;
    witness.constant = constant;
    witness.load = load;
    witness.store = store;
    witness.binary = binary;
    witness.unary = unary;
    witness.add_shifted = add_shifted;
    witness.set = set;
    witness.branch = branch;
    witness.select = choose;
    witness.jump_table = jump_table;
    witness.patch = patch;
    witness.call_defined = call_defined;
    witness.call_function = call_function;
    witness.call_helper = call_helper;
    witness.call_leaf = call_leaf;
    witness.tail_call = tail_call;
    return witness;
}

static void add_table_targets(const struct code_draft *draft, struct jumps table) {
    for (uint32_t i = 0; i < table.count; i++) {
        uint32_t distance;
        memcpy(&distance, draft->bytes + table.at + 4 * i, sizeof distance);
        add_target(table.at + distance);
    }
}

static int compare_targets(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The first place at or behind `position` that a branch leads to; NEVER. */
static uint32_t target_behind(uint32_t position) {
    uint32_t low = 0, high = target_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (targets[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < target_count ? targets[low] : NEVER;
}

static void check_uses(const struct code_draft *draft) {
    for (uint32_t i = 0; i < table_count; i++) {
        add_table_targets(draft, tables[i]);
    }
    qsort(targets, target_count, sizeof *targets, compare_targets);
    for (uint32_t i = 0; i < use_count; i++) {
        CHECK(target_behind(uses[i].since) > uses[i].until);
    }
}

/* With one memory at most: beliefs are about one. */
static void compile_all(struct compiler *compiler, struct module *module, enum memory_mode mode) {
    if (module->memory_count > 1) {
        return;
    }
    binds = module->imported_memories > 0 || mode == MEMORY_CHECKED;
    least_size = module->memory_count == 0
                     ? 0
                     : (uint64_t)module->memories[0].limits.minimum * PAGE_SIZE_WASM;
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        struct code_draft draft;
        if (function_compile(compiler, module, i, &draft) == OK) {
            check_uses(&draft);
        }
    }
}

struct run {
    struct engine *engine;
    struct compiler *compiler;
};

static void look_at(const struct run *run, const void *bytes, size_t size, enum memory_mode mode) {
    struct module_error error;
    struct module *module;
    if (module_create(run->engine, bytes, size, mode, &error, &module) == OK) {
        compile_all(run->compiler, module, mode);
        module_destroy(module);
    }
}

static void look_at_mutants(const struct run *run, const uint8_t *bytes, size_t size) {
    constexpr uint32_t ROUNDS = 1000;
    look_at(run, bytes, size, MEMORY_CHECKED);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        size_t mutated;
        uint8_t *copy = mutate(bytes, size, &mutated);
        look_at(run, copy, mutated, MEMORY_CHECKED);
        free(copy);
    }
}

static void look_at_file(const struct run *run, const char *path) {
    FILE *file = fopen(path, "rb");
    CHECK(file != nullptr && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    uint8_t *bytes = malloc(size);
    rewind(file);
    CHECK(fread(bytes, 1, size, file) == size);
    fclose(file);
    look_at(run, bytes, size, MEMORY_CHECKED);
    look_at(run, bytes, size, MEMORY_GUARD);
    free(bytes);
}

static void test_target(const struct target *target, uint64_t features, int count, char **paths) {
    static struct target witness;
    witness = witness_of(target);
    struct run run = {.engine = engine_with(&witness, features)};
    CHECK(compiler_create(run.engine, &run.compiler) == OK);
    spared = 0;
    look_at(&run, bound_wasm, sizeof bound_wasm, MEMORY_CHECKED);
    CHECK(spared > 0);
    look_at_mutants(&run, bound_wasm, sizeof bound_wasm);
    look_at_mutants(&run, run_wasm, sizeof run_wasm);
    for (int i = 0; i < count; i++) {
        look_at_file(&run, paths[i]);
    }
    compiler_destroy(run.compiler);
    engine_destroy(run.engine);
}

int main(int argc, char **argv) {
    int files = argc > 1 ? argc - 1 : 0;
    test_target(&target_x86_64, 0, files, argv + 1);
    test_target(&target_x86_64, UINT64_MAX, files, argv + 1);
    test_target(&target_aarch64, 0, files, argv + 1);
    test_target(&target_riscv64, 0, files, argv + 1);
    test_target(&target_riscv64, UINT64_MAX, files, argv + 1);
    test_target(&target_null, 0, files, argv + 1);
    return check_finish("engine/compile/bound");
}
