/* SPDX-License-Identifier: MIT */
/*
 * Functions are compiled twice: first all of them into a file, which objdump then disassembles as
 * it is read; and once more each, to know which instruction stands where. That the two agree is a
 * property of the compiler: the same bytes make the same code.
 */
#include "dump.h"
#include "command.h"
#include "elf.h"
#include <base/bytes.h>
#include <engine/opcode.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An instruction of the module and where its code begins in the function's. */
struct mark {
    uint32_t pc, offset;
};

struct dump {
    struct compiler *compiler;
    struct module *module;
    FILE *out;
    FILE *code;    /* of all functions; NULL: there is no place for it */
    FILE *listing; /* what objdump prints; NULL: it is not there */
    struct mark *marks;
    size_t count, capacity;
    size_t passed; /* bytes of the functions before this one */
    /* Where code begins for sure: at functions, and behind tables of addresses. */
    uint64_t *starts;
    size_t start_count, start_capacity;
    /* The next line of the listing: where, and its text behind the address; "": the end. */
    size_t line_at;
    char line[512];
};

static void note(void *data, uint32_t pc, uint32_t offset) {
    struct dump *dump = data;
    if (dump->count > 0 && offset <= dump->marks[dump->count - 1].offset) {
        dump->count = 0; /* from the beginning, with longer branches */
    }
    if (dump->count == dump->capacity) {
        dump->capacity = dump->capacity == 0 ? 1024 : 2 * dump->capacity;
        struct mark *larger = realloc(dump->marks, dump->capacity * sizeof *larger);
        if (larger == nullptr) {
            exit(command_failed("out of memory"));
        }
        dump->marks = larger;
    }
    dump->marks[dump->count++] = (struct mark){pc, offset};
}

/* ---- what objdump says ---- */

static void start_add(struct dump *dump, uint64_t at) {
    if (dump->start_count == dump->start_capacity) {
        dump->start_capacity = dump->start_capacity == 0 ? 1024 : 2 * dump->start_capacity;
        uint64_t *larger = realloc(dump->starts, dump->start_capacity * sizeof *larger);
        if (larger == nullptr) {
            exit(command_failed("out of memory"));
        }
        dump->starts = larger;
    }
    dump->starts[dump->start_count++] = at;
}

/* What follows br_table's code follows its table. */
static void starts_of(struct dump *dump, uint64_t function) {
    start_add(dump, function);
    for (size_t i = 1; i < dump->count; i++) {
        if (dump->module->bytes[dump->marks[i - 1].offset] == OPCODE_br_table) {
            start_add(dump, function + dump->marks[i].pc);
        }
    }
}

static bool write_code(struct dump *dump) {
    const struct module *module = dump->module;
    uint64_t passed = 0;
    bool good = true;
    for (uint32_t i = module->imported_functions; good && i < module->function_count; i++) {
        struct code_draft draft;
        dump->count = 0;
        if (function_compile(dump->compiler, dump->module, i, &draft) == OK) {
            starts_of(dump, passed);
            good = fwrite(draft.bytes, 1, draft.size, dump->code) == draft.size;
            passed += draft.size;
        }
    }
    return good;
}

/* Lines of the listing are "  ADDRESS: BYTES \tTEXT"; others are passed over. */
static void line_next(struct dump *dump) {
    while (dump->listing != nullptr && fgets(dump->line, sizeof(dump->line), dump->listing)) {
        char *end;
        dump->line_at = strtoull(dump->line, &end, 16);
        if (end != dump->line && *end == ':') {
            end += 1 + strspn(end + 1, " \t");
            memmove(dump->line, end, strlen(end) + 1);
            return;
        }
    }
    dump->line_at = SIZE_MAX;
    dump->line[0] = 0;
}

/* A disassembler reads the file, which has no name, through this process's descriptor: that of
 * LLVM, which knows every CPU, or else objdump. Without either in PATH there is an empty listing.
 */
static void listing_open(struct dump *dump, const char *cpu) {
    char command[256];
    const char *features = strcmp(cpu, "riscv64") == 0 ? "--mattr=+m,+a,+f,+d,+c" : "";
    dump->code = tmpfile();
    if (dump->code == nullptr || !elf_begin(dump->code) || !write_code(dump) ||
        !elf_finish(dump->code, elf_machine(cpu), dump->starts, dump->start_count)) {
        return;
    }
    (void)snprintf(
        command, sizeof(command),
        "for d in 'llvm-objdump-19 %s' 'llvm-objdump %s' objdump; do "
        "command -v ${d%%%% *} >/dev/null && exec $d -d /proc/%ld/fd/%d 2>/dev/null; done",
        features, features, (long)getpid(), fileno(dump->code));
    dump->listing = popen(command, "r"); /* NOLINT: a fixed command; PATH is the user's own */
    line_next(dump);
}

/* ---- printing ---- */

static void print_code(struct dump *dump, const struct code_draft *draft, uint32_t from,
                       uint32_t to) {
    if (dump->line[0] == 0 && from < to) {
        for (uint32_t i = from; i < to; i++) {
            fprintf(dump->out, i % 16 == from % 16 ? "%s%8x:\t%02x" : "%s %02x",
                    i > from && i % 16 == from % 16 ? "\n" : "", (uint32_t)dump->passed + i,
                    draft->bytes[i]);
        }
        fputc('\n', dump->out);
    }
    while (dump->line[0] != 0 && dump->line_at < dump->passed + to) {
        fprintf(dump->out, "%8zx:\t%s", dump->line_at, dump->line);
        line_next(dump);
    }
}

/* How many LEB128 numbers follow an opcode, and whether they have a sign. */
static const struct {
    uint8_t count;
    bool is_signed;
} numbers[] = {
    [IMMEDIATE_BLOCK] = {1, true},
    [IMMEDIATE_LABEL] = {1, false},
    [IMMEDIATE_FUNCTION] = {1, false},
    [IMMEDIATE_CALL_INDIRECT] = {2, false},
    [IMMEDIATE_LOCAL] = {1, false},
    [IMMEDIATE_GLOBAL] = {1, false},
    [IMMEDIATE_TABLE] = {1, false},
    [IMMEDIATE_MEMORY] = {2, false},
    [IMMEDIATE_MEMORY_INDEX] = {1, false},
    [IMMEDIATE_I32] = {1, true},
    [IMMEDIATE_I64] = {1, true},
    [IMMEDIATE_DATA_MEMORY] = {2, false},
    [IMMEDIATE_DATA] = {1, false},
    [IMMEDIATE_MEMORY_MEMORY] = {2, false},
    [IMMEDIATE_ELEMENT_TABLE] = {2, false},
    [IMMEDIATE_ELEMENT] = {1, false},
    [IMMEDIATE_TABLE_TABLE] = {2, false},
};

static void print_numbers(FILE *out, struct bytes *bytes, enum immediate immediate) {
    bool known = immediate < sizeof(numbers) / sizeof(numbers[0]);
    for (uint8_t i = 0; known && i < numbers[immediate].count; i++) {
        uint32_t number;
        int64_t signed_number;
        if (numbers[immediate].is_signed && bytes_read_leb_s64(bytes, &signed_number)) {
            fprintf(out, " %" PRId64, signed_number);
        } else if (!numbers[immediate].is_signed && bytes_read_leb_u32(bytes, &number)) {
            fprintf(out, " %" PRIu32, number);
        }
    }
}

static void print_instruction(struct dump *dump, uint32_t offset) {
    const struct module *module = dump->module;
    struct bytes bytes = bytes_init(module->bytes + offset, module->size - offset);
    uint8_t byte = 0;
    uint32_t opcode, number = 0;
    (void)bytes_read_u8(&bytes, &byte); /* the module is valid */
    opcode = byte;
    if (byte == 0xFC && bytes_read_leb_u32(&bytes, &number)) {
        opcode = OPCODE_PREFIXED + number;
    }
    fprintf(dump->out, "%#10x %s", offset, opcode_facts[opcode].text);
    print_numbers(dump->out, &bytes, opcode_facts[opcode].immediate);
    fputc('\n', dump->out);
}

static void print_function(struct dump *dump, const struct code_draft *draft, uint32_t function,
                           struct text name) {
    const struct body *body = &dump->module->bodies[function - dump->module->imported_functions];
    fprintf(dump->out,
            "\nfunction %u <%.*s>: %u bytes at %#x; code of %u bytes at %#zx, frame of %u\n",
            function, (int)name.size, name.bytes, body->size, body->start, draft->size,
            dump->passed, draft->frame_size);
    uint32_t at = 0;
    for (size_t i = 0; i < dump->count; i++) {
        print_code(dump, draft, at, dump->marks[i].pc);
        at = dump->marks[i].pc;
        print_instruction(dump, dump->marks[i].offset);
    }
    print_code(dump, draft, at, draft->size);
}

bool dump_module(struct compiler *compiler, struct module *module, const char *cpu, FILE *out) {
    struct dump dump = {.compiler = compiler, .module = module, .out = out};
    struct function_names names;
    compiler_watch(compiler, (struct compile_watch){note, &dump});
    listing_open(&dump, cpu);
    function_names_init(&names, module);
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        struct code_draft draft;
        dump.count = 0;
        if (function_compile(compiler, module, i, &draft) == OK) {
            print_function(&dump, &draft, i, function_names_find(&names, i));
            dump.passed += draft.size;
        }
    }
    compiler_watch(compiler, (struct compile_watch){nullptr, nullptr});
    if (dump.listing != nullptr) {
        pclose(dump.listing);
    }
    if (dump.code != nullptr) {
        (void)fclose(dump.code);
    }
    free(dump.marks);
    free(dump.starts);
    return fflush(out) == 0 || command_failed("cannot write") == OK;
}
