/* SPDX-License-Identifier: MIT */
/*
 * Validation of one function body: its locals, then one pass over its instructions. What only takes
 * and gives values by a fixed signature is done from a table here; every other instruction has a
 * function in control.c, variable.c or store.c.
 */
#include "validator.h"

#include <base/bytes.h>

/* A signature of opcode.def as numbers. */
struct signature {
    uint8_t operand_count, result_count;
    enum value_type operands[3];
    enum value_type result;
};

#define CHARACTER(text, i) ((text "\0\0\0\0")[i])
#define TYPE_OF(c)                                                                                 \
    ((c) == 'i'   ? TYPE_I32                                                                       \
     : (c) == 'I' ? TYPE_I64                                                                       \
     : (c) == 'f' ? TYPE_F32                                                                       \
     : (c) == 'F' ? TYPE_F64                                                                       \
                  : TYPE_ANY)
#define COLON(text)                                                                                \
    (CHARACTER(text, 0) == ':'   ? 0                                                               \
     : CHARACTER(text, 1) == ':' ? 1                                                               \
     : CHARACTER(text, 2) == ':' ? 2                                                               \
                                 : 3)

static const struct signature signatures[OPCODE_COUNT] = {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    [OPCODE_##symbol] = {COLON(signature),                                                         \
                         CHARACTER(signature, COLON(signature) + 1) != 0,                          \
                         {TYPE_OF(CHARACTER(signature, 0)), TYPE_OF(CHARACTER(signature, 1)),      \
                          TYPE_OF(CHARACTER(signature, 2))},                                       \
                         TYPE_OF(CHARACTER(signature, COLON(signature) + 1))},
#include <engine/opcode.def>
#undef OPCODE
};

/* Operands that are not all there, or not all of the right type, or unreachable. */
[[gnu::noinline]] static bool apply_slow(struct validator *v, const struct signature *signature) {
    for (uint32_t i = signature->operand_count; i > 0; i--) {
        if (!pop(v, signature->operands[i - 1])) {
            return false;
        }
    }
    return signature->result_count == 0 || push(v, signature->result);
}

/* Takes one or two operands and gives the result of a fixed signature, which needs no more room. */
static inline bool apply(struct validator *v, uint32_t opcode) {
    const struct signature *signature = &signatures[opcode];
    uint32_t count = signature->operand_count;
    if (count - 1 > 1 || (size_t)(v->top - v->floor) < count) {
        return apply_slow(v, signature);
    }
    enum value_type *first = v->top - count;
    if (first[0] != signature->operands[0] || first[count - 1] != signature->operands[count - 1]) {
        return apply_slow(v, signature);
    }
    *first = signature->result;
    v->top = first + signature->result_count;
    return true;
}

static bool numeric(struct validator *v, uint32_t opcode) {
    return apply(v, opcode);
}

[[gnu::noinline]] static bool take_access(struct validator *v, uint32_t opcode) {
    constexpr uint32_t HAS_MEMORY = 64;
    uint32_t flags, offset, memory = 0;
    if (!take_u32(v, &flags)) {
        return false;
    }
    uint32_t align = flags & ~HAS_MEMORY;
    if (align >= 32) {
        return fail_malformed(v, "malformed memop flags");
    }
    if (((flags & HAS_MEMORY) != 0 && !take_u32(v, &memory)) || !take_u32(v, &offset)) {
        return false;
    }
    if (memory >= v->module->memory_count) {
        return fail_index(v, "memory", memory);
    }
    return align <= opcode_facts[opcode].log2_width ||
           fail_invalid(v, "alignment must not be larger than natural");
}

/* Memory 0, and an offset of one byte or two: most accesses. */
static inline bool skip_access(struct validator *v, uint32_t opcode) {
    const uint8_t *at = v->at;
    if (v->end - at < 3 || at[0] > opcode_facts[opcode].log2_width ||
        (at[1] >= 0x80 && at[2] >= 0x80) || v->module->memory_count == 0) {
        return false;
    }
    v->at = at + 2 + (at[1] >= 0x80);
    return true;
}

static bool access(struct validator *v, uint32_t opcode) {
    return (skip_access(v, opcode) || take_access(v, opcode)) && apply(v, opcode);
}

static bool skip_integer(struct validator *v, bool wide) {
    struct bytes bytes = {v->at, v->at, v->end};
    int32_t narrow_value;
    int64_t wide_value;
    bool good =
        wide ? bytes_read_leb_s64(&bytes, &wide_value) : bytes_read_leb_s32(&bytes, &narrow_value);
    v->at = bytes.at;
    return good ||
           fail_malformed(v, v->at == v->end ? "unexpected end" : "integer too long or too large");
}

static bool skip_bytes(struct validator *v, size_t size) {
    if (size > (size_t)(v->end - v->at)) {
        return fail_malformed(v, "unexpected end");
    }
    v->at += size;
    return true;
}

/* An integer of up to four bytes, of which every one is in the range of both types. */
static inline bool skip_short_integer(struct validator *v) {
    constexpr ptrdiff_t SHORT = 4;
    const uint8_t *end = v->end - v->at > SHORT ? v->at + SHORT : v->end;
    for (const uint8_t *at = v->at; at < end; at++) {
        if (*at < 0x80) {
            v->at = at + 1;
            return true;
        }
    }
    return false;
}

static bool constant_i32_const(struct validator *v, uint32_t opcode) {
    return (skip_short_integer(v) || skip_integer(v, false)) && push(v, TYPE_I32);
}

static bool constant_i64_const(struct validator *v, uint32_t opcode) {
    return (skip_short_integer(v) || skip_integer(v, true)) && push(v, TYPE_I64);
}

static bool constant_f32_const(struct validator *v, uint32_t opcode) {
    return skip_bytes(v, 4) && push(v, TYPE_F32);
}

static bool constant_f64_const(struct validator *v, uint32_t opcode) {
    return skip_bytes(v, 8) && push(v, TYPE_F64);
}

/* Which function treats an instruction: one for a whole family, or one of its own. */
#define HANDLER_CONTROL(symbol)    validate_##symbol
#define HANDLER_PARAMETRIC(symbol) validate_##symbol
#define HANDLER_LOCAL(symbol)      validate_##symbol
#define HANDLER_GLOBAL(symbol)     validate_##symbol
#define HANDLER_TABLE(symbol)      validate_##symbol
#define HANDLER_MEMORY(symbol)     validate_##symbol
#define HANDLER_REFERENCE(symbol)  validate_##symbol
#define HANDLER_LOAD(symbol)       access
#define HANDLER_STORE(symbol)      access
#define HANDLER_CONSTANT(symbol)   constant_##symbol
#define HANDLER_COMPARE(symbol)    numeric
#define HANDLER_UNARY(symbol)      numeric
#define HANDLER_BINARY(symbol)     numeric
#define HANDLER_CONVERT(symbol)    numeric

static bool prefixed(struct validator *v, uint32_t opcode);

constexpr uint32_t PREFIX = 0xFC;

/* Where there is none, the opcode is illegal. */
static instruction_handler *const handlers[OPCODE_COUNT] = {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    [OPCODE_##symbol] = HANDLER_##family(symbol),
#include <engine/opcode.def>
#undef OPCODE
    [PREFIX] = prefixed,
};

/* What the number behind the prefix byte says. */
static bool prefixed(struct validator *v, uint32_t opcode) {
    uint32_t number;
    if (!take_u32(v, &number)) {
        return false;
    }
    if (number >= OPCODE_PREFIXED_COUNT) {
        return fail_malformed(v, "illegal opcode");
    }
    return handlers[OPCODE_PREFIXED + number](v, OPCODE_PREFIXED + number);
}

static bool validate_instruction(struct validator *v) {
    v->start = v->at;
    uint32_t opcode = *v->at;
    instruction_handler *handler = handlers[opcode];
    if (handler == nullptr) {
        return fail_malformed(v, "illegal opcode");
    }
    v->at++;
    return handler(v, opcode);
}

static bool validate_instructions(struct validator *v) {
    while (v->at < v->end) {
        if (!validate_instruction(v)) {
            return false;
        }
    }
    return v->control == nullptr || fail_malformed(v, "unexpected end: END opcode expected");
}

/* One run of the declaration. */
static bool take_run(struct validator *v, uint32_t index) {
    struct local_run *run = &v->scratch->runs[index];
    uint32_t count;
    if (!take_u32(v, &count) || !take_value_type(v, &run->type)) {
        return false;
    }
    if (!checked_add(v->local_count, count, &v->local_count)) {
        return fail_malformed(v, "too many locals");
    }
    run->end = v->local_count;
    return v->local_count <= LIMIT_LOCALS ||
           fail_malformed(v, "too many locals for this implementation");
}

static bool take_runs(struct validator *v) {
    if (!take_u32(v, &v->run_count)) {
        return false;
    }
    if (v->run_count > (size_t)(v->end - v->at) / 2) {
        return fail_malformed(v, "unexpected end: more locals than bytes");
    }
    struct validate_scratch *scratch = v->scratch;
    if (!scratch_reserve((void **)&scratch->runs, &scratch->run_capacity, 0, v->run_count,
                         sizeof *scratch->runs)) {
        return fail_memory(v);
    }
    for (uint32_t i = 0; i < v->run_count; i++) {
        if (!take_run(v, i)) {
            return false;
        }
    }
    return true;
}

/* Writes out the types of the first `count` locals. */
static void lay_out(const struct validator *v, enum value_type *types, uint32_t count) {
    uint32_t at = v->parameter_count < count ? v->parameter_count : count;
    if (at > 0) {
        memcpy(types, v->type->parameters, at);
    }
    for (const struct local_run *run = v->scratch->runs; at < count; run++) {
        uint32_t end = run->end < count ? run->end : count;
        memset(types + at, run->type, end - at);
        at = end;
    }
}

/* A few bytes can declare very many locals, so only as many as the body has bytes are laid
 * out. */
static bool take_locals(struct validator *v) {
    size_t size = (size_t)(v->end - v->at);
    v->parameter_count = v->local_count = v->type->parameter_count;
    if (!take_runs(v)) {
        return false;
    }
    struct validate_scratch *scratch = v->scratch;
    v->local_quick = v->local_count < size ? v->local_count : (uint32_t)size;
    if (!scratch_reserve((void **)&scratch->locals, &scratch->local_capacity, 0, v->local_quick,
                         sizeof *scratch->locals)) {
        return fail_memory(v);
    }
    lay_out(v, scratch->locals, v->local_quick);
    v->locals = scratch->locals;
    v->local_near = v->local_quick < 0x80 ? v->local_quick : 0x80;
    return notes_begin(v);
}

/* What the passes to come need room for. */
static void measure(const struct validator *v, struct body *body) {
    body->local_count = v->local_count;
    body->operand_depth = (uint32_t)(v->peak - v->scratch->operands);
    body->control_depth = v->control_peak;
}

static bool validate_body(struct validator *v, struct body *body) {
    if (!take_locals(v) || !control_push(v, OPCODE_block, v->type) || !validate_instructions(v)) {
        return false;
    }
    measure(v, body);
    return notes_write(v);
}

status_t function_validate(const struct module *module, uint32_t function, struct body *body,
                           struct validate_scratch *scratch, struct module_error *error) {
    const uint8_t *start = module->bytes + body->start;
    struct validator v = {
        .at = start,
        .end = start + body->size,
        .start = start,
        .top = scratch->operands,
        .floor = scratch->operands,
        .peak = scratch->operands,
        .limit = scratch->operands + scratch->operand_capacity,
        .module = module,
        .type = module_function_type(module, function),
        .scratch = scratch,
        .function = function,
        .error = error,
    };
    bool good = validate_body(&v, body);
    notes_clear(scratch);
    return good ? OK : v.status;
}

const uint8_t *validate_notes(const struct validate_scratch *scratch, uint32_t *size) {
    *size = scratch->written_size;
    return scratch->written;
}

status_t validate_scratch_create(struct validate_scratch **out) {
    struct validate_scratch *scratch = port_allocate(sizeof *scratch);
    if (scratch == nullptr) {
        return ERR_NO_MEMORY;
    }
    *scratch = (struct validate_scratch){};
    if (!scratch_reserve((void **)&scratch->operands, &scratch->operand_capacity, 0, 1024,
                         sizeof *scratch->operands) ||
        !scratch_reserve((void **)&scratch->controls, &scratch->control_capacity, 0, 64,
                         sizeof *scratch->controls)) {
        validate_scratch_destroy(scratch);
        return ERR_NO_MEMORY;
    }
    *out = scratch;
    return OK;
}

static void release(void *array, uint32_t capacity, size_t size) {
    if (capacity > 0) {
        port_release(array, capacity * size);
    }
}

void validate_scratch_destroy(struct validate_scratch *scratch) {
    if (scratch == nullptr) {
        return;
    }
    release(scratch->operands, scratch->operand_capacity, sizeof *scratch->operands);
    release(scratch->controls, scratch->control_capacity, sizeof *scratch->controls);
    release(scratch->runs, scratch->run_capacity, sizeof *scratch->runs);
    release(scratch->locals, scratch->local_capacity, sizeof *scratch->locals);
    release(scratch->notes, scratch->note_capacity, sizeof *scratch->notes);
    release(scratch->used, scratch->used_capacity, sizeof *scratch->used);
    release(scratch->written, scratch->written_capacity, 1);
    port_release(scratch, sizeof *scratch);
}
