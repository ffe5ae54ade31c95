/* SPDX-License-Identifier: MIT */
/*
 * Values of the scripts. Numbers are decimal strings of their bits. A host reference n is the word
 * n + 1, because 0 is null.
 */
#include "runner.h"

#include <stdlib.h>
#include <string.h>

static bool has_type(const json_t *value, const char *type) {
    const char *text = json_string_value(json_object_get(value, "type"));
    return text != nullptr && strcmp(text, type) == 0;
}

static bool is_number(const json_t *value) {
    return has_type(value, "i32") || has_type(value, "i64") || has_type(value, "f32") ||
           has_type(value, "f64");
}

static bool parse_bits(const char *text, uint64_t *out) {
    char *end;
    *out = strtoull(text, &end, 10);
    return end != text && *end == 0;
}

bool value_parse(const json_t *value, uint64_t *out) {
    const char *text = json_string_value(json_object_get(value, "value"));
    if (text == nullptr) {
        return false;
    }
    if (is_number(value)) {
        return parse_bits(text, out);
    }
    if (strcmp(text, "null") == 0) {
        *out = 0;
        return true;
    }
    uint64_t host;
    if (!has_type(value, "externref") || !parse_bits(text, &host)) {
        return false;
    }
    *out = host + 1;
    return true;
}

/* The two kinds of NaN (specification 2.2.3): canonical has only the top bit of the fraction set,
 * arithmetic has it set too. Any, our own, may be a signalling one: it was only moved. */
static bool nan_matches(const json_t *expected, const char *kind, uint64_t value) {
    bool wide = has_type(expected, "f64");
    uint64_t sign = wide ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
    uint64_t quiet = wide ? UINT64_C(0x7FF8) << 48 : UINT64_C(0x7FC0) << 16;
    uint64_t infinity = wide ? UINT64_C(0x7FF0) << 48 : UINT64_C(0x7F80) << 16;
    if (strcmp(kind, "nan:any") == 0) {
        return (value & ~sign) > infinity;
    }
    if (strcmp(kind, "nan:canonical") == 0) {
        return (value & ~sign) == quiet;
    }
    return (value & quiet) == quiet;
}

static bool either_matches(const json_t *expected, uint64_t value) {
    const json_t *choices = json_object_get(expected, "values");
    for (size_t i = 0; i < json_array_size(choices); i++) {
        if (value_matches(json_array_get(choices, i), value)) {
            return true;
        }
    }
    return false;
}

bool value_matches(const json_t *expected, uint64_t value) {
    if (has_type(expected, "either")) {
        return either_matches(expected, value);
    }
    if (has_type(expected, "refnull")) {
        return value == 0;
    }
    const char *text = json_string_value(json_object_get(expected, "value"));
    if (text == nullptr) {
        return !is_number(expected) && value != 0;
    }
    if (is_number(expected) && strncmp(text, "nan:", 4) == 0) {
        return nan_matches(expected, text, value);
    }
    uint64_t wanted;
    return value_parse(expected, &wanted) && wanted == value;
}
