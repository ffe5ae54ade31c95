/* SPDX-License-Identifier: MIT */
/*
 * What operations become, as the distribution's disassembler reads it: for RV64GC, and with the
 * extensions that a CPU may have. Each case says what it must read as.
 */
#include "../encode.h"
#include "disassemble.h"
#include <test/check.h>

static struct assembler assembler;

static void compare(const char *expected) {
    char text[4096];
    disassemble(assembler.bytes, assembler.size, "", "; ", text, sizeof text);
    bool equal = strcmp(text, expected) == 0;
    CHECK(equal);
    if (!equal) {
        fprintf(stderr, "  expected: %s\n  is:       %s\n", expected, text);
    }
    assembler_reset(&assembler);
}

static struct operand in(uint8_t reg) {
    return (struct operand){.kind = OPERAND_REGISTER, .reg = reg};
}

static struct operand number(uint64_t bits) {
    return (struct operand){.kind = OPERAND_CONSTANT, .bits = bits};
}

static struct address frame(uint32_t offset) {
    return (struct address){.kind = ADDRESS_FRAME, .offset = offset};
}

static struct address memory(uint8_t index, uint64_t offset, uint32_t base) {
    return (struct address){
        .kind = ADDRESS_MEMORY, .reg = index, .memory_base = base, .offset = offset};
}

static struct address bound(uint8_t index, uint64_t offset, uint32_t base, enum bound_kind kind) {
    struct address address = memory(index, offset, base);
    address.bound_kind = kind;
    address.bound = 128;
    return address;
}

static void binary(enum opcode opcode, uint8_t to, uint8_t left, struct operand right,
                   const char *expected) {
    target_riscv64.binary(&assembler, opcode, to, left, &right);
    compare(expected);
}

static void unary(enum opcode opcode, uint8_t to, uint8_t from, const char *expected) {
    target_riscv64.unary(&assembler, opcode, to, from);
    compare(expected);
}

static void test_arithmetic(void) {
    binary(OPCODE_i32_add, A1, A2, in(S0), "addw a1, a2, s0");
    binary(OPCODE_i64_sub, A1, A2, number(5), "addi a1, a2, -5");
    binary(OPCODE_i32_sub, A1, A2, number(0x8000'0000), "lui t0, 524288; addw a1, a2, t0");
    binary(OPCODE_i64_add, A1, A2, number(4000), "addi a1, a2, 2047; addi a1, a1, 1953");
    binary(OPCODE_i32_and, A1, A2, number(0xFFFF), "slli a1, a2, 48; srli a1, a1, 48");
    binary(OPCODE_i64_and, A1, A2, number(0xFFFF'FFFF), "slli a1, a2, 32; srli a1, a1, 32");
    binary(OPCODE_i32_xor, A1, A1, number(0xFFFF'FFFF), "not a1, a1");
    binary(OPCODE_i32_mul, A1, A2, number(1000), "li t0, 1000; mulw a1, a2, t0");
    binary(OPCODE_i32_shl, A1, A2, number(35), "slliw a1, a2, 3");
    binary(OPCODE_i64_shr_s, A1, A2, in(S1), "sra a1, a2, s1");
    binary(OPCODE_i32_rotl, A1, A2, in(A1),
           "neg t1, a1; sllw t0, a2, a1; srlw t1, a2, t1; or a1, t0, t1");
    binary(OPCODE_i64_rotr, A1, A2, number(7), "srli t0, a2, 7; slli t1, a2, 57; or a1, t0, t1");
    target_riscv64.add_shifted(&assembler, OPCODE_i64_add, A1, A2, A3, 3);
    compare("slli t0, a3, 3; add a1, a2, t0");
    assembler.features = FEATURE_ZBA | FEATURE_ZBB;
    binary(OPCODE_i32_rotl, A1, A2, in(A1), "rolw a1, a2, a1");
    binary(OPCODE_i32_rotl, A1, A2, number(7), "roriw a1, a2, 25");
    binary(OPCODE_i32_and, A1, A2, number(0xFFFF), "zext.h a1, a2");
    target_riscv64.add_shifted(&assembler, OPCODE_i64_add, A1, A2, A3, 3);
    compare("sh3add a1, a3, a2");
    assembler.features = 0;
}

static void test_division(void) {
    binary(OPCODE_i32_div_s, A1, A2, number(10),
           "lui t0, 419430; addiw t0, t0, 1639; mul t0, a2, t0; srai t0, t0, 34; srliw t1, a2, 31; "
           "addw t0, t0, t1; mv a1, t0");
    binary(OPCODE_i32_div_s, A1, A2, number(0xFFFF'FFF8),
           "srai t0, a2, 63; srliw t0, t0, 29; addw t0, t0, a2; sraiw t0, t0, 3; negw a1, t0");
    binary(OPCODE_i32_rem_u, A1, A2, number(7),
           "lui t0, 1048357; addiw t0, t0, -1755; slli t0, t0, 12; addi t0, t0, -1755; slli t0, "
           "t0, 31; slli t1, a2, 32; mulhu t0, t0, t1; srli t0, t0, 34; li t1, 7; mulw t0, t0, t1; "
           "subw a1, a2, t0");
    binary(OPCODE_i64_rem_u, A1, A2, number(64), "andi a1, a2, 63");
    binary(OPCODE_i64_div_u, A1, A2, number(10), "li t0, 10; divu a1, a2, t0");
}

static void test_masks(void) {
    binary(OPCODE_i64_and, A1, A2, number(INT64_MAX), "slli a1, a2, 1; srli a1, a1, 1");
    binary(OPCODE_i32_and, A1, A2, number(INT32_MAX), "slli a1, a2, 33; srli a1, a1, 33");
    binary(OPCODE_i64_and, A1, A2, number(2047), "andi a1, a2, 2047");
}

static void test_unary(void) {
    unary(OPCODE_i64_extend_i32_s, A1, A2, "mv a1, a2");
    unary(OPCODE_i64_extend_i32_u, A1, A2, "slli a1, a2, 32; srli a1, a1, 32");
    unary(OPCODE_i32_wrap_i64, A1, A2, "sext.w a1, a2");
    unary(OPCODE_i32_extend8_s, A1, A2, "slli a1, a2, 56; srai a1, a1, 56");
    unary(OPCODE_i32_ctz, A1, A2,
          "li t0, 1; slli t0, t0, 32; or t1, a2, t0; neg t0, t1; and t0, t0, t1; fcvt.d.lu ft0, "
          "t0, rtz; fmv.x.d t0, ft0; srli t0, t0, 52; addi a1, t0, -1023");
    unary(OPCODE_f64_nearest, FA1, FA2,
          "fabs.d ft0, fa2; li t0, 1075; slli t0, t0, 52; fmv.d.x ft1, t0; flt.d t0, ft0, ft1; "
          "fmin.d ft0, fa2, fa2; beqz t0, 16; fcvt.l.d t0, fa2, rne; fcvt.d.l ft0, t0, rne; "
          "fsgnj.d ft0, ft0, fa2; fmv.d fa1, ft0");
    unary(OPCODE_f32_neg, FA1, FA2, "fneg.s fa1, fa2");
    unary(OPCODE_i32_trunc_sat_f64_s, A1, FA2,
          "fcvt.w.d t0, fa2, rtz; feq.d t1, fa2, fa2; neg t1, t1; and a1, t0, t1");
    unary(OPCODE_f64_convert_i32_u, FA1, A2, "fcvt.d.wu fa1, a2");
    assembler.features = FEATURE_ZBA | FEATURE_ZBB;
    unary(OPCODE_i64_extend_i32_u, A1, A2, "zext.w a1, a2");
    unary(OPCODE_i64_clz, A1, A2, "clz a1, a2");
    unary(OPCODE_i32_popcnt, A1, A2, "cpopw a1, a2");
    unary(OPCODE_i64_extend16_s, A1, A2, "sext.h a1, a2");
    assembler.features = 0;
    binary(OPCODE_f64_min, FA1, FA1, in(FA2),
           "feq.d t0, fa1, fa1; feq.d t1, fa2, fa2; and t0, t0, t1; fmin.d ft0, fa1, fa2; bnez t0, "
           "8; fadd.d ft0, fa1, fa2, rne; fmv.d fa1, ft0");
    binary(OPCODE_f32_copysign, FA1, FA2, in(FA3), "fsgnj.s fa1, fa2, fa3");
}

static void load(enum opcode opcode, uint8_t to, struct address address) {
    target_riscv64.load(&assembler, opcode, to, &address);
}

static void store(enum opcode opcode, struct operand from, struct address address) {
    target_riscv64.store(&assembler, opcode, &from, &address);
}

static void test_memory(void) {
    load(OPCODE_i32_load, A1, memory(A2, 4, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; lw a1, 4(t2)");
    load(OPCODE_i64_load8_u, A1, memory(A2, 0xFFFF'FFFF, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; li t1, 1; slli t1, t1, 32; add t1, "
            "t1, t2; lbu a1, -1(t1)");
    load(OPCODE_f64_load, FA1, memory(REGISTER_NONE, 0x1234'5678, 0));
    compare("lui t1, 74565; add t1, t1, s11; fld fa1, 1656(t1)");
    load(OPCODE_i32_load, A1, bound(A2, BOUND_OFFSET_MAX + 1, 64, BOUND_MEMORY));
    compare("lui t2, 4096; addiw t2, t2, -7; slli t1, a2, 32; srli t1, t1, 32; add t2, t2, t1; ld "
            "t1, -128(s11); ld t1, 8(t1); sub t2, t2, t1; srai t0, t2, 63; and t2, t2, t0; add t2, "
            "t2, t1; ld t1, -64(s11); add t2, t2, t1; lw a1, 0(t2)");
    assembler.features = FEATURE_ZBA | FEATURE_ZBB;
    load(OPCODE_i32_load, A1, memory(A2, 4, 0));
    compare("add.uw t2, a2, s11; lw a1, 4(t2)");
    assembler.features = 0;
    store(OPCODE_f64_store, number(0x3FF0'0000'0000'0000), frame(8));
    compare("li t0, 1023; slli t0, t0, 52; sd t0, 8(sp)");
    store(OPCODE_i32_store, number(0), frame(4096));
    compare("lui t1, 1; add t1, t1, sp; sw zero, 0(t1)");
}

static void bind(uint8_t to, struct address address) {
    target_riscv64.bind(&assembler, to, &address);
}

/* The lesser of index and size, with its sign above it; the place of it is there at once. */
static void test_bounds(void) {
    bind(A2, bound(A2, 8, 0, BOUND_INSTANCE));
    load(OPCODE_i32_load, A1, memory(A2, 8, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; ld t1, -128(s11); sub t2, t2, t1; srai t0, t2, 63; "
            "and t2, t2, t0; add t2, t2, t1; sext.w a2, t2; add t2, t2, s11; lw a1, 8(t2)");
    assembler.features = FEATURE_ZBA | FEATURE_ZBB;
    bind(A3, bound(A2, 0, 0, BOUND_INSTANCE));
    load(OPCODE_i32_load, A1, memory(A3, 4, 0));
    compare("zext.w t2, a2; ld t1, -128(s11); minu t2, t2, t1; sext.w a3, t2; add t2, t2, s11; "
            "lw a1, 4(t2)");
    bind(A2, bound(A2, 0, 64, BOUND_MEMORY));
    load(OPCODE_i32_load, A1, memory(A2, 4, 64));
    compare("zext.w t2, a2; ld t1, -128(s11); ld t1, 8(t1); minu t2, t2, t1; sext.w a2, t2; "
            "ld t1, -64(s11); add.uw t2, a2, t1; lw a1, 4(t2)");
    assembler.features = 0;
}

/* The place of an index is formed once, until it or t2 changes, or control flow meets. */
static void test_known_index(void) {
    load(OPCODE_i32_load, A1, memory(A2, 4, 0));
    load(OPCODE_i32_load, A3, memory(A2, 8, 0));
    store(OPCODE_i32_store, in(A1), memory(A2, 12, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; lw a1, 4(t2); lw a3, 8(t2); sw a1, "
            "12(t2)");
    load(OPCODE_i32_load, A2, memory(A2, 4, 0));
    load(OPCODE_i32_load, A3, memory(A2, 8, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; lw a2, 4(t2); slli t2, a2, 32; "
            "srli t2, t2, 32; add t2, t2, s11; lw a3, 8(t2)");
    struct label label = label_unbound();
    load(OPCODE_i32_load, A1, memory(A2, 4, 0));
    label_bind(&assembler, &label);
    load(OPCODE_i32_load, A3, memory(A2, 8, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; lw a1, 4(t2); slli t2, a2, 32; "
            "srli t2, t2, 32; add t2, t2, s11; lw a3, 8(t2)");
    load(OPCODE_i32_load, A1, memory(A2, 4, 0));
    target_riscv64.call_defined(&assembler, 3);
    load(OPCODE_i32_load, A3, memory(A2, 8, 0));
    compare("slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; lw a1, 4(t2); ld t0, -24(s11); ld "
            "t1, 24(t0); jalr t1; slli t2, a2, 32; srli t2, t2, 32; add t2, t2, s11; lw a3, 8(t2)");
}

static void branch(enum opcode opcode, bool inverted, uint8_t left, struct operand right,
                   const char *expected) {
    struct label label = label_unbound();
    struct test test = {opcode, inverted, left, right};
    target_riscv64.branch(&assembler, &test, &label);
    label_bind(&assembler, &label);
    compare(expected);
}

static void test_conditions(void) {
    branch(OPCODE_i32_lt_s, false, A1, in(A2), "blt a1, a2, 4");
    branch(OPCODE_i64_gt_u, true, A1, in(A2), "bgeu a2, a1, 4");
    branch(OPCODE_i32_eq, false, A1, number(7), "li t0, 7; beq a1, t0, 4");
    branch(OPCODE_i32_eqz, true, A1, number(0), "bnez a1, 4");
    branch(OPCODE_i32_and, false, A1, number(0x8000'0000), "slli t0, a1, 32; bltz t0, 4");
    branch(OPCODE_i32_and, true, A1, number(4), "andi t0, a1, 4; beqz t0, 4");
    branch(OPCODE_f64_ge, false, FA1, in(FA2), "fle.d t0, fa2, fa1; bnez t0, 4");
    branch(OPCODE_f32_ne, false, FA1, in(FA2), "feq.s t0, fa1, fa2; beqz t0, 4");
    struct test less = {OPCODE_i32_lt_u, false, A1, in(A2)};
    struct test below = {OPCODE_i32_le_s, true, A1, number(9)};
    struct test equal = {OPCODE_i64_eq, false, A1, number(9)};
    target_riscv64.set(&assembler, A3, &less);
    target_riscv64.set(&assembler, A3, &below);
    target_riscv64.set(&assembler, A3, &equal);
    compare("sltu a3, a1, a2; slti a3, a1, 10; xori a3, a3, 1; addi t0, a1, -9; seqz a3, t0");
    target_riscv64.select(&assembler, TYPE_I32, A1, A1, A3, &less);
    compare("bltu a1, a2, 6; mv a1, a3");
    target_riscv64.select(&assembler, TYPE_I32, A1, A3, S0, &less);
    compare("mv t2, a3; bltu a1, a2, 6; mv t2, s0; mv a1, t2");
    target_riscv64.select(&assembler, TYPE_F64, FA1, FA2, FA1, &less);
    compare("bgeu a1, a2, 8; fmv.d fa1, fa2");
    assembler.features = FEATURE_ZICOND;
    target_riscv64.select(&assembler, TYPE_I64, A1, A3, S0, &less);
    compare("sltu t0, a1, a2; czero.eqz t1, a3, t0; czero.nez t0, s0, t0; or a1, t0, t1");
    assembler.features = 0;
}

/* Branches that short ones do not reach: over a jump, or over a jump to anywhere. */
static void test_reach(void) {
    static const uint32_t reaches[] = {0, 8 * 1024, 4 * 1024 * 1024};
    static const char *const texts[] = {"beqz a1, 4", "bnez a1, 8; j 4",
                                        "bnez a1, 12; auipc t1, 0; jr 8(t1)"};
    for (size_t i = 0; i < sizeof reaches / sizeof reaches[0]; i++) {
        struct label label = label_unbound();
        struct test test = {OPCODE_i32_eqz, false, A1, {OPERAND_CONSTANT}};
        assembler.reach = reaches[i];
        target_riscv64.branch(&assembler, &test, &label);
        label_bind(&assembler, &label);
        compare(texts[i]);
    }
}

static void test_frames(void) {
    struct frame_plan plan = {
        .size = 64, .saved = set_of(S0) | set_of(S2) | set_of(FS0), .keeps_base = true};
    uint32_t size;
    target_riscv64.prologue(&assembler, &plan, &size);
    target_riscv64.epilogue(&assembler, &plan);
    compare("addi sp, sp, -80; sd ra, 64(sp); sd s11, 56(sp); sd s0, 48(sp); sd s2, 40(sp); fsd "
            "fs0, 32(sp); ld s0, 48(sp); ld s2, 40(sp); fld fs0, 32(sp); ld ra, 64(sp); addi sp, "
            "sp, 80; ret");
    plan.size = 8192;
    target_riscv64.prologue(&assembler, &plan, &size);
    target_riscv64.epilogue(&assembler, &plan);
    compare("addi sp, sp, -48; sd ra, 32(sp); sd s11, 24(sp); sd s0, 16(sp); sd s2, 8(sp); fsd "
            "fs0, 0(sp); lui t0, 1048574; addiw t0, t0, 32; add sp, sp, t0; lui t0, 2; addiw t0, "
            "t0, -32; add sp, sp, t0; ld s0, 16(sp); ld s2, 8(sp); fld fs0, 0(sp); ld ra, 32(sp); "
            "addi sp, sp, 48; ret");
    target_riscv64.call_defined(&assembler, 1000);
    compare(
        "ld t0, -24(s11); lui t1, 2; addiw t1, t1, -192; add t1, t1, t0; ld t1, 0(t1); jalr t1");
}

int main(void) {
    CHECK(assembler_init(&assembler, &target_riscv64, 0) == OK);
    test_arithmetic();
    test_division();
    test_masks();
    test_unary();
    test_memory();
    test_bounds();
    test_known_index();
    test_conditions();
    test_reach();
    test_frames();
    assembler_fini(&assembler);
    return check_finish("engine/target/riscv64/operation");
}
