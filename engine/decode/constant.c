/* SPDX-License-Identifier: MIT */
/*
 * Constant expressions (specification 3.0, 3.4.13 and 5.4.11): constants, and additions,
 * subtractions and multiplications of integers. One instruction is kept as it is; several stay in
 * the bytes and are read again, by validation, which sees to all types, and by each evaluation.
 * Always holds: what is accepted here leaves one operand, and never has more than
 * LIMIT_CONSTANT_DEPTH.
 */
#include "decoder.h"

#include <base/ensure.h>

typedef bool constant_reader(struct decoder *decoder, struct constant *out);

static bool fail_integer(struct decoder *decoder) {
    return decoder_fail(decoder, "unexpected end, or integer too long or too large");
}

static bool read_i32(struct decoder *decoder, struct constant *out) {
    int32_t value;
    if (!bytes_read_leb_s32(&decoder->bytes, &value)) {
        return fail_integer(decoder);
    }
    *out = (struct constant){CONSTANT_VALUE, TYPE_I32, (uint32_t)value};
    return true;
}

static bool read_i64(struct decoder *decoder, struct constant *out) {
    int64_t value;
    if (!bytes_read_leb_s64(&decoder->bytes, &value)) {
        return fail_integer(decoder);
    }
    *out = (struct constant){CONSTANT_VALUE, TYPE_I64, (uint64_t)value};
    return true;
}

static bool read_f32(struct decoder *decoder, struct constant *out) {
    uint32_t bits;
    if (!bytes_read_u32(&decoder->bytes, &bits)) {
        return decoder_fail(decoder, "unexpected end");
    }
    *out = (struct constant){CONSTANT_VALUE, TYPE_F32, bits};
    return true;
}

static bool read_f64(struct decoder *decoder, struct constant *out) {
    uint64_t bits;
    if (!bytes_read_u64(&decoder->bytes, &bits)) {
        return decoder_fail(decoder, "unexpected end");
    }
    *out = (struct constant){CONSTANT_VALUE, TYPE_F64, bits};
    return true;
}

static bool read_global(struct decoder *decoder, struct constant *out) {
    uint32_t index;
    if (!read_u32(decoder, &index)) {
        return false;
    }
    *out = (struct constant){CONSTANT_GLOBAL, TYPE_ANY, index};
    return true;
}

static bool read_null(struct decoder *decoder, struct constant *out) {
    *out = (struct constant){.kind = CONSTANT_REF_NULL};
    return read_reference_type(decoder, &out->type);
}

static bool read_function(struct decoder *decoder, struct constant *out) {
    uint32_t index;
    if (!read_u32(decoder, &index)) {
        return false;
    }
    *out = (struct constant){CONSTANT_REF_FUNC, TYPE_FUNCREF, index};
    return true;
}

static constant_reader *find_reader(uint8_t opcode) {
    switch (opcode) {
    case OPCODE_i32_const:
        return read_i32;
    case OPCODE_i64_const:
        return read_i64;
    case OPCODE_f32_const:
        return read_f32;
    case OPCODE_f64_const:
        return read_f64;
    case OPCODE_global_get:
        return read_global;
    case OPCODE_ref_null:
        return read_null;
    case OPCODE_ref_func:
        return read_function;
    default:
        return nullptr;
    }
}

static bool is_arithmetic(uint8_t opcode) {
    return (opcode >= OPCODE_i32_add && opcode <= OPCODE_i32_mul) ||
           (opcode >= OPCODE_i64_add && opcode <= OPCODE_i64_mul);
}

/* An opcode where a constant instruction should be. */
static bool fail_opcode(struct decoder *decoder, uint8_t opcode) {
    decoder->bytes.at--;
    if (opcode != 0xFC && opcode_facts[opcode].text == nullptr) {
        return decoder_fail(decoder, "illegal opcode");
    }
    return decoder_fail_invalid(decoder, "constant expression required");
}

/* An instruction whose opcode was read; takes and gives operands of `depth`. */
static bool read_step(struct decoder *decoder, struct constant_step *step, uint32_t *depth) {
    if (is_arithmetic((uint8_t)step->opcode)) {
        if (*depth < 2) {
            return decoder_fail_invalid(decoder, "type mismatch: nothing to take");
        }
        --*depth;
        return true;
    }
    constant_reader *reader = find_reader((uint8_t)step->opcode);
    if (reader == nullptr) {
        return fail_opcode(decoder, (uint8_t)step->opcode);
    }
    if (*depth == LIMIT_CONSTANT_DEPTH) {
        return decoder_fail(decoder, "constant expression deeper than this implementation allows");
    }
    ++*depth;
    return reader(decoder, &step->operand);
}

bool read_constant(struct decoder *decoder, struct constant *out) {
    size_t start = bytes_offset(&decoder->bytes);
    uint32_t depth = 0, count = 0;
    uint8_t opcode;
    struct constant_step step;
    for (; read_byte(decoder, &opcode) && opcode != OPCODE_end; count++) {
        step.opcode = (enum opcode)opcode;
        if (!read_step(decoder, &step, &depth)) {
            return false;
        }
    }
    if (decoder->status != OK) {
        return false;
    }
    if (depth != 1) {
        return decoder_fail_invalid(decoder,
                                    "type mismatch: a constant expression must leave one value");
    }
    *out = count == 1 ? step.operand : (struct constant){CONSTANT_EXPRESSION, TYPE_ANY, start};
    return true;
}

bool constant_step_read(const struct module *module, size_t *at, struct constant_step *out) {
    struct module_error ignored;
    struct decoder decoder = {.bytes = bytes_init(module->bytes, module->size), .error = &ignored};
    uint32_t depth = 2; /* was checked already */
    uint8_t opcode;
    bool good = bytes_skip(&decoder.bytes, *at) && read_byte(&decoder, &opcode);
    ensure(good);
    out->opcode = (enum opcode)opcode;
    if (opcode == OPCODE_end) {
        return false;
    }
    good = read_step(&decoder, out, &depth);
    ensure(good);
    *at = bytes_offset(&decoder.bytes);
    return true;
}
