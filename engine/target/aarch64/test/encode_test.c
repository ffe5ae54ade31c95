/* SPDX-License-Identifier: MIT */
/*
 * The encoder against the distribution's disassembler: every operation in its forms, over constants
 * and addresses at the edges of what an instruction can have; and every immediate of the logical
 * instructions. Each case says what it must read as. All cases are disassembled at once.
 */
#include "../encode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>
#include <unistd.h>

constexpr uint32_t CASES_MAX = 16 * 1024;

/* Cases in order: how many words each has, and how they must read, "; " between them. */
static struct {
    uint32_t words;
    char *text;
} cases[CASES_MAX];
static uint32_t case_count;

static struct assembler assembler;
static FILE *bytes;

[[noreturn]] static void give_up(const char *why) {
    fprintf(stderr, "encode_test: %s\n", why);
    exit(2);
}

/* What was emitted since the last call must read as this. */
static void reads(const char *expected) {
    CHECK(assembler_status(&assembler) == OK);
    for (uint32_t i = 0; i < assembler.size; i++) {
        fprintf(bytes, "0x%02x%c", assembler.bytes[i], i % 4 == 3 ? '\n' : ' ');
    }
    if (case_count == CASES_MAX) {
        give_up("too many cases");
    }
    cases[case_count].words = assembler.size / 4;
    cases[case_count++].text = strdup(expected);
    assembler_reset(&assembler);
}

/* The next instruction, blanks for tabs and without a comment; false: there is none. */
static bool next_line(FILE *output, char *line, size_t size) {
    while (fgets(line, (int)size, output) != nullptr) {
        char *start = line + strspn(line, "\t ");
        memmove(line, start, strlen(start) + 1);
        line[strcspn(line, "\n/")] = 0;
        for (char *at = line; *at != 0; at++) {
            *at = *at == '\t' ? ' ' : *at;
        }
        for (size_t end = strlen(line); end > 0 && line[end - 1] == ' '; end--) {
            line[end - 1] = 0;
        }
        if (line[0] != 0 && line[0] != '.') {
            return true;
        }
    }
    return false;
}

static void compare_all(const char *file) {
    char command[256], line[256], text[4096];
    snprintf(command, sizeof command, "llvm-mc-19 --disassemble --triple=aarch64 %s", file);
    FILE *output = popen(command, "r");
    if (output == nullptr) {
        give_up("no llvm-mc-19");
    }
    for (uint32_t i = 0; i < case_count; i++) {
        size_t size = 0;
        text[0] = 0;
        for (uint32_t word = 0; word < cases[i].words; word++) {
            CHECK(next_line(output, line, sizeof line));
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", word > 0 ? "; " : "",
                                     line);
        }
        CHECK(strcmp(text, cases[i].text) == 0);
        if (strcmp(text, cases[i].text) != 0) {
            fprintf(stderr, "  expected: %s\n  is:       %s\n", cases[i].text, text);
        }
        free(cases[i].text);
    }
    CHECK(!next_line(output, line, sizeof line));
    pclose(output);
}

static struct operand in(uint8_t reg) {
    return (struct operand){.kind = OPERAND_REGISTER, .reg = reg};
}

static struct operand number(uint64_t bits) {
    return (struct operand){.kind = OPERAND_CONSTANT, .bits = bits};
}

static struct address frame(uint32_t offset) {
    return (struct address){.kind = ADDRESS_FRAME, .reg = REGISTER_NONE, .offset = offset};
}

static struct address instance(uint32_t offset) {
    return (struct address){.kind = ADDRESS_INSTANCE, .reg = REGISTER_NONE, .offset = offset};
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
    target_aarch64.binary(&assembler, opcode, to, left, &right);
    reads(expected);
}

static void test_arithmetic(void) {
    binary(OPCODE_i32_add, X9, X10, in(X8), "add w9, w10, w8");
    binary(OPCODE_i64_add, X19, X29, in(X27), "add x19, x29, x27");
    binary(OPCODE_i32_sub, X9, X10, in(X9), "sub w9, w10, w9");
    binary(OPCODE_i64_sub, X9, X10, in(X1), "sub x9, x10, x1");
    binary(OPCODE_i32_add, X9, X10, number(4095), "add w9, w10, #4095");
    binary(OPCODE_i32_add, X9, X10, number(4096), "add w9, w10, #1, lsl #12");
    binary(OPCODE_i64_add, X9, X10, number(0xFFF'F000), "mov w16, #268431360; add x9, x10, x16");
    binary(OPCODE_i64_add, X9, X10, number(0xFF'FFFF),
           "add x9, x10, #4095, lsl #12; add x9, x9, #4095");
    binary(OPCODE_i32_add, X9, X10, number(0xFFFF'FFFF), "sub w9, w10, #1");
    binary(OPCODE_i32_sub, X9, X10, number(0xFFFF'FFFF), "add w9, w10, #1");
    binary(OPCODE_i64_sub, X9, X10, number(0x8000'0000'0000'0000),
           "mov x16, #-9223372036854775808; sub x9, x10, x16");
    binary(OPCODE_i32_add, X9, X10, number(0x8000'0000), "mov w16, #-2147483648; sub w9, w10, w16");
    binary(OPCODE_i32_add, X9, X9, number(0), "");
    binary(OPCODE_i64_and, X9, X10, in(X11), "and x9, x10, x11");
    binary(OPCODE_i32_or, X9, X10, in(X11), "orr w9, w10, w11");
    binary(OPCODE_i64_xor, X9, X10, in(X11), "eor x9, x10, x11");
    binary(OPCODE_i32_and, X9, X10, number(0xFF), "and w9, w10, #0xff");
    binary(OPCODE_i64_and, X9, X10, number(0xFFFF'FFFF), "and x9, x10, #0xffffffff");
    binary(OPCODE_i32_or, X9, X10, number(0x1234), "mov w16, #4660; orr w9, w10, w16");
    binary(OPCODE_i32_xor, X9, X10, number(0xFFFF'FFFF), "mov w16, #-1; eor w9, w10, w16");
    binary(OPCODE_i64_xor, X9, X10, number(0), "eor x9, x10, xzr");
    binary(OPCODE_i32_mul, X9, X10, in(X11), "mul w9, w10, w11");
    binary(OPCODE_i64_mul, X9, X10, number(10), "mov w16, #10; mul x9, x10, x16");
    binary(OPCODE_i64_mul, X9, X10, number(0), "mov w9, #0");
    binary(OPCODE_i32_mul, X9, X10, number(0x8000'0000), "lsl w9, w10, #31");
    binary(OPCODE_i32_mul, X9, X10, number(9), "add w9, w10, w10, lsl #3");
    binary(OPCODE_i64_mul, X9, X10, number(7), "lsl x16, x10, #3; sub x9, x16, x10");
    binary(OPCODE_i32_mul, X9, X10, number(0xFFFF'FFFF), "mov w16, #-1; mul w9, w10, w16");
    binary(OPCODE_i64_mul, X9, X10, number(UINT64_MAX), "mov x16, #-1; mul x9, x10, x16");
    target_aarch64.add_shifted(&assembler, OPCODE_i32_add, X9, X29, X10, 3);
    reads("add w9, w29, w10, lsl #3");
    target_aarch64.add_shifted(&assembler, OPCODE_i64_add, X9, X29, X10, 1);
    reads("add x9, x29, x10, lsl #1");
}

static void test_shifts(void) {
    binary(OPCODE_i32_shl, X9, X10, in(X11), "lsl w9, w10, w11");
    binary(OPCODE_i64_shr_s, X9, X10, in(X11), "asr x9, x10, x11");
    binary(OPCODE_i32_shr_u, X9, X10, in(X11), "lsr w9, w10, w11");
    binary(OPCODE_i64_rotr, X9, X10, in(X11), "ror x9, x10, x11");
    binary(OPCODE_i32_rotl, X9, X10, in(X9), "neg w16, w9; ror w9, w10, w16");
    binary(OPCODE_i64_rotl, X9, X10, in(X11), "neg w16, w11; ror x9, x10, x16");
    binary(OPCODE_i32_shl, X9, X10, number(35), "lsl w9, w10, #3");
    binary(OPCODE_i64_shl, X9, X10, number(63), "lsl x9, x10, #63");
    binary(OPCODE_i64_shr_s, X9, X10, number(35), "asr x9, x10, #35");
    binary(OPCODE_i32_shr_s, X9, X10, number(31), "asr w9, w10, #31");
    binary(OPCODE_i64_shr_u, X9, X10, number(1), "lsr x9, x10, #1");
    binary(OPCODE_i32_rotl, X9, X10, number(7), "ror w9, w10, #25");
    binary(OPCODE_i64_rotr, X9, X10, number(7), "ror x9, x10, #7");
}

static void test_division(void) {
    binary(OPCODE_i32_div_u, X9, X10, number(16), "lsr w9, w10, #4");
    binary(OPCODE_i64_rem_u, X9, X10, number(16), "and x9, x10, #0xf");
    binary(OPCODE_i32_div_u, X9, X10, number(10),
           "mov w16, #52429; movk w16, #52428, lsl #16; umull x16, w16, w10; lsr x16, x16, #35; "
           "mov w9, w16");
    binary(OPCODE_i32_div_u, X9, X10, number(7), "mov w17, #7; udiv w9, w10, w17");
    binary(OPCODE_i32_rem_u, X9, X10, number(10),
           "mov w16, #52429; movk w16, #52428, lsl #16; umull x16, w16, w10; lsr x16, x16, #35; "
           "mov w17, #10; msub w9, w16, w17, w10");
    binary(OPCODE_i32_div_s, X9, X10, number(10),
           "sxtw x16, w10; mov w17, #52429; movk w17, #52428, lsl #16; mul x16, x16, x17; "
           "asr x16, x16, #35; add w16, w16, w10, lsr #31; mov w9, w16");
    binary(OPCODE_i32_div_s, X9, X10, number(2), "add w16, w10, w10, lsr #31; asr w9, w16, #1");
    binary(OPCODE_i64_div_s, X9, X10, number(8),
           "asr x16, x10, #63; add x16, x10, x16, lsr #61; asr x9, x16, #3");
    binary(OPCODE_i64_rem_s, X9, X10, number(8),
           "asr x16, x10, #63; add x16, x10, x16, lsr #61; and x16, x16, #0xfffffffffffffff8; "
           "sub x9, x10, x16");
    binary(OPCODE_i64_div_s, X9, X10, number(10), "mov w17, #10; sdiv x9, x10, x17");
    binary(OPCODE_i64_rem_u, X9, X10, number(10),
           "mov w17, #10; udiv x16, x10, x17; msub x9, x16, x17, x10");
    binary(OPCODE_i32_div_s, X9, X10, number(1), "mov w17, #1; sdiv w9, w10, w17");
    binary(OPCODE_i32_rem_s, X9, X10, in(X11),
           "cbz w11, #0; sdiv w16, w10, w11; "
           "msub w9, w16, w11, w10");
    binary(OPCODE_i64_div_u, X9, X10, in(X11), "cbz x11, #0; udiv x9, x10, x11");
    binary(OPCODE_i64_div_s, X9, X10, in(X11),
           "cbz x11, #0; cmn x11, #1; ccmp x10, #1, #0, eq; b.vs #0; sdiv x9, x10, x11");
    binary(OPCODE_i32_div_s, X9, X10, in(X11),
           "cbz w11, #0; cmn w11, #1; ccmp w10, #1, #0, eq; b.vs #0; sdiv w9, w10, w11");
}

static void unary(enum opcode opcode, uint8_t to, uint8_t from, const char *expected) {
    target_aarch64.unary(&assembler, opcode, to, from);
    reads(expected);
}

static void test_unary(void) {
    unary(OPCODE_i32_clz, X9, X10, "clz w9, w10");
    unary(OPCODE_i64_clz, X9, X10, "clz x9, x10");
    unary(OPCODE_i32_ctz, X9, X10, "rbit w16, w10; clz w9, w16");
    unary(OPCODE_i64_ctz, X9, X10, "rbit x16, x10; clz x9, x16");
    unary(OPCODE_i32_popcnt, X9, X10,
          "fmov s31, w10; cnt v31.8b, v31.8b; addv b31, v31.8b; fmov w9, s31");
    unary(OPCODE_i64_popcnt, X9, X10,
          "fmov d31, x10; cnt v31.8b, v31.8b; addv b31, v31.8b; fmov w9, s31");
    unary(OPCODE_i32_extend8_s, X9, X10, "sxtb w9, w10");
    unary(OPCODE_i32_extend16_s, X9, X10, "sxth w9, w10");
    unary(OPCODE_i64_extend8_s, X9, X10, "sxtb x9, w10");
    unary(OPCODE_i64_extend16_s, X9, X10, "sxth x9, w10");
    unary(OPCODE_i64_extend32_s, X9, X10, "sxtw x9, w10");
    unary(OPCODE_i64_extend_i32_s, X9, X9, "sxtw x9, w9");
    unary(OPCODE_i64_extend_i32_u, X9, X9, "");
    unary(OPCODE_i64_extend_i32_u, X9, X10, "mov w9, w10");
    unary(OPCODE_i32_wrap_i64, X9, X9, "mov w9, w9");
}

static void test_floats(void) {
    static const struct {
        enum opcode opcode;
        const char *name;
    } binaries[] = {{OPCODE_f32_add, "fadd"}, {OPCODE_f32_sub, "fsub"}, {OPCODE_f32_mul, "fmul"},
                    {OPCODE_f32_div, "fdiv"}, {OPCODE_f32_min, "fmin"}, {OPCODE_f32_max, "fmax"}},
      unaries[] = {{OPCODE_f32_abs, "fabs"},     {OPCODE_f32_neg, "fneg"},
                   {OPCODE_f32_ceil, "frintp"},  {OPCODE_f32_floor, "frintm"},
                   {OPCODE_f32_trunc, "frintz"}, {OPCODE_f32_nearest, "frintn"},
                   {OPCODE_f32_sqrt, "fsqrt"}};
    char text[64];
    for (int is_double = 0; is_double < 2; is_double++) {
        char letter = is_double ? 'd' : 's';
        int above = is_double ? OPCODE_f64_abs - OPCODE_f32_abs : 0;
        for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
            snprintf(text, sizeof text, "%s %c24, %c9, %c30", binaries[i].name, letter, letter,
                     letter);
            binary((enum opcode)(binaries[i].opcode + above), V24, V8 + 1, in(V30), text);
        }
        for (size_t i = 0; i < sizeof unaries / sizeof unaries[0]; i++) {
            snprintf(text, sizeof text, "%s %c24, %c9", unaries[i].name, letter, letter);
            unary((enum opcode)(unaries[i].opcode + above), V24, V8 + 1, text);
        }
    }
    binary(OPCODE_f64_copysign, V24, V1, in(V7),
           "movi d31, #0000000000000000; fneg d31, d31; bsl v31.8b, v7.8b, v1.8b; fmov d24, d31");
    binary(OPCODE_f32_copysign, V24, V1, in(V7),
           "movi d31, #0000000000000000; fneg s31, s31; bsl v31.8b, v7.8b, v1.8b; fmov d24, d31");
}

static void test_conversions(void) {
    unary(OPCODE_i32_trunc_f32_s, X9, V1,
          "fcmp s1, s1; b.vs #0; fcvtzs x16, s1; cmp x16, w16, sxtw; b.ne #0; mov w9, w16");
    unary(OPCODE_i32_trunc_f64_u, X9, V1,
          "fcmp d1, d1; b.vs #0; fcvtzs x16, d1; cmp x16, w16, uxtw; b.ne #0; mov w9, w16");
    unary(OPCODE_i64_trunc_f64_s, X9, V1,
          "mov x16, #-4332462841530417152; fmov d31, x16; fcmp d1, d31; b.vs #0; b.lt #0; "
          "fcvtzs x16, d1; cmn x16, #1; b.vs #0; mov x9, x16");
    unary(OPCODE_i64_trunc_f32_s, X9, V1,
          "mov w16, #-553648128; fmov s31, w16; fcmp s1, s31; b.vs #0; b.lt #0; "
          "fcvtzs x16, s1; cmn x16, #1; b.vs #0; mov x9, x16");
    unary(OPCODE_i64_trunc_f32_u, X9, V1,
          "fmov s31, #-1.00000000; fcmp s1, s31; b.vs #0; b.le #0; fcvtzu x16, s1; cmn x16, #1; "
          "b.eq #0; mov x9, x16");
    unary(OPCODE_i32_trunc_sat_f32_s, X9, V1, "fcvtzs w9, s1");
    unary(OPCODE_i32_trunc_sat_f64_u, X9, V1, "fcvtzu w9, d1");
    unary(OPCODE_i64_trunc_sat_f32_u, X9, V1, "fcvtzu x9, s1");
    unary(OPCODE_i64_trunc_sat_f64_s, X9, V1, "fcvtzs x9, d1");
    unary(OPCODE_f32_convert_i32_s, V1, X9, "scvtf s1, w9");
    unary(OPCODE_f32_convert_i32_u, V1, X9, "ucvtf s1, w9");
    unary(OPCODE_f32_convert_i64_s, V1, X9, "scvtf s1, x9");
    unary(OPCODE_f64_convert_i32_u, V1, X9, "ucvtf d1, w9");
    unary(OPCODE_f64_convert_i64_s, V1, X9, "scvtf d1, x9");
    unary(OPCODE_f64_convert_i64_u, V1, X9, "ucvtf d1, x9");
    unary(OPCODE_f32_demote_f64, V1, V7, "fcvt s1, d7");
    unary(OPCODE_f64_promote_f32, V1, V7, "fcvt d1, s7");
    unary(OPCODE_i32_reinterpret_f32, X9, V1, "fmov w9, s1");
    unary(OPCODE_i64_reinterpret_f64, X9, V1, "fmov x9, d1");
    unary(OPCODE_f32_reinterpret_i32, V1, X9, "fmov s1, w9");
    unary(OPCODE_f64_reinterpret_i64, V1, X9, "fmov d1, x9");
}

/* Every pattern: a run of ones in 2 to 64 bits, rotated, repeated. */
static void test_logical(void) {
    char text[64];
    uint32_t fields;
    for (uint32_t size = 2; size <= 64; size *= 2) {
        for (uint32_t ones = 1; ones < size; ones++) {
            for (uint32_t rotation = 0; rotation < size; rotation++) {
                uint64_t run = UINT64_MAX >> (64 - ones), bits = 0;
                run = rotation == 0 ? run : run << rotation | run >> (size - rotation);
                run &= UINT64_MAX >> (64 - size);
                for (uint32_t at = 0; at < 64; at += size) {
                    bits |= run << at;
                }
                aarch64_logical_constant(&assembler, WORD_AND, true, X9, X10, bits);
                snprintf(text, sizeof text, "and x9, x10, #%#llx", (unsigned long long)bits);
                reads(text);
                if (size <= 32) {
                    aarch64_logical_constant(&assembler, WORD_EOR, false, X9, X10, bits);
                    snprintf(text, sizeof text, "eor w9, w10, #%#x", (uint32_t)bits);
                    reads(text);
                }
            }
        }
    }
    CHECK(!aarch64_logical_fields(0, true, &fields) && !aarch64_logical_fields(5, true, &fields));
    CHECK(!aarch64_logical_fields(UINT32_MAX, false, &fields));
    CHECK(!aarch64_logical_fields(0xFF'0000'00FF'0001, true, &fields));
}

static void load(enum opcode opcode, uint8_t to, struct address address, const char *expected) {
    target_aarch64.load(&assembler, opcode, to, &address);
    reads(expected);
}

static void store(enum opcode opcode, struct operand from, struct address address,
                  const char *expected) {
    target_aarch64.store(&assembler, opcode, &from, &address);
    reads(expected);
}

static void test_accesses(void) {
    static const char *const loads[] = {"ldr w9",   "ldr x9",   "ldr s1",   "ldr d1",   "ldrsb w9",
                                        "ldrb w9",  "ldrsh w9", "ldrh w9",  "ldrsb x9", "ldrb w9",
                                        "ldrsh x9", "ldrh w9",  "ldrsw x9", "ldr w9"};
    static const char *const stores[] = {"str w9",  "str x9",  "str s1",  "str d1", "strb w9",
                                         "strh w9", "strb w9", "strh w9", "str w9"};
    char text[64];
    for (uint32_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        enum opcode opcode = (enum opcode)(OPCODE_i32_load + i);
        uint8_t reg = opcode == OPCODE_f32_load || opcode == OPCODE_f64_load ? V1 : X9;
        snprintf(text, sizeof text, "%s, [x28, w10, uxtw]", loads[i]);
        load(opcode, reg, memory(X10, 0, 0), text);
        snprintf(text, sizeof text, "%s, [sp, #8]", loads[i]);
        load(opcode, reg, frame(8), text);
    }
    for (uint32_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
        enum opcode opcode = (enum opcode)(OPCODE_i32_store + i);
        uint8_t reg = opcode == OPCODE_f32_store || opcode == OPCODE_f64_store ? V1 : X9;
        snprintf(text, sizeof text, "%s, [x28, w10, uxtw]", stores[i]);
        store(opcode, in(reg), memory(X10, 0, 0), text);
    }
}

static void test_memory(void) {
    struct address pointer = {.kind = ADDRESS_POINTER, .reg = X17, .offset = 16};
    load(OPCODE_i32_load, X9, memory(X10, 16380, 0),
         "add x16, x28, w10, uxtw; ldr w9, [x16, #16380]");
    load(OPCODE_i32_load, X9, memory(X10, 16384, 0),
         "add x16, x28, #4, lsl #12; ldr w9, [x16, w10, uxtw]");
    load(OPCODE_i32_load, X9, memory(X10, 255, 0), "add x16, x28, w10, uxtw; ldur w9, [x16, #255]");
    load(OPCODE_i32_load, X9, memory(X10, 257, 0), "add x16, x28, #257; ldr w9, [x16, w10, uxtw]");
    load(OPCODE_i64_load, X9, memory(X10, 0x8000'0001, 0),
         "mov w16, #-2147483647; add x16, x16, w10, uxtw; ldr x9, [x28, x16]");
    load(OPCODE_f32_load, V1, memory(REGISTER_NONE, 0x1'0000'0000, 64),
         "ldur x16, [x28, #-64]; mov x17, x16; mov x16, #4294967296; ldr s1, [x17, x16]");
    load(OPCODE_i32_load8_s, X9, memory(REGISTER_NONE, 5, 0), "ldrsb w9, [x28, #5]");
    load(OPCODE_i32_load8_u, X9, memory(X10, 4095, 64),
         "ldur x16, [x28, #-64]; add x16, x16, w10, uxtw; ldrb w9, [x16, #4095]");
    load(OPCODE_i64_load, X9, pointer, "ldr x9, [x17, #16]");
    load(OPCODE_i64_load, X9, frame(32760), "ldr x9, [sp, #32760]");
    load(OPCODE_i64_load, X9, frame(32768), "add x16, sp, #8, lsl #12; ldr x9, [x16]");
    load(OPCODE_f64_load, V1, frame(0x7F'FFF8),
         "add x16, sp, #2047, lsl #12; ldr d1, [x16, #4088]");
    load(OPCODE_i64_load, X9, instance(256), "ldur x9, [x28, #-256]");
    load(OPCODE_i64_load, X9, instance(264), "sub x16, x28, #1, lsl #12; ldr x9, [x16, #3832]");
    load(OPCODE_i32_load, X9, instance(0x100'0008),
         "mov x16, #-8; movk x16, #65279, lsl #16; ldr w9, [x28, x16]");
    store(OPCODE_i64_store, number(0), frame(8), "str xzr, [sp, #8]");
    store(OPCODE_i32_store8, number(0x107), frame(8), "mov w14, #7; strb w14, [sp, #8]");
    store(OPCODE_f64_store, number(0x3FF0'0000'0000'0000), memory(X10, 8, 0),
          "add x16, x28, w10, uxtw; mov x14, #4607182418800017408; str x14, [x16, #8]");
    store(OPCODE_f32_store, number(0), memory(X10, 0, 0), "str wzr, [x28, w10, uxtw]");
}

static void bind(uint8_t to, struct address address, const char *expected) {
    target_aarch64.bind(&assembler, to, &address);
    reads(expected);
}

/* The index, or index plus offset, is the lesser of itself and the size before it is used. */
static void test_bounds(void) {
    bind(X10, bound(X10, 0, 0, BOUND_INSTANCE),
         "ldur x17, [x28, #-128]; cmp x10, x17; csel x10, x10, x17, lo");
    bind(X9, bound(X19, 8, 64, BOUND_MEMORY),
         "ldur x17, [x28, #-128]; ldr x17, [x17, #8]; cmp x19, x17; csel x9, x19, x17, lo");
    load(OPCODE_i32_load, X9, bound(X10, BOUND_OFFSET_MAX + 1, 0, BOUND_INSTANCE),
         "ldur x17, [x28, #-128]; mov w16, #65529; movk w16, #255, lsl #16; add x16, x16, w10, "
         "uxtw; cmp x16, x17; "
         "csel x17, x16, x17, lo; ldr w9, [x28, x17]");
    load(OPCODE_i64_load8_u, X9, bound(X9, 0xFFFF'FFFF, 64, BOUND_INSTANCE),
         "ldur x17, [x28, #-128]; mov w16, #-1; add x16, x16, w9, uxtw; cmp x16, x17; "
         "csel x17, x16, x17, lo; ldur x16, [x28, #-64]; ldrb w9, [x16, x17]");
    store(OPCODE_i64_store, in(X9), bound(REGISTER_NONE, 8, 0, BOUND_INSTANCE),
          "ldur x17, [x28, #-128]; mov w16, #8; cmp x16, x17; csel x17, x16, x17, lo; "
          "str x9, [x28, x17]");
}

/* The next access through the same index finds the address in x16, until either is changed. */
static void test_held(void) {
    struct address first = memory(X10, 4, 0), second = memory(X10, 8, 0), other = memory(X11, 8, 0);
    struct address checked = bound(X10, 4, 0, BOUND_INSTANCE);
    struct operand from = in(X9);
    struct label label = label_unbound();
    target_aarch64.load(&assembler, OPCODE_i32_load, X9, &first);
    target_aarch64.store(&assembler, OPCODE_i64_store, &from, &second);
    target_aarch64.load(&assembler, OPCODE_i32_load, X9, &other);
    target_aarch64.load(&assembler, OPCODE_i32_load, X11, &other);
    target_aarch64.load(&assembler, OPCODE_i32_load, X11, &other);
    label_bind(&assembler, &label);
    target_aarch64.load(&assembler, OPCODE_i32_load, X9, &other);
    reads("add x16, x28, w10, uxtw; ldr w9, [x16, #4]; str x9, [x16, #8]; "
          "add x16, x28, w11, uxtw; ldr w9, [x16, #8]; ldr w11, [x16, #8]; "
          "add x16, x28, w11, uxtw; ldr w11, [x16, #8]; "
          "add x16, x28, w11, uxtw; ldr w9, [x16, #8]");
    target_aarch64.bind(&assembler, X10, &checked);
    target_aarch64.load(&assembler, OPCODE_i32_load, X9, &first);
    target_aarch64.bind(&assembler, X11, &checked);
    target_aarch64.load(&assembler, OPCODE_i32_load, X9, &first);
    target_aarch64.call_helper(&assembler, 1);
    target_aarch64.load(&assembler, OPCODE_i32_load, X9, &first);
    char expected[512];
    (void)snprintf(expected, sizeof expected,
                   "ldur x17, [x28, #-128]; cmp x10, x17; csel x10, x10, x17, lo; "
                   "add x16, x28, w10, uxtw; ldr w9, [x16, #4]; ldur x17, [x28, #-128]; "
                   "cmp x10, x17; csel x11, x10, x17, lo; ldr w9, [x16, #4]; "
                   "ldur x16, [x28, #-8]; mov w17, #1; ldr x14, [x16, #%zu]; blr x14; "
                   "add x16, x28, w10, uxtw; ldr w9, [x16, #4]",
                   offsetof(struct context, stub_helper));
    reads(expected);
}

static void branch(enum opcode opcode, bool inverted, uint8_t left, struct operand right,
                   const char *expected) {
    struct label label = label_unbound();
    struct test test = {opcode, inverted, left, right};
    target_aarch64.branch(&assembler, &test, &label);
    label_bind(&assembler, &label);
    reads(expected);
}

static void test_branches(void) {
    static const char *const integers[] = {"eq", "ne", "lt", "lo", "gt",
                                           "hi", "le", "ls", "ge", "hs"};
    static const char *const opposites[] = {"ne", "eq", "ge", "hs", "le",
                                            "ls", "gt", "hi", "lt", "lo"};
    static const char *const floats[] = {"eq", "ne", "mi", "gt", "ls", "ge"};
    static const char *const unordered[] = {"ne", "eq", "pl", "le", "hi", "lt"};
    char text[64];
    for (uint32_t i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "cmp w9, w10; b.%s #4", integers[i]);
        branch((enum opcode)(OPCODE_i32_eq + i), false, X9, in(X10), text);
        snprintf(text, sizeof text, "cmp x9, x10; b.%s #4", opposites[i]);
        branch((enum opcode)(OPCODE_i64_eq + i), true, X9, in(X10), text);
    }
    for (uint32_t i = 0; i < 6; i++) {
        snprintf(text, sizeof text, "fcmp s1, s7; b.%s #4", floats[i]);
        branch((enum opcode)(OPCODE_f32_eq + i), false, V1, in(V7), text);
        snprintf(text, sizeof text, "fcmp d1, d7; b.%s #4", unordered[i]);
        branch((enum opcode)(OPCODE_f64_eq + i), true, V1, in(V7), text);
    }
    branch(OPCODE_i64_ge_u, true, X9, number(4095), "cmp x9, #4095; b.lo #4");
    branch(OPCODE_i32_lt_u, false, X9, number(0xFF'F000), "cmp w9, #4095, lsl #12; b.lo #4");
    branch(OPCODE_i32_eq, false, X9, number(0xFFFF'FFFF), "cmn w9, #1; b.eq #4");
    branch(OPCODE_i64_eq, false, X9, number(0xFFFF'FFFF), "mov w16, #-1; cmp x9, x16; b.eq #4");
    branch(OPCODE_i64_lt_s, false, X9, number(0x8000'0000'0000'0000),
           "mov x16, #-9223372036854775808; cmp x9, x16; b.lt #4");
    branch(OPCODE_i32_eqz, true, X9, number(0), "cbnz w9, #4");
    branch(OPCODE_i64_eqz, false, X9, number(0), "cbz x9, #4");
    branch(OPCODE_i32_gt_u, false, X9, number(0), "cbnz w9, #4");
    branch(OPCODE_i32_gt_s, false, X9, number(0), "cmp w9, #0; b.gt #4");
    branch(OPCODE_i64_lt_s, false, X9, number(0), "tbnz x9, #63, #4");
    branch(OPCODE_i32_ge_s, false, X9, number(0), "tbz w9, #31, #4");
    branch(OPCODE_i32_and, false, X9, number(4), "tbnz w9, #2, #4");
    branch(OPCODE_i64_and, true, X9, number((uint64_t)1 << 40), "tbz x9, #40, #4");
    branch(OPCODE_i32_and, false, X9, number(6), "tst w9, #0x6; b.ne #4");
    branch(OPCODE_i64_and, true, X9, number(5), "mov w16, #5; tst x9, x16; b.eq #4");
    branch(OPCODE_i64_and, true, X9, in(X10), "tst x9, x10; b.eq #4");
    branch(OPCODE_i32_and, false, X9, number(0), "tst w9, wzr; b.ne #4");
}

/* With a reach that a form does not have, the opposite hops over a b. */
static void test_far_branches(void) {
    assembler.reach = 32 * 1024;
    branch(OPCODE_i32_eqz, true, X9, number(0), "cbnz w9, #4");
    assembler.reach = 32 * 1024;
    branch(OPCODE_i32_and, false, X9, number(4), "tbz w9, #2, #8; b #4");
    assembler.reach = 1024 * 1024;
    branch(OPCODE_i32_and, true, X9, number(4), "tbnz w9, #2, #8; b #4");
    assembler.reach = 1024 * 1024;
    branch(OPCODE_i64_eqz, false, X9, number(0), "cbnz x9, #8; b #4");
    assembler.reach = 1024 * 1024;
    branch(OPCODE_i32_lt_s, false, X9, in(X10), "cmp w9, w10; b.ge #8; b #4");
    assembler.reach = 1024 * 1024;
    branch(OPCODE_f64_lt, true, V1, in(V7), "fcmp d1, d7; b.mi #8; b #4");
}

static void test_choices(void) {
    struct test less = {OPCODE_i32_lt_u, false, X9, in(X10)};
    struct test zero = {OPCODE_i64_eqz, true, X9, number(0)};
    struct test equal = {OPCODE_f64_eq, false, V1, in(V7)};
    target_aarch64.set(&assembler, X11, &less);
    reads("cmp w9, w10; cset w11, lo");
    target_aarch64.set(&assembler, X9, &zero);
    reads("cmp x9, #0; cset w9, ne");
    target_aarch64.set(&assembler, X9, &equal);
    reads("fcmp d1, d7; cset w9, eq");
    target_aarch64.select(&assembler, TYPE_I32, X9, X11, X12, &less);
    reads("cmp w9, w10; csel x9, x11, x12, lo");
    target_aarch64.select(&assembler, TYPE_F32, V24, V1, V7, &equal);
    reads("fcmp d1, d7; fcsel d24, d1, d7, eq");
}

static void constant(enum value_type type, uint8_t to, uint64_t bits, const char *expected) {
    target_aarch64.constant(&assembler, type, to, bits);
    reads(expected);
}

static void test_constants(void) {
    constant(TYPE_I32, X9, 0, "mov w9, #0");
    constant(TYPE_I32, X9, 0xFFFF'FFFF, "mov w9, #-1");
    constant(TYPE_I32, X9, 0x1234'0000, "mov w9, #305397760");
    constant(TYPE_I32, X9, 0x1234'5678, "mov w9, #22136; movk w9, #4660, lsl #16");
    constant(TYPE_I32, X9, 0x5555'5555, "mov w9, #1431655765");
    constant(TYPE_I64, X9, UINT64_MAX, "mov x9, #-1");
    constant(TYPE_I64, X9, 0xFFFF'FFFF, "mov w9, #-1");
    constant(TYPE_I64, X9, 0xFFFF'FFFF'1234'FFFF, "mov x9, #-3989504001");
    constant(TYPE_I64, X9, 0xFFFF'1234'5678'FFFF, "mov x9, #-2844196865; movk x9, #4660, lsl #32");
    constant(TYPE_I64, X9, 0x1234'5678'9ABC'DEF0,
             "mov x9, #57072; movk x9, #39612, lsl #16; movk x9, #22136, lsl #32; "
             "movk x9, #4660, lsl #48");
    constant(TYPE_I64, X9, 0x0F0F'0F0F'0F0F'0F0F, "mov x9, #1085102592571150095");
    constant(TYPE_F64, V1, 0, "movi d1, #0000000000000000");
    constant(TYPE_F64, V1, 0x3FF0'0000'0000'0000, "fmov d1, #1.00000000");
    constant(TYPE_F64, V1, 0xC03F'0000'0000'0000, "fmov d1, #-31.00000000");
    constant(TYPE_F64, V1, 0x3FC0'0000'0000'0000, "fmov d1, #0.12500000");
    constant(TYPE_F64, V1, 0x4040'0000'0000'0000, "mov x16, #4629700416936869888; fmov d1, x16");
    constant(TYPE_F64, V1, 0x8000'0000'0000'0000, "mov x16, #-9223372036854775808; fmov d1, x16");
    constant(TYPE_F32, V1, 0x4000'0000, "fmov s1, #2.00000000");
    constant(TYPE_F32, V1, 0x3E20'0000, "fmov s1, #0.15625000");
    constant(TYPE_F32, V1, 0x3F80'0001, "mov w16, #1; movk w16, #16256, lsl #16; fmov s1, w16");
    target_aarch64.move(&assembler, TYPE_I32, X9, X10);
    reads("mov w9, w10");
    target_aarch64.move(&assembler, TYPE_I64, X9, X29);
    reads("mov x9, x29");
    target_aarch64.move(&assembler, TYPE_F32, V1, V31);
    reads("fmov d1, d31");
}

static void prologue(struct frame_plan plan, const char *expected) {
    uint32_t size;
    target_aarch64.prologue(&assembler, &plan, &size);
    reads(expected);
}

static void epilogue(struct frame_plan plan, const char *expected) {
    target_aarch64.epilogue(&assembler, &plan);
    reads(expected);
}

static void test_frames(void) {
    register_set some = set_of(X19) | set_of(X19 + 1) | set_of(X29) | set_of(V8);
    struct frame_plan small = {64, some, true, true}, large = {4096, some, true, false}, none = {0},
                      bare = {16, set_of(V8), false, false};
    prologue(none, "str x30, [sp, #-16]!");
    epilogue(none, "ldr x30, [sp], #16; ret");
    prologue(bare, "sub sp, sp, #32; str x30, [sp, #16]; str d8, [sp, #8]");
    prologue(small, "sub sp, sp, #80; stp x28, x30, [sp, #56]; stp x20, x19, [sp, #40]; "
                    "str x29, [sp, #32]; str d8, [sp, #24]; ldur x16, [x28, #-8]; "
                    "ldr x16, [x16]; cmp sp, x16; b.lo #0");
    epilogue(small, "ldp x20, x19, [sp, #40]; ldr x29, [sp, #32]; ldr d8, [sp, #24]; "
                    "ldp x28, x30, [sp, #56]; add sp, sp, #80; ret");
    prologue(large, "sub sp, sp, #64; stp x28, x30, [sp, #40]; stp x20, x19, [sp, #24]; "
                    "str x29, [sp, #16]; str d8, [sp, #8]; sub sp, sp, #4048");
    target_aarch64.zero_frame(&assembler, 8, 3);
    reads("stp xzr, xzr, [sp, #8]; str xzr, [sp, #24]");
    target_aarch64.zero_frame(&assembler, 40'000, 20);
    reads("add x16, sp, #9, lsl #12; add x16, x16, #3136; mov w17, #20; str xzr, [x16], #8; "
          "sub x17, x17, #1; cbnz x17, #-8");
}

static void test_calls(void) {
    struct table_place inlined = {.inlined = true, .elements = 4096, .size = 10, .type = 3};
    struct table_place other = {.table = 256, .type = 0};
    struct label label = label_unbound();
    target_aarch64.call_defined(&assembler, 5000);
    reads("ldur x17, [x28, #-24]; add x16, x17, #9, lsl #12; ldr x17, [x16, #3136]; blr x17");
    target_aarch64.call_function(&assembler, 56, false);
    reads("ldr x17, [x15, #16]; ldr x16, [x15, #8]; mov x28, x17; ldr x16, [x16]; blr x16; "
          "ldr x17, [sp, #56]; mov x28, x17");
    target_aarch64.call_function(&assembler, 56, true);
    reads("ldr x17, [x15, #16]; ldr x16, [x15, #8]; cmp x28, x17; b.eq #8; mov x28, x17; "
          "ldr x16, [x16]; blr x16; ldr x17, [sp, #56]; cmp x28, x17; b.eq #8; mov x28, x17");
    target_aarch64.table_function(&assembler, &inlined);
    reads("cmp w0, #10; b.hs #0; sub x17, x28, #1, lsl #12; ldr x15, [x17, w0, uxtw #3]; "
          "cbz x15, #0; ldur x17, [x28, #-40]; ldr x17, [x17, #24]; ldr x16, [x15]; "
          "cmp x16, x17; b.ne #0");
    target_aarch64.table_function(&assembler, &other);
    reads("ldur x17, [x28, #-256]; ldr w16, [x17, #8]; cmp w0, w16; b.hs #0; ldr x17, [x17]; "
          "ldr x15, [x17, w0, uxtw #3]; cbz x15, #0; ldur x17, [x28, #-40]; ldr x17, [x17]; "
          "ldr x16, [x15]; cmp x16, x17; b.ne #0");
    target_aarch64.jump_table(&assembler, 5000, &label);
    reads("mov w16, #5000; cmp w0, w16; b.hs #0; adr x16, #16; ldrsw x17, [x16, w0, uxtw #2]; "
          "add x16, x16, x17; br x16");
    target_aarch64.trap(&assembler);
    target_aarch64.nop(&assembler);
    aarch64_word(&assembler, WORD_ISB);
    reads("udf #0; nop; isb");
}

static void test_leaf(void) {
    target_aarch64.stub_leaf(&assembler, LEAF_MEMORY_FILL);
    reads("ldr x17, [x0, #8]; add x16, x9, x11; cmp x16, x17; b.hi #88; ldr x17, [x0]; "
          "add x9, x17, x9; dup v30.16b, w10; dup v31.16b, w10; "
          "cmp x11, #32; b.lo #16; stp q30, q31, [x9], #32; sub x11, x11, #32; b #-16; "
          "tbz w11, #4, #8; str q30, [x9], #16; tbz w11, #3, #8; str d30, [x9], #8; "
          "tbz w11, #2, #8; str s30, [x9], #4; tbz w11, #1, #8; str h30, [x9], #2; "
          "tbz w11, #0, #8; str b30, [x9], #1; mov w17, #0; ret; mov w17, #1; ret");
    target_aarch64.stub_relay(&assembler, RELAY_SMALL);
    reads("ldr x17, [sp, #128]; ldr x28, [sp, #136]; mov x14, sp; add x16, sp, #160; "
          "cbz x17, #20; sub x17, x17, #1; ldr d31, [x14, x17, lsl #3]; "
          "str d31, [x16, x17, lsl #3]; b #-16; add sp, sp, #144; ldr x30, [sp], #16; ret");
}

int main(void) {
    char name[] = "/tmp/encode_test.XXXXXX";
    int file = mkstemp(name);
    bytes = file < 0 ? nullptr : fdopen(file, "w");
    if (bytes == nullptr) {
        give_up("no temporary file");
    }
    CHECK(assembler_init(&assembler, &target_aarch64, 0) == OK);
    test_arithmetic();
    test_shifts();
    test_division();
    test_unary();
    test_floats();
    test_conversions();
    test_logical();
    test_accesses();
    test_memory();
    test_bounds();
    test_held();
    test_branches();
    test_far_branches();
    test_choices();
    test_constants();
    test_frames();
    test_calls();
    test_leaf();
    assembler_fini(&assembler);
    fclose(bytes);
    compare_all(name);
    unlink(name);
    return check_finish("engine/target/aarch64/encode");
}
