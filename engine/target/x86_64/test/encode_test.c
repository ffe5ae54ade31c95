/* SPDX-License-Identifier: MIT */
/*
 * The encoder against the distribution's disassembler: every operation in its forms, over registers
 * and addresses that are encoded specially (rsp, rbp, r12, r13, sil, displacements of 0, 1 and 4
 * bytes). Each case says what it must read as.
 */
#include "../encode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>
#include <unistd.h>

constexpr size_t TEXT_SIZE = 4096;

static struct assembler assembler;

[[noreturn]] static void give_up(const char *why) {
    fprintf(stderr, "encode_test: %s\n", why);
    exit(2);
}

/* Runs the disassembler over the assembled bytes; instructions end up separated by "; ". */
static void disassemble(char *text) {
    char name[] = "/tmp/encode_test.XXXXXX", command[256];
    int file = mkstemp(name);
    FILE *bytes = file < 0 ? nullptr : fdopen(file, "w");
    if (bytes == nullptr) {
        give_up("no temporary file");
    }
    for (uint32_t i = 0; i < assembler.size; i++) {
        fprintf(bytes, "0x%02x ", assembler.bytes[i]);
    }
    fclose(bytes);
    snprintf(command, sizeof command,
             "llvm-mc-19 --disassemble --triple=x86_64 --output-asm-variant=1 %s 2>&1", name);
    FILE *output = popen(command, "r");
    if (output == nullptr) {
        give_up("no llvm-mc-19");
    }
    char line[256];
    size_t size = 0;
    text[0] = 0;
    while (fgets(line, sizeof line, output) != nullptr) {
        char *start = line + strspn(line, "\t ");
        start[strcspn(start, "\n")] = 0;
        for (char *at = start; *at != 0; at++) {
            *at = *at == '\t' ? ' ' : *at;
        }
        if (start[0] != 0 && strncmp(start, ".text", 5) != 0 && size < TEXT_SIZE - 300) {
            size += (size_t)sprintf(text + size, "%s%s", size == 0 ? "" : "; ", start);
        }
    }
    pclose(output);
    unlink(name);
}

static void compare(const char *expected) {
    char text[TEXT_SIZE];
    disassemble(text);
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

static struct operand at(struct address address) {
    return (struct operand){.kind = OPERAND_ADDRESS, .address = address};
}

static void binary(enum opcode opcode, uint8_t to, uint8_t left, struct operand right,
                   const char *expected) {
    target_x86_64.binary(&assembler, opcode, to, left, &right);
    compare(expected);
}

static void test_arithmetic(void) {
    binary(OPCODE_i32_add, RDX, RDX, in(R8), "add edx, r8d");
    binary(OPCODE_i32_add, RDX, RSI, in(RDI), "lea edx, [rsi + rdi]");
    binary(OPCODE_i64_add, RDX, RBP, in(R13), "lea rdx, [rbp + r13]");
    binary(OPCODE_i64_add, R12, R13, in(R12), "add r12, r13");
    binary(OPCODE_i32_sub, RDX, RSI, in(RDX), "neg edx; add edx, esi");
    binary(OPCODE_i32_sub, RDX, RSI, in(R9), "mov edx, esi; sub edx, r9d");
    binary(OPCODE_i32_add, RDX, RDX, number(1), "add edx, 1");
    binary(OPCODE_i64_add, R9, R12, number(128), "lea r9, [r12 + 128]");
    binary(OPCODE_i32_sub, R9, RBP, number(8), "lea r9d, [rbp - 8]");
    binary(OPCODE_i64_sub, RDX, RDX, number(0xFFFF'FFFF'8000'0000), "sub rdx, -2147483648");
    binary(OPCODE_i64_and, RDX, RSI, number(0xFFFF'FFFF), "mov edx, esi");
    binary(OPCODE_i64_and, RSI, RSI, number(0xFFFF'FFFF), "and esi, -1");
    binary(OPCODE_i64_and, R8, R8, number(0x8000'0000), "and r8d, 2147483648");
    binary(OPCODE_i32_xor, RDI, RDI, number(0x1234), "xor edi, 4660");
    binary(OPCODE_i32_or, RDI, RBX, at(frame(8)), "mov edi, ebx; or edi, dword ptr [rsp + 8]");
    binary(OPCODE_i64_or, RDI, RDI, at(memory(R12, 0, 0)), "or rdi, qword ptr [r15 + r12]");
    binary(OPCODE_i32_add, RSI, RDX, at(memory(RSI, 4, 0)),
           "mov eax, edx; add eax, dword ptr [r15 + rsi + 4]; mov esi, eax");
    binary(OPCODE_i32_mul, RDX, RDX, in(R8), "imul edx, r8d");
    binary(OPCODE_i64_mul, RDX, RSI, in(RDX), "imul rdx, rsi");
    binary(OPCODE_i64_mul, RDX, RSI, number(1000), "imul rdx, rsi, 1000");
    binary(OPCODE_i32_mul, RSI, RDX, at(memory(RSI, 4, 0)),
           "mov ecx, dword ptr [r15 + rsi + 4]; imul ecx, edx; mov esi, ecx");
    target_x86_64.add_shifted(&assembler, OPCODE_i32_add, RDX, RBP, RSI, 3);
    compare("lea edx, [rbp + 8*rsi]");
}

static void test_shifts(void) {
    binary(OPCODE_i32_shl, RDX, RSI, number(35), "mov edx, esi; shl edx, 3");
    binary(OPCODE_i64_shr_s, RDX, RDX, in(R8), "mov ecx, r8d; sar rdx, cl");
    binary(OPCODE_i32_rotl, R8, RDX, in(R8), "mov ecx, r8d; mov r8d, edx; rol r8d, cl");
    binary(OPCODE_i64_rotr, RDX, RSI, at(frame(0)),
           "mov ecx, dword ptr [rsp]; mov rdx, rsi; ror rdx, cl");
    assembler.features = FEATURE_BMI2;
    binary(OPCODE_i64_shl, RDX, R9, in(R10), "shlx rdx, r9, r10");
    binary(OPCODE_i32_shr_s, R8, RSI, in(RDX), "sarx r8d, esi, edx");
    binary(OPCODE_i32_shr_u, R8, RSI, in(R11), "shrx r8d, esi, r11d");
    binary(OPCODE_i64_rotr, R8, RSI, number(7), "rorx r8, rsi, 7");
    binary(OPCODE_i32_rotl, RDX, R14, number(7), "rorx edx, r14d, 25");
    assembler.features = 0;
}

static void test_division(void) {
    binary(OPCODE_i32_div_u, RDX, RSI, number(10),
           "mov ecx, esi; movabs rax, 1844674407370955162; mul rcx");
    binary(OPCODE_i32_rem_s, RDI, RSI, number(10),
           "movsxd rcx, esi; movabs rax, 1844674407370955162; imul rcx; mov eax, ecx; shr rcx, 63; "
           "add edx, ecx; imul edx, edx, 10; sub eax, edx; mov edi, eax");
    binary(OPCODE_i64_div_s, RDI, RDX, number(0xFFFF'FFFF'FFFF'FFF6),
           "mov rcx, -10; mov rax, rdx; cqo; idiv rcx; mov rdi, rax");
    binary(OPCODE_i64_rem_u, RSI, RDX, number(7),
           "mov ecx, 7; mov rax, rdx; mov rdx, rax; or rdx, rcx; shr rdx, 32; jne 4; div ecx; "
           "jmp 5; xor edx, edx; div rcx; mov rsi, rdx");
    binary(OPCODE_i64_div_u, RSI, R8, number(7),
           "movabs rax, 2635249153387078803; mul r8; mov rcx, r8; sub rcx, rdx; shr rcx, 1; "
           "add rdx, rcx; shr rdx, 2; mov rsi, rdx");
}

static void unary(enum opcode opcode, uint8_t to, uint8_t from, const char *expected) {
    target_x86_64.unary(&assembler, opcode, to, from);
    compare(expected);
}

static void test_unary(void) {
    unary(OPCODE_i32_clz, RDX, R8,
          "mov ecx, 63; bsr eax, r8d; cmove eax, ecx; xor eax, 31; mov edx, eax");
    unary(OPCODE_i64_ctz, R8, RDX, "mov ecx, 64; bsf rax, rdx; cmove rax, rcx; mov r8, rax");
    unary(OPCODE_i32_extend8_s, RDX, RSI, "movsx edx, sil");
    unary(OPCODE_i64_extend8_s, R8, RBP, "movsx r8, bpl");
    unary(OPCODE_i32_extend16_s, RDX, R9, "movsx edx, r9w");
    unary(OPCODE_i64_extend32_s, RDX, R9, "movsxd rdx, r9d");
    unary(OPCODE_i64_extend_i32_s, RDX, RDX, "movsxd rdx, edx");
    unary(OPCODE_i64_extend_i32_u, RDX, RDX, "");
    unary(OPCODE_i32_wrap_i64, RDX, RDX, "mov edx, edx");
    unary(OPCODE_f64_sqrt, XMM2, XMM9, "sqrtsd xmm2, xmm9");
    unary(OPCODE_f32_neg, XMM2, XMM3,
          "pcmpeqd xmm0, xmm0; pslld xmm0, 31; xorps xmm0, xmm3; movaps xmm2, xmm0");
    unary(OPCODE_f64_abs, XMM2, XMM13,
          "pcmpeqd xmm0, xmm0; psrlq xmm0, 1; andps xmm0, xmm13; movaps xmm2, xmm0");
    unary(OPCODE_f64_promote_f32, XMM2, XMM3, "cvtss2sd xmm2, xmm3");
    unary(OPCODE_f32_demote_f64, XMM2, XMM3, "cvtsd2ss xmm2, xmm3");
    unary(OPCODE_f64_convert_i64_s, XMM2, R9, "xorps xmm2, xmm2; cvtsi2sd xmm2, r9");
    unary(OPCODE_f32_convert_i32_s, XMM2, R9, "xorps xmm2, xmm2; cvtsi2ss xmm2, r9d");
    unary(OPCODE_i64_reinterpret_f64, RDX, XMM8, "movq rdx, xmm8");
    unary(OPCODE_f32_reinterpret_i32, XMM8, RDX, "movd xmm8, edx");
    assembler.features = FEATURE_LZCNT | FEATURE_BMI1 | FEATURE_POPCNT | FEATURE_SSE41;
    unary(OPCODE_i64_clz, RDX, R8, "lzcnt rdx, r8");
    unary(OPCODE_i32_ctz, R8, RDX, "tzcnt r8d, edx");
    unary(OPCODE_i64_popcnt, RDX, RSI, "popcnt rdx, rsi");
    unary(OPCODE_f64_nearest, XMM2, XMM11, "roundsd xmm2, xmm11, 8");
    unary(OPCODE_f32_ceil, XMM2, XMM3, "roundss xmm2, xmm3, 10");
    assembler.features = 0;
}

static void test_floats(void) {
    binary(OPCODE_f64_add, XMM2, XMM3, in(XMM2), "addsd xmm2, xmm3");
    binary(OPCODE_f64_sub, XMM2, XMM3, in(XMM2),
           "movaps xmm0, xmm3; subsd xmm0, xmm2; movaps xmm2, xmm0");
    binary(OPCODE_f32_div, XMM2, XMM2, in(XMM12), "divss xmm2, xmm12");
    binary(OPCODE_f32_mul, XMM2, XMM10, at(memory(RSI, 16, 0)),
           "movaps xmm2, xmm10; mulss xmm2, dword ptr [r15 + rsi + 16]");
}

static void load(enum opcode opcode, uint8_t to, struct address address, const char *expected) {
    target_x86_64.load(&assembler, opcode, to, &address);
    compare(expected);
}

static void store(enum opcode opcode, struct operand from, struct address address,
                  const char *expected) {
    target_x86_64.store(&assembler, opcode, &from, &address);
    compare(expected);
}

static void bind(uint8_t to, struct address address, const char *expected) {
    target_x86_64.bind(&assembler, to, &address);
    compare(expected);
}

/* The index, or index plus offset, is the lesser of itself and the size before it is used. */
static void test_bounds(void) {
    bind(RSI, bound(RSI, 0, 0, BOUND_INSTANCE),
         "cmp rsi, qword ptr [r15 - 128]; cmovae rsi, qword ptr [r15 - 128]");
    bind(RDI, bound(R8, 0, 0, BOUND_INSTANCE),
         "mov rdi, qword ptr [r15 - 128]; cmp r8, rdi; cmovb rdi, r8");
    bind(R8, bound(R8, 0, 64, BOUND_MEMORY),
         "mov rcx, qword ptr [r15 - 128]; cmp r8, qword ptr [rcx + 8]; "
         "cmovae r8, qword ptr [rcx + 8]");
    bind(RDX, bound(R12, 0, 64, BOUND_MEMORY),
         "mov rcx, qword ptr [r15 - 128]; mov rdx, qword ptr [rcx + 8]; cmp r12, rdx; "
         "cmovb rdx, r12");
    load(OPCODE_i32_load, RDX, bound(RSI, BOUND_OFFSET_MAX + 1, 0, BOUND_INSTANCE),
         "lea rcx, [rsi + 16777209]; cmp rcx, qword ptr [r15 - 128]; "
         "cmovae rcx, qword ptr [r15 - 128]; mov edx, dword ptr [r15 + rcx]");
    load(OPCODE_i64_load8_u, RDI, bound(RDI, 0xFFFF'FFFF, 64, BOUND_INSTANCE),
         "mov ecx, 4294967295; add rcx, rdi; cmp rcx, qword ptr [r15 - 128]; "
         "cmovae rcx, qword ptr [r15 - 128]; mov rax, qword ptr [r15 - 64]; "
         "movzx edi, byte ptr [rax + rcx]");
    store(OPCODE_i64_store, number(5), bound(REGISTER_NONE, 8, 0, BOUND_INSTANCE),
          "mov ecx, 8; cmp rcx, qword ptr [r15 - 128]; cmovae rcx, qword ptr [r15 - 128]; "
          "mov qword ptr [r15 + rcx], 5");
    load(OPCODE_f64_load, XMM9, bound(R8, 0x100'0000, 64, BOUND_MEMORY),
         "lea rcx, [r8 + 16777216]; mov rax, qword ptr [r15 - 128]; cmp rcx, qword ptr [rax + 8]; "
         "cmovae rcx, qword ptr [rax + 8]; mov rax, qword ptr [r15 - 64]; "
         "movsd xmm9, qword ptr [rax + rcx]");
}

static void test_memory(void) {
    struct address global = {.kind = ADDRESS_INSTANCE, .offset = 4096};
    struct address pointer = {.kind = ADDRESS_POINTER, .reg = R13};
    load(OPCODE_i32_load, RDX, memory(RSI, 0, 0), "mov edx, dword ptr [r15 + rsi]");
    load(OPCODE_i64_load, R8, memory(R9, 0x7FFF'FFFF, 0),
         "mov r8, qword ptr [r15 + r9 + 2147483647]");
    load(OPCODE_f64_load, XMM9, memory(RDX, 0x8000'0000, 0),
         "mov ecx, 2147483648; add rcx, rdx; movsd xmm9, qword ptr [r15 + rcx]");
    load(
        OPCODE_f32_load, XMM2, memory(REGISTER_NONE, 0x1'0000'0000, 64),
        "movabs rcx, 4294967296; mov rax, qword ptr [r15 - 64]; movss xmm2, dword ptr [rax + rcx]");
    load(OPCODE_i32_load8_s, RDX, memory(REGISTER_NONE, 5, 0), "movsx edx, byte ptr [r15 + 5]");
    load(OPCODE_i64_load8_s, RDX, pointer, "movsx rdx, byte ptr [r13]");
    load(OPCODE_i64_load16_u, RDX, frame(128), "movzx edx, word ptr [rsp + 128]");
    load(OPCODE_i64_load32_s, RDX, frame(0), "movsxd rdx, dword ptr [rsp]");
    load(OPCODE_i64_load, RDX, global, "mov rdx, qword ptr [r15 - 4096]");
    store(OPCODE_i32_store8, in(RSI), memory(RDI, 1, 0), "mov byte ptr [r15 + rdi + 1], sil");
    store(OPCODE_i64_store16, in(R9), memory(RDI, 0, 0), "mov word ptr [r15 + rdi], r9w");
    store(OPCODE_i64_store, number(UINT64_MAX), frame(8), "mov qword ptr [rsp + 8], -1");
    store(OPCODE_i32_store16, number(0xABCD), memory(RDI, 0, 0), "mov word ptr [r15 + rdi], 43981");
    store(OPCODE_i32_store8, number(7), global, "mov byte ptr [r15 - 4096], 7");
    store(OPCODE_f64_store, in(XMM14), pointer, "movsd qword ptr [r13], xmm14");
}

static void branch(enum opcode opcode, bool inverted, uint8_t left, struct operand right,
                   const char *expected) {
    struct label label = label_unbound();
    struct test test = {opcode, inverted, left, right};
    target_x86_64.branch(&assembler, &test, &label);
    label_bind(&assembler, &label);
    compare(expected);
}

static void test_branches(void) {
    branch(OPCODE_i32_lt_s, false, RDX, in(R8), "cmp edx, r8d; jl 0");
    branch(OPCODE_i64_ge_u, true, RDX, number(5), "cmp rdx, 5; jb 0");
    branch(OPCODE_i32_eqz, true, RSI, number(0), "test esi, esi; jne 0");
    branch(OPCODE_i32_gt_s, false, RSI, number(0), "test esi, esi; jg 0");
    branch(OPCODE_i32_and, false, RSI, number(4), "test sil, 4; jne 0");
    branch(OPCODE_i64_and, true, RSI, number(0x100), "test rsi, 256; je 0");
    branch(OPCODE_i32_and, true, RSI, in(R9), "test r9d, esi; je 0");
    branch(OPCODE_i32_eq, false, RSI, at(memory(RDI, 0, 0)),
           "cmp esi, dword ptr [r15 + rdi]; je 0");
    branch(OPCODE_f64_lt, false, XMM2, in(XMM3), "ucomisd xmm3, xmm2; ja 0");
    branch(OPCODE_f64_lt, true, XMM2, in(XMM3), "ucomisd xmm3, xmm2; jbe 0");
    branch(OPCODE_f32_ge, false, XMM2, at(frame(4)), "ucomiss xmm2, dword ptr [rsp + 4]; jae 0");
    branch(OPCODE_f64_eq, false, XMM2, in(XMM3), "ucomisd xmm2, xmm3; jp 6; je 0");
    branch(OPCODE_f64_ne, false, XMM2, in(XMM3), "ucomisd xmm2, xmm3; jp 6; jne 0");
}

static void test_choices(void) {
    struct test less = {OPCODE_i32_lt_u, false, RDX, in(RSI)};
    struct test equal = {OPCODE_f64_eq, false, XMM2, in(XMM3)};
    target_x86_64.set(&assembler, RDI, &less);
    compare("cmp edx, esi; setb dil; movzx edi, dil");
    target_x86_64.set(&assembler, RDI, &equal);
    compare("ucomisd xmm2, xmm3; sete al; setnp cl; and eax, ecx; movzx edi, al");
    target_x86_64.select(&assembler, TYPE_I32, RDX, RDX, RDI, &less);
    compare("cmp edx, esi; cmovae rdx, rdi");
    target_x86_64.select(&assembler, TYPE_I64, R8, RDX, RDI, &less);
    compare("cmp edx, esi; mov r8, rdi; cmovb r8, rdx");
    target_x86_64.select(&assembler, TYPE_F64, XMM2, XMM3, XMM2, &less);
    compare("cmp edx, esi; jae 3; movaps xmm2, xmm3");
    target_x86_64.select(&assembler, TYPE_I32, RDI, RSI, RDI, &equal);
    compare("ucomisd xmm2, xmm3; mov rax, rdi; mov rdi, rsi; cmovne rdi, rax; cmovp rdi, rax");
}

static void test_moves(void) {
    target_x86_64.move(&assembler, TYPE_I32, RDX, R14);
    compare("mov edx, r14d");
    target_x86_64.move(&assembler, TYPE_F32, XMM8, XMM3);
    compare("movaps xmm8, xmm3");
    target_x86_64.constant(&assembler, TYPE_I64, R8, 0);
    compare("xor r8d, r8d");
    target_x86_64.constant(&assembler, TYPE_I32, R8, 0x1'8000'0000);
    compare("mov r8d, 2147483648");
    target_x86_64.constant(&assembler, TYPE_I64, RDX, 0x1234'5678'9ABC);
    compare("movabs rdx, 20015998343868");
    target_x86_64.constant(&assembler, TYPE_F64, XMM2, 0x3FF0'0000'0000'0000);
    compare("movabs rcx, 4607182418800017408; movq xmm2, rcx");
    target_x86_64.constant(&assembler, TYPE_F32, XMM12, 0);
    compare("xorps xmm12, xmm12");
}

static void test_frames(void) {
    struct frame_plan plan = {
        .size = 64, .saved = set_of(RBX) | set_of(R12) | set_of(XMM10), .keeps_base = true};
    uint32_t size;
    target_x86_64.prologue(&assembler, &plan, &size);
    compare("push r15; push rbx; push r12; sub rsp, 40; movsd qword ptr [rsp + 32], xmm10");
    target_x86_64.epilogue(&assembler, &plan);
    compare("movsd xmm10, qword ptr [rsp + 32]; add rsp, 40; pop r12; pop rbx; pop r15; ret");
    target_x86_64.call_defined(&assembler, 100);
    compare("mov rax, qword ptr [r15 - 24]; call qword ptr [rax + 800]");
    target_x86_64.zero_frame(&assembler, 16, 20);
    compare("mov eax, 0; mov ecx, 20; mov qword ptr [rsp + 8*rcx + 8], rax; sub ecx, 1; jne -10");
}

int main(void) {
    CHECK(assembler_init(&assembler, &target_x86_64, 0) == OK);
    test_arithmetic();
    test_shifts();
    test_division();
    test_unary();
    test_floats();
    test_memory();
    test_bounds();
    test_branches();
    test_choices();
    test_moves();
    test_frames();
    assembler_fini(&assembler);
    return check_finish("engine/target/x86_64/encode");
}
