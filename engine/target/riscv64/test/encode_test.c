/* SPDX-License-Identifier: MIT */
/*
 * The encoder against the distribution's disassembler: every instruction that the target can emit,
 * over registers and numbers that are encoded specially; and each 16-bit form against what it
 * stands for. The names and operands that are expected are written down here independently.
 */
#include "../encode.h"
#include "disassemble.h"
#include <test/check.h>

constexpr size_t TEXT_SIZE = 8 * 1024 * 1024;
constexpr size_t CASES_MAX = 120'000;

/* Operands of an instruction, in the order in which they are written. */
enum shape : uint8_t {
    SHAPE_REGISTERS,    /* to, left, right */
    SHAPE_TWO,          /* to, from */
    SHAPE_NUMBER,       /* to, from, number */
    SHAPE_COUNT,        /* to, from, shift count of 6 bits */
    SHAPE_COUNT_WORD,   /* 5 bits */
    SHAPE_LOAD,         /* to, number(base) */
    SHAPE_STORE,        /* from, number(base) */
    SHAPE_UPPER,        /* to, number of 20 bits */
    SHAPE_FLOATS,       /* three float registers */
    SHAPE_FLOATS_ROUND, /* and a rounding mode */
    SHAPE_ROOT,         /* two and a rounding mode */
    SHAPE_FLOAT_TEST,   /* integer, float, float */
    SHAPE_TO_INTEGER,   /* integer, float, rounding mode */
    SHAPE_FROM_INTEGER, /* float, integer */
    SHAPE_FROM_ROUND,   /* float, integer, rounding mode */
    SHAPE_MOVE_OUT,     /* integer, float */
    SHAPE_FLOAT_LOAD,
    SHAPE_FLOAT_STORE,
    SHAPE_WIDEN, /* two floats */
};

struct form {
    uint32_t code;
    const char *name;
    enum shape shape;
};

#define BOTH(code, name, shape)                                                                    \
    {code, name ".s", shape}, {                                                                    \
        code | WITH_DOUBLE, name ".d", shape                                                       \
    }

static const struct form forms[] = {
    {DO_LUI, "lui", SHAPE_UPPER},
    {DO_AUIPC, "auipc", SHAPE_UPPER},
    {DO_LB, "lb", SHAPE_LOAD},
    {DO_LH, "lh", SHAPE_LOAD},
    {DO_LW, "lw", SHAPE_LOAD},
    {DO_LD, "ld", SHAPE_LOAD},
    {DO_LBU, "lbu", SHAPE_LOAD},
    {DO_LHU, "lhu", SHAPE_LOAD},
    {DO_LWU, "lwu", SHAPE_LOAD},
    {DO_JALR, "jalr", SHAPE_LOAD},
    {DO_FLW, "flw", SHAPE_FLOAT_LOAD},
    {DO_FLD, "fld", SHAPE_FLOAT_LOAD},
    {DO_SB, "sb", SHAPE_STORE},
    {DO_SH, "sh", SHAPE_STORE},
    {DO_SW, "sw", SHAPE_STORE},
    {DO_SD, "sd", SHAPE_STORE},
    {DO_FSW, "fsw", SHAPE_FLOAT_STORE},
    {DO_FSD, "fsd", SHAPE_FLOAT_STORE},
    {DO_ADDI, "addi", SHAPE_NUMBER},
    {DO_SLTI, "slti", SHAPE_NUMBER},
    {DO_SLTIU, "sltiu", SHAPE_NUMBER},
    {DO_XORI, "xori", SHAPE_NUMBER},
    {DO_ORI, "ori", SHAPE_NUMBER},
    {DO_ANDI, "andi", SHAPE_NUMBER},
    {DO_ADDIW, "addiw", SHAPE_NUMBER},
    {DO_SLLI, "slli", SHAPE_COUNT},
    {DO_SRLI, "srli", SHAPE_COUNT},
    {DO_SRAI, "srai", SHAPE_COUNT},
    {DO_RORI, "rori", SHAPE_COUNT},
    {DO_SLLIW, "slliw", SHAPE_COUNT_WORD},
    {DO_SRLIW, "srliw", SHAPE_COUNT_WORD},
    {DO_SRAIW, "sraiw", SHAPE_COUNT_WORD},
    {DO_RORIW, "roriw", SHAPE_COUNT_WORD},
    {DO_ADD, "add", SHAPE_REGISTERS},
    {DO_SUB, "sub", SHAPE_REGISTERS},
    {DO_SLL, "sll", SHAPE_REGISTERS},
    {DO_SLT, "slt", SHAPE_REGISTERS},
    {DO_SLTU, "sltu", SHAPE_REGISTERS},
    {DO_XOR, "xor", SHAPE_REGISTERS},
    {DO_SRL, "srl", SHAPE_REGISTERS},
    {DO_SRA, "sra", SHAPE_REGISTERS},
    {DO_OR, "or", SHAPE_REGISTERS},
    {DO_AND, "and", SHAPE_REGISTERS},
    {DO_MUL, "mul", SHAPE_REGISTERS},
    {DO_MULHU, "mulhu", SHAPE_REGISTERS},
    {DO_DIV, "div", SHAPE_REGISTERS},
    {DO_DIVU, "divu", SHAPE_REGISTERS},
    {DO_REM, "rem", SHAPE_REGISTERS},
    {DO_REMU, "remu", SHAPE_REGISTERS},
    {DO_ADDW, "addw", SHAPE_REGISTERS},
    {DO_SUBW, "subw", SHAPE_REGISTERS},
    {DO_SLLW, "sllw", SHAPE_REGISTERS},
    {DO_SRLW, "srlw", SHAPE_REGISTERS},
    {DO_SRAW, "sraw", SHAPE_REGISTERS},
    {DO_MULW, "mulw", SHAPE_REGISTERS},
    {DO_DIVW, "divw", SHAPE_REGISTERS},
    {DO_DIVUW, "divuw", SHAPE_REGISTERS},
    {DO_REMW, "remw", SHAPE_REGISTERS},
    {DO_REMUW, "remuw", SHAPE_REGISTERS},
    {DO_ADD_UW, "add.uw", SHAPE_REGISTERS},
    {DO_SH1ADD, "sh1add", SHAPE_REGISTERS},
    {DO_SH2ADD, "sh2add", SHAPE_REGISTERS},
    {DO_SH3ADD, "sh3add", SHAPE_REGISTERS},
    {DO_CLZ, "clz", SHAPE_TWO},
    {DO_CTZ, "ctz", SHAPE_TWO},
    {DO_CPOP, "cpop", SHAPE_TWO},
    {DO_CLZW, "clzw", SHAPE_TWO},
    {DO_CTZW, "ctzw", SHAPE_TWO},
    {DO_CPOPW, "cpopw", SHAPE_TWO},
    {DO_SEXT_B, "sext.b", SHAPE_TWO},
    {DO_SEXT_H, "sext.h", SHAPE_TWO},
    {DO_ZEXT_H, "zext.h", SHAPE_TWO},
    {DO_MINU, "minu", SHAPE_REGISTERS},
    {DO_ROL, "rol", SHAPE_REGISTERS},
    {DO_ROR, "ror", SHAPE_REGISTERS},
    {DO_ROLW, "rolw", SHAPE_REGISTERS},
    {DO_RORW, "rorw", SHAPE_REGISTERS},
    {DO_CZERO_EQZ, "czero.eqz", SHAPE_REGISTERS},
    {DO_CZERO_NEZ, "czero.nez", SHAPE_REGISTERS},
    BOTH(DO_FADD, "fadd", SHAPE_FLOATS_ROUND),
    BOTH(DO_FSUB, "fsub", SHAPE_FLOATS_ROUND),
    BOTH(DO_FMUL, "fmul", SHAPE_FLOATS_ROUND),
    BOTH(DO_FDIV, "fdiv", SHAPE_FLOATS_ROUND),
    BOTH(DO_FSQRT, "fsqrt", SHAPE_ROOT),
    BOTH(DO_FSGNJ, "fsgnj", SHAPE_FLOATS),
    BOTH(DO_FSGNJN, "fsgnjn", SHAPE_FLOATS),
    BOTH(DO_FSGNJX, "fsgnjx", SHAPE_FLOATS),
    BOTH(DO_FMIN, "fmin", SHAPE_FLOATS),
    BOTH(DO_FMAX, "fmax", SHAPE_FLOATS),
    BOTH(DO_FLE, "fle", SHAPE_FLOAT_TEST),
    BOTH(DO_FLT, "flt", SHAPE_FLOAT_TEST),
    BOTH(DO_FEQ, "feq", SHAPE_FLOAT_TEST),
    BOTH(DO_FCVT_W, "fcvt.w", SHAPE_TO_INTEGER),
    BOTH(DO_FCVT_WU, "fcvt.wu", SHAPE_TO_INTEGER),
    BOTH(DO_FCVT_L, "fcvt.l", SHAPE_TO_INTEGER),
    BOTH(DO_FCVT_LU, "fcvt.lu", SHAPE_TO_INTEGER),
    {DO_FCVT_FROM_W, "fcvt.s.w", SHAPE_FROM_ROUND},
    {DO_FCVT_FROM_WU, "fcvt.s.wu", SHAPE_FROM_ROUND},
    {DO_FCVT_FROM_L, "fcvt.s.l", SHAPE_FROM_ROUND},
    {DO_FCVT_FROM_LU, "fcvt.s.lu", SHAPE_FROM_ROUND},
    {DO_FCVT_FROM_W | WITH_DOUBLE, "fcvt.d.w", SHAPE_FROM_INTEGER},
    {DO_FCVT_FROM_WU | WITH_DOUBLE, "fcvt.d.wu", SHAPE_FROM_INTEGER},
    {DO_FCVT_FROM_L | WITH_DOUBLE, "fcvt.d.l", SHAPE_FROM_ROUND},
    {DO_FCVT_FROM_LU | WITH_DOUBLE, "fcvt.d.lu", SHAPE_FROM_ROUND},
    {DO_FMV_TO_X, "fmv.x.w", SHAPE_MOVE_OUT},
    {DO_FMV_TO_X | WITH_DOUBLE, "fmv.x.d", SHAPE_MOVE_OUT},
    {DO_FMV_FROM_X, "fmv.w.x", SHAPE_FROM_INTEGER},
    {DO_FMV_FROM_X | WITH_DOUBLE, "fmv.d.x", SHAPE_FROM_INTEGER},
    {DO_FCVT_S_D, "fcvt.s.d", SHAPE_ROOT},
    {DO_FCVT_D_S, "fcvt.d.s", SHAPE_WIDEN},
};

static const char *const names[] = {
    "zero", "ra",  "sp",  "gp",  "tp",  "t0",  "t1",   "t2",   "s0",  "s1",  "a0",   "a1",  "a2",
    "a3",   "a4",  "a5",  "a6",  "a7",  "s2",  "s3",   "s4",   "s5",  "s6",  "s7",   "s8",  "s9",
    "s10",  "s11", "t3",  "t4",  "t5",  "t6",  "ft0",  "ft1",  "ft2", "ft3", "ft4",  "ft5", "ft6",
    "ft7",  "fs0", "fs1", "fa0", "fa1", "fa2", "fa3",  "fa4",  "fa5", "fa6", "fa7",  "fs2", "fs3",
    "fs4",  "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

static const uint8_t integers[] = {ZERO, RA, SP, S0, A5, A6, T6};
static const uint8_t floats[] = {FT0, FS0, FA0, FA5, FA6, FT11};
static const int32_t numbers[] = {0,   1,   2,   4,   8,   12,  16,   24,   28,   31,   32,
                                  48,  60,  63,  64,  96,  124, 126,  128,  240,  248,  252,
                                  254, 256, 384, 496, 504, 512, 520,  1020, 1024, 2047, -1,
                                  -4,  -8,  -16, -32, -33, -64, -496, -512, -528, -2048};
static const uint32_t uppers[] = {0, 1, 31, 32, 0x7FFFF, 0x80000, 0xFFFDF, 0xFFFE0, 0xFFFFF};
static const struct {
    enum riscv64_rounding mode;
    const char *name;
} roundings[] = {
    {ROUND_NEAREST, "rne"}, {ROUND_TO_ZERO, "rtz"}, {ROUND_DOWN, "rdn"}, {ROUND_UP, "rup"}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct assembler assembler;
static uint32_t *words; /* of the cases, as 32-bit instructions */
static char (*expected)[48];
static size_t cases;

/* A case: the instruction, and how it reads. */
static void add(uint32_t word, const char *text) {
    if (cases == CASES_MAX) {
        give_up("too many cases");
    }
    words[cases] = word;
    snprintf(expected[cases++], sizeof *expected, "%s", text);
}

static uint32_t place(uint8_t reg, uint32_t shift) {
    return (uint32_t)(reg & 31) << shift;
}

static void add_registers(const struct form *form, const uint8_t *to, size_t to_count,
                          const uint8_t *from, size_t from_count, const char *tail, uint32_t more) {
    for (size_t i = 0; i < to_count * from_count * from_count; i++) {
        uint8_t a = to[i % to_count], b = from[i / to_count % from_count];
        uint8_t c = from[i / to_count / from_count];
        char text[48];
        snprintf(text, sizeof text, "%s %s, %s, %s%s", form->name, names[a], names[b], names[c],
                 tail);
        add(form->code | more | place(a, 7) | place(b, 15) | place(c, 20), text);
    }
}

static void add_pairs(const struct form *form, const uint8_t *to, size_t to_count,
                      const uint8_t *from, size_t from_count, const char *tail, uint32_t more) {
    for (size_t i = 0; i < to_count * from_count; i++) {
        uint8_t a = to[i % to_count], b = from[i / to_count];
        char text[48];
        snprintf(text, sizeof text, "%s %s, %s%s", form->name, names[a], names[b], tail);
        add(form->code | more | place(a, 7) | place(b, 15), text);
    }
}

static uint32_t store_number(int32_t number) {
    return ((uint32_t)number & 31) << 7 | ((uint32_t)number >> 5 & 127) << 25;
}

static void add_number(const struct form *form, uint8_t a, uint8_t b, int32_t number) {
    bool is_store = form->shape == SHAPE_STORE || form->shape == SHAPE_FLOAT_STORE;
    bool is_access = is_store || form->shape == SHAPE_LOAD || form->shape == SHAPE_FLOAT_LOAD;
    char text[48];
    if (is_access) {
        snprintf(text, sizeof text, "%s %s, %d(%s)", form->name, names[a], number, names[b]);
    } else {
        snprintf(text, sizeof text, "%s %s, %s, %d", form->name, names[a], names[b], number);
    }
    add(form->code | place(b, 15) |
            (is_store ? place(a, 20) | store_number(number) : place(a, 7) | (uint32_t)number << 20),
        text);
}

static void add_numbers(const struct form *form, const uint8_t *to, size_t to_count, int32_t least,
                        int32_t most) {
    for (size_t i = 0; i < to_count * COUNT(integers) * COUNT(numbers); i++) {
        int32_t number = numbers[i / to_count / COUNT(integers)];
        if (number >= least && number <= most) {
            add_number(form, to[i % to_count], integers[i / to_count % COUNT(integers)], number);
        }
    }
}

static void add_uppers(const struct form *form) {
    for (size_t i = 0; i < COUNT(integers) * COUNT(uppers); i++) {
        char text[48];
        uint8_t to = integers[i % COUNT(integers)];
        uint32_t number = uppers[i / COUNT(integers)];
        snprintf(text, sizeof text, "%s %s, %u", form->name, names[to], number);
        add(form->code | place(to, 7) | number << 12, text);
    }
}

#define INTEGERS integers, COUNT(integers)
#define FLOATS   floats, COUNT(floats)

/* The forms with a rounding mode, one time for each. */
static void add_rounded(const struct form *form) {
    for (size_t i = 0; i < COUNT(roundings); i++) {
        char tail[8];
        uint32_t mode = roundings[i].mode;
        snprintf(tail, sizeof tail, ", %s", roundings[i].name);
        switch (form->shape) {
        case SHAPE_FLOATS_ROUND:
            add_registers(form, FLOATS, FLOATS, tail, mode);
            break;
        case SHAPE_ROOT:
            add_pairs(form, FLOATS, FLOATS, tail, mode);
            break;
        case SHAPE_TO_INTEGER:
            add_pairs(form, INTEGERS, FLOATS, tail, mode);
            break;
        default:
            add_pairs(form, FLOATS, INTEGERS, tail, mode);
        }
    }
}

static void add_form(const struct form *form) {
    switch (form->shape) {
    case SHAPE_REGISTERS:
        add_registers(form, INTEGERS, INTEGERS, "", 0);
        break;
    case SHAPE_TWO:
        add_pairs(form, INTEGERS, INTEGERS, "", 0);
        break;
    case SHAPE_NUMBER:
    case SHAPE_LOAD:
    case SHAPE_STORE:
        add_numbers(form, INTEGERS, -2048, 2047);
        break;
    case SHAPE_COUNT:
        add_numbers(form, INTEGERS, 0, 63);
        break;
    case SHAPE_COUNT_WORD:
        add_numbers(form, INTEGERS, 0, 31);
        break;
    case SHAPE_UPPER:
        add_uppers(form);
        break;
    case SHAPE_FLOATS:
        add_registers(form, FLOATS, FLOATS, "", 0);
        break;
    case SHAPE_FLOAT_TEST:
        add_registers(form, INTEGERS, FLOATS, "", 0);
        break;
    case SHAPE_FROM_INTEGER:
        add_pairs(form, FLOATS, INTEGERS, "", 0);
        break;
    case SHAPE_MOVE_OUT:
        add_pairs(form, INTEGERS, FLOATS, "", 0);
        break;
    case SHAPE_WIDEN:
        add_pairs(form, FLOATS, FLOATS, "", 0);
        break;
    case SHAPE_FLOAT_LOAD:
    case SHAPE_FLOAT_STORE:
        add_numbers(form, FLOATS, -2048, 2047);
        break;
    default:
        add_rounded(form);
    }
}

/* What the disassembler makes of all cases, a line each. */
static char *read_all(const uint8_t *bytes, size_t count, const char *options) {
    char *text = malloc(TEXT_SIZE);
    if (text == nullptr) {
        give_up("no memory");
    }
    disassemble(bytes, count, options, "\n", text, TEXT_SIZE);
    return text;
}

static bool check_line(const char *line, const char *wanted) {
    bool equal = strcmp(line, wanted) == 0;
    if (!equal) {
        fprintf(stderr, "  expected: %s\n  is:       %s\n", wanted, line);
    }
    return equal;
}

/* Every instruction reads as its table says. */
static void test_words(void) {
    char *text = read_all((const uint8_t *)words, 4 * cases, "-M no-aliases"), *rest = text;
    size_t wrong = 0;
    for (size_t i = 0; i < cases && wrong < 10; i++) {
        char *line = strsep(&rest, "\n");
        wrong += !check_line(line == nullptr ? "nothing" : line, expected[i]);
    }
    CHECK(wrong == 0 && rest == nullptr);
    free(text);
}

/* Both sides of what commutes in a 16-bit form. */
static uint32_t exchanged(uint32_t word) {
    uint32_t left = word >> 15 & 31, right = word >> 20 & 31;
    return (word & ~(31u << 15 | 31u << 20)) | left << 20 | right << 15;
}

static bool commutes(uint32_t word) {
    uint32_t code = word & 0xFE00'707F;
    return (code == DO_ADD || code == DO_ADDW || code == DO_AND || code == DO_OR ||
            code == DO_XOR) &&
           (word >> 7 & 31) == (word >> 20 & 31);
}

/* A 16-bit form reads as the instruction that it stands for. */
static void test_compressed(void) {
    uint16_t *halves = calloc(cases, sizeof *halves);
    size_t count = 0, wrong = 0;
    for (size_t i = 0; i < cases && halves != nullptr; i++) {
        uint16_t half = riscv64_compress(words[i]);
        if (half != 0) {
            words[count] = commutes(words[i]) ? exchanged(words[i]) : words[i];
            halves[count++] = half;
        }
    }
    char *wide = read_all((const uint8_t *)words, 4 * count, ""), *wide_rest = wide;
    char *narrow = read_all((const uint8_t *)halves, 2 * count, ""), *narrow_rest = narrow;
    for (size_t i = 0; i < count && wrong < 10; i++) {
        char *line = strsep(&narrow_rest, "\n"), *wanted = strsep(&wide_rest, "\n");
        wrong += line == nullptr || wanted == nullptr || !check_line(line, wanted);
    }
    CHECK(count > 1000 && wrong == 0 && narrow_rest == nullptr && wide_rest == nullptr);
    free(wide);
    free(narrow);
    free(halves);
}

/* What the functions write is what the words say. */
static void test_functions(void) {
    char text[1024];
    riscv64_register(&assembler, DO_SUBW, S2, T6, A0);
    riscv64_number(&assembler, DO_ADDI, S2, T6, -2048);
    riscv64_number(&assembler, DO_SRAI, S2, T6, 63);
    riscv64_upper(&assembler, DO_LUI, S2, 0x80000);
    riscv64_load(&assembler, DO_LWU, S2, T6, -1);
    riscv64_store(&assembler, DO_FSW, FS11, T6, -1);
    riscv64_store(&assembler, DO_SB, A0, T6, 2047);
    riscv64_float(&assembler, DO_FMUL, true, FT8, FT9, FT10);
    riscv64_jump_to(&assembler, T0, T1);
    riscv64_trap(&assembler);
    disassemble(assembler.bytes, assembler.size, "", "; ", text, sizeof text);
    CHECK(check_line(text, "subw s2, t6, a0; addi s2, t6, -2048; srai s2, t6, 63; lui s2, 524288; "
                           "lwu s2, -1(t6); fsw fs11, -1(t6); sb a0, 2047(t6); "
                           "fmul.d ft8, ft9, ft10, rne; jalr t0, t1; unimp"));
    assembler_reset(&assembler);
}

/* A number in every register and number of steps that constants take. */
static void test_constants(void) {
    static const struct {
        uint64_t bits;
        const char *text;
    } constants[] = {
        {0, "li t0, 0"},
        {UINT64_MAX, "li t0, -1"},
        {2047, "li t0, 2047"},
        {2048, "lui t0, 1; addiw t0, t0, -2048"},
        {0x7FFF'FFFF, "lui t0, 524288; addiw t0, t0, -1"},
        {0xFFFF'FFFF, "li t0, -1; srli t0, t0, 32"},
        {0x8000'0000, "li t0, 1; slli t0, t0, 31"},
        {0x8000'0000'0000'0000, "li t0, -1; slli t0, t0, 63"},
        {0x4330'0000'0000'0000, "li t0, 1075; slli t0, t0, 52"},
        {0x1'0000'0001, "li t0, 1; slli t0, t0, 32; addi t0, t0, 1"},
        {0x7FFF'FFFF'FFFF'FFFF, "li t0, -2; srli t0, t0, 1"},
        {0x1234'5678'9ABC'DEF0, "lui t0, 583; addiw t0, t0, -1875; slli t0, t0, 14; "
                                "addi t0, t0, -947; slli t0, t0, 12; addi t0, t0, 1511; "
                                "slli t0, t0, 13; addi t0, t0, -272"},
    };
    for (size_t i = 0; i < COUNT(constants); i++) {
        char text[512];
        riscv64_constant(&assembler, T0, constants[i].bits);
        disassemble(assembler.bytes, assembler.size, "", "; ", text, sizeof text);
        CHECK(check_line(text, constants[i].text));
        assembler_reset(&assembler);
    }
}

int main(void) {
    words = calloc(CASES_MAX, sizeof *words);
    expected = calloc(CASES_MAX, sizeof *expected);
    CHECK(words != nullptr && expected != nullptr);
    CHECK(assembler_init(&assembler, &target_riscv64, 0) == OK);
    for (size_t i = 0; i < COUNT(forms); i++) {
        add_form(&forms[i]);
    }
    test_functions();
    test_constants();
    test_words();
    test_compressed();
    assembler_fini(&assembler);
    free(words);
    free(expected);
    return check_finish("engine/target/riscv64/encode");
}
