/* SPDX-License-Identifier: MIT */
/*
 * Constant expressions (specification 3.3.10, 5.4.9): one instruction that is constant, then `end`.
 * More than one, or none, could not have the one result that is wanted of it, so that is invalid.
 * The type of a global.get is left for validation.
 */
#include "decoder.h"

#include <engine/opcode.h>

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

/* An opcode where a constant instruction should be. */
static bool fail_opcode(struct decoder *decoder, uint8_t opcode) {
    decoder->bytes.at--;
    if (opcode == OPCODE_end) {
        return decoder_fail_invalid(decoder, "type mismatch: empty constant expression");
    }
    if (opcode != 0xFC && opcode_facts[opcode].text == nullptr) {
        return decoder_fail(decoder, "illegal opcode");
    }
    return decoder_fail_invalid(decoder, "constant expression required");
}

/* After the one instruction: the end, or more instructions that must still be well-formed. */
static bool read_rest(struct decoder *decoder) {
    struct constant ignored;
    uint8_t opcode;
    bool more = false;
    while (read_byte(decoder, &opcode)) {
        if (opcode == OPCODE_end) {
            return !more || decoder_fail_invalid(decoder, "type mismatch: constant expression "
                                                          "of more than one instruction");
        }
        constant_reader *reader = find_reader(opcode);
        if (reader == nullptr) {
            return fail_opcode(decoder, opcode);
        }
        if (!reader(decoder, &ignored)) {
            return false;
        }
        more = true;
    }
    return false;
}

bool read_constant(struct decoder *decoder, struct constant *out) {
    uint8_t opcode;
    if (!read_byte(decoder, &opcode)) {
        return false;
    }
    constant_reader *reader = find_reader(opcode);
    if (reader == nullptr) {
        return fail_opcode(decoder, opcode);
    }
    return reader(decoder, out) && read_rest(decoder);
}
