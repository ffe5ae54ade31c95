/* SPDX-License-Identifier: MIT */
/*
 * JSON in, <spec/pack.h> out. What a command does not have is written as missing, and what is not
 * understood as such: it is the runner that fails then, and only in that command. Writing goes to
 * memory, which fails at the end if at all (ferror, fclose).
 */
#include "pack.h"

#include <base/checked.h>
#include <base/string.h>
#include <jansson.h>
#include <spec/pack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void put_number(FILE *out, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++) {
        (void)putc((int)(number >> (8 * i) & 0xFF), out);
    }
}

static void put_bytes(FILE *out, const void *bytes, size_t size) {
    put_number(out, bytes != nullptr ? size : SPEC_NONE, 4);
    if (bytes != nullptr) {
        (void)fwrite(bytes, 1, size, out);
    }
}

static void put_text(FILE *out, const json_t *string) {
    put_bytes(out, json_string_value(string), json_string_length(string));
}

static const char *string_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != nullptr ? text : "";
}

/* ---- values ---- */

static bool has_type(const json_t *value, const char *type) {
    return strcmp(string_of(value, "type"), type) == 0;
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

static enum spec_value_kind nan_kind(const json_t *value, const char *text) {
    bool wide = has_type(value, "f64");
    if (strcmp(text, "nan:canonical") == 0) {
        return wide ? SPEC_CANONICAL_F64 : SPEC_CANONICAL_F32;
    }
    if (strcmp(text, "nan:arithmetic") == 0) {
        return wide ? SPEC_ARITHMETIC_F64 : SPEC_ARITHMETIC_F32;
    }
    if (strcmp(text, "nan:any") == 0) {
        return wide ? SPEC_ANY_NAN_F64 : SPEC_ANY_NAN_F32;
    }
    return SPEC_STRANGE;
}

static enum spec_value_kind number_kind(const json_t *value, uint64_t *bits) {
    const char *text = string_of(value, "value");
    return parse_bits(text, bits) ? SPEC_EXACT : nan_kind(value, text);
}

/* A reference: null, one of the host, or any that is not null. */
static enum spec_value_kind reference_kind(const json_t *value, uint64_t *bits) {
    const char *text = json_string_value(json_object_get(value, "value"));
    *bits = 0;
    if (has_type(value, "refnull") || (text != nullptr && strcmp(text, "null") == 0)) {
        return SPEC_EXACT;
    }
    if (text == nullptr) {
        return SPEC_NOT_NULL;
    }
    bool good = has_type(value, "externref") && parse_bits(text, bits);
    *bits += 1;
    return good ? SPEC_EXACT : SPEC_STRANGE;
}

static void put_value(FILE *out, const json_t *value) {
    uint64_t bits = 0;
    enum spec_value_kind kind =
        is_number(value) ? number_kind(value, &bits) : reference_kind(value, &bits);
    put_number(out, kind, 1);
    put_number(out, bits, 8);
}

/* How many values it is written as. */
static size_t value_size(const json_t *value) {
    return has_type(value, "either") ? 1 + json_array_size(json_object_get(value, "values")) : 1;
}

static void put_choices(FILE *out, const json_t *choices) {
    put_number(out, SPEC_EITHER, 1);
    put_number(out, json_array_size(choices), 8);
    for (size_t i = 0; i < json_array_size(choices); i++) {
        put_value(out, json_array_get(choices, i));
    }
}

static void put_values(FILE *out, const json_t *values) {
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(values); i++) {
        count += value_size(json_array_get(values, i));
    }
    put_number(out, count, 4);
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        if (has_type(value, "either")) {
            put_choices(out, json_object_get(value, "values"));
        } else {
            put_value(out, value);
        }
    }
}

/* "trace" is an addition of ours. */
static void put_trace(FILE *out, const json_t *trace) {
    put_number(out, json_array_size(trace), 4);
    for (size_t i = 0; i < json_array_size(trace); i++) {
        put_number(out, SPEC_EXACT, 1);
        put_number(out, (uint64_t)json_integer_value(json_array_get(trace, i)), 8);
    }
}

/* ---- modules ---- */

/* `file` in the folder of `path`. */
static FILE *open_beside(const char *path, const char *file) {
    const char *slash = strrchr(path, '/');
    int folder = slash != nullptr ? (int)(slash - path) + 1 : 0;
    char *whole;
    if (asprintf(&whole, "%.*s%s", folder, path, file) < 0) {
        return nullptr;
    }
    FILE *stream = fopen(whole, "rb");
    free(whole);
    return stream;
}

static void put_stream(FILE *out, FILE *stream) {
    struct stat facts;
    size_t size = fstat(fileno(stream), &facts) == 0 ? (size_t)facts.st_size : 0;
    uint8_t *bytes = malloc(size + 1);
    bool good = bytes != nullptr && fread(bytes, 1, size, stream) == size;
    put_bytes(out, good ? bytes : nullptr, size);
    free(bytes);
}

/* None when there is no such file. */
static void put_file(FILE *out, const char *path, const json_t *name) {
    FILE *stream = json_is_string(name) ? open_beside(path, json_string_value(name)) : nullptr;
    if (stream == nullptr) {
        put_bytes(out, nullptr, 0);
        return;
    }
    put_stream(out, stream);
    (void)fclose(stream);
}

/* ---- commands ---- */

/* What a command is, and under which keys its names are; NULL: it has none. */
struct kind {
    const char *type;
    enum spec_kind kind;
    const char *name, *other;
};

static const struct kind kinds[] = {
    {"module", SPEC_MODULE, "name", "filename"},
    {"module_definition", SPEC_DEFINITION, "name", "filename"},
    {"module_instance", SPEC_INSTANCE, "instance", "module"},
    {"register", SPEC_REGISTER, "name", "as"},
    {"action", SPEC_ACTION, nullptr, nullptr},
    {"assert_return", SPEC_RETURN, nullptr, nullptr},
    {"assert_trap", SPEC_TRAP, nullptr, nullptr},
    {"assert_exhaustion", SPEC_TRAP, nullptr, nullptr},
    {"assert_malformed", SPEC_MALFORMED, nullptr, "filename"},
    {"assert_invalid", SPEC_INVALID, nullptr, "filename"},
    {"assert_unlinkable", SPEC_UNLINKABLE, nullptr, "filename"},
    {"assert_uninstantiable", SPEC_UNINSTANTIABLE, nullptr, "filename"},
    {"assert_exception", SPEC_SKIP, nullptr, nullptr},
    {"assert_malformed_custom", SPEC_SKIP, nullptr, nullptr},
    {"assert_invalid_custom", SPEC_SKIP, nullptr, nullptr},
    {"thread", SPEC_SKIP, nullptr, nullptr},
    {"wait", SPEC_SKIP, nullptr, nullptr},
};

/* What has no binary is a test of the text format. */
static bool is_text(const struct kind *kind, const json_t *command) {
    return (kind->kind == SPEC_MALFORMED || kind->kind == SPEC_INVALID) &&
           json_object_get(command, "filename") == nullptr;
}

static struct kind kind_of(const json_t *command) {
    static const struct kind unknown = {"", SPEC_UNKNOWN, nullptr, "type"};
    static const struct kind text = {"", SPEC_SKIP, nullptr, nullptr};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (has_type(command, kinds[i].type)) {
            return is_text(&kinds[i], command) ? text : kinds[i];
        }
    }
    return unknown;
}

static const json_t *member(const json_t *object, const char *key) {
    return key != nullptr ? json_object_get(object, key) : nullptr;
}

static enum spec_action action_kind(const json_t *action) {
    return has_type(action, "invoke") ? SPEC_INVOKE
           : has_type(action, "get")  ? SPEC_GET
                                      : SPEC_NO_ACTION;
}

static void put_action(FILE *out, const json_t *action) {
    put_number(out, action_kind(action), 1);
    put_text(out, json_object_get(action, "module"));
    put_text(out, json_object_get(action, "field"));
    put_values(out, json_object_get(action, "args"));
}

static void put_command(FILE *out, const char *path, const json_t *command) {
    struct kind kind = kind_of(command);
    put_number(out, kind.kind, 1);
    put_number(out, (uint64_t)json_integer_value(json_object_get(command, "line")), 4);
    put_text(out, member(command, kind.name));
    put_text(out, member(command, kind.other));
    put_text(out, json_object_get(command, "text"));
    put_file(out, path, json_object_get(command, "filename"));
    put_action(out, json_object_get(command, "action"));
    put_values(out, json_object_get(command, "expected"));
    put_trace(out, json_object_get(command, "trace"));
}

static bool put_commands(FILE *out, const char *path, const json_t *root) {
    const json_t *list = json_object_get(root, "commands");
    const char *source = string_of(root, "source_filename");
    put_bytes(out, source[0] ? source : path, strlen(source[0] ? source : path));
    for (size_t i = 0; i < json_array_size(list); i++) {
        put_command(out, path, json_array_get(list, i));
    }
    return json_is_array(list);
}

/* Behind its size, which is known at the end. */
static bool put_script(FILE *out, const char *path, const json_t *root) {
    char *bytes = nullptr;
    size_t size = 0;
    FILE *script = open_memstream(&bytes, &size);
    bool good = script != nullptr && put_commands(script, path, root) && !ferror(script);
    good = script != nullptr && fclose(script) == 0 && good && size < SPEC_NONE;
    if (good) {
        put_bytes(out, bytes, size);
    }
    free(bytes);
    return good && !ferror(out);
}

bool pack_script(const char *path, FILE *out) {
    json_error_t error;
    json_t *root = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (root == nullptr) {
        fprintf(stderr, "copper spec: %s:%d: %s\n", path, error.line, error.text);
        return false;
    }
    bool good = put_script(out, path, root);
    if (!good) {
        fprintf(stderr, "copper spec: %s: no commands, or no memory\n", path);
    }
    json_decref(root);
    return good;
}
