/* SPDX-License-Identifier: MIT */
/* Values of the scripts, read one after the other, and results compared with them. */
#include "runner.h"

bool values_next(struct values *values, struct value *out) {
    uint8_t kind;
    if (values->count == 0 || !bytes_read_u8(&values->bytes, &kind) ||
        !bytes_read_u64(&values->bytes, &out->bits)) {
        return false;
    }
    out->kind = kind < SPEC_STRANGE ? (enum spec_value_kind)kind : SPEC_STRANGE;
    values->count--;
    return true;
}

static bool matches_exactly(uint64_t wanted, uint64_t value) {
    return value == wanted;
}

/* Canonical has only the top bit of the fraction set, arithmetic has it set too. Any may be a
 * signalling one: it was only moved. */
constexpr uint64_t QUIET_32 = UINT64_C(0x7FC0) << 16, QUIET_64 = UINT64_C(0x7FF8) << 48;
constexpr uint64_t SIGN_32 = UINT64_C(1) << 31, SIGN_64 = UINT64_C(1) << 63;
constexpr uint64_t INFINITY_32 = UINT64_C(0x7F80) << 16, INFINITY_64 = UINT64_C(0x7FF0) << 48;

static bool is_canonical_32(uint64_t wanted, uint64_t value) {
    return (value & ~SIGN_32) == QUIET_32;
}

static bool is_canonical_64(uint64_t wanted, uint64_t value) {
    return (value & ~SIGN_64) == QUIET_64;
}

static bool is_arithmetic_32(uint64_t wanted, uint64_t value) {
    return (value & QUIET_32) == QUIET_32;
}

static bool is_arithmetic_64(uint64_t wanted, uint64_t value) {
    return (value & QUIET_64) == QUIET_64;
}

static bool is_nan_32(uint64_t wanted, uint64_t value) {
    return (value & ~SIGN_32) > INFINITY_32;
}

static bool is_nan_64(uint64_t wanted, uint64_t value) {
    return (value & ~SIGN_64) > INFINITY_64;
}

static bool is_not_null(uint64_t wanted, uint64_t value) {
    return value != 0;
}

static bool is_nothing(uint64_t wanted, uint64_t value) {
    return false;
}

static bool (*const kinds[])(uint64_t wanted, uint64_t value) = {
    [SPEC_EXACT] = matches_exactly,
    [SPEC_CANONICAL_F32] = is_canonical_32,
    [SPEC_CANONICAL_F64] = is_canonical_64,
    [SPEC_ARITHMETIC_F32] = is_arithmetic_32,
    [SPEC_ARITHMETIC_F64] = is_arithmetic_64,
    [SPEC_ANY_NAN_F32] = is_nan_32,
    [SPEC_ANY_NAN_F64] = is_nan_64,
    [SPEC_NOT_NULL] = is_not_null,
    [SPEC_EITHER] = is_nothing,
    [SPEC_STRANGE] = is_nothing,
};

bool values_match(struct values *expected, uint64_t value) {
    struct value one;
    bool matches = false;
    if (!values_next(expected, &one)) {
        return false;
    }
    if (one.kind != SPEC_EITHER) {
        return kinds[one.kind](one.bits, value);
    }
    for (uint64_t choices = one.bits; choices > 0 && values_next(expected, &one); choices--) {
        matches |= kinds[one.kind](one.bits, value);
    }
    return matches;
}

uint32_t values_count(struct values values) {
    uint32_t count = 0;
    struct value one;
    while (values_next(&values, &one)) {
        count++;
        for (uint64_t choices = one.kind == SPEC_EITHER ? one.bits : 0;
             choices > 0 && values_next(&values, &one); choices--) {
        }
    }
    return count;
}
