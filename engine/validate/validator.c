/* SPDX-License-Identifier: MIT */
/* Errors, immediates and working memory of validation. */
#include "validator.h"

#include <base/bytes.h>
#include <base/format.h>

static struct module_error *start_error(struct validator *v, const uint8_t *at) {
    *v->error =
        (struct module_error){.offset = (size_t)(at - v->module->bytes), .function = v->function};
    v->status = ERR_CORRUPT;
    return v->error;
}

static void say(struct module_error *error, const char *text) {
    format_buffer(error->text, sizeof error->text, "%s", text);
}

bool fail_malformed(struct validator *v, const char *text) {
    say(start_error(v, v->at), text);
    return false;
}

bool fail_invalid(struct validator *v, const char *text) {
    struct module_error *error = start_error(v, v->start);
    error->invalid = true;
    say(error, text);
    return false;
}

bool fail_index(struct validator *v, const char *what, uint32_t index) {
    struct module_error *error = start_error(v, v->start);
    error->invalid = true;
    format_buffer(error->text, sizeof error->text, "unknown %s %u", what, index);
    return false;
}

bool fail_limit(struct validator *v, const char *text) {
    say(start_error(v, v->start), text);
    return false;
}

bool fail_memory(struct validator *v) {
    say(start_error(v, v->start), "out of memory");
    v->status = ERR_NO_MEMORY;
    return false;
}

static const char *type_text(enum value_type type) {
    switch (type) {
    case TYPE_I32:
        return "i32";
    case TYPE_I64:
        return "i64";
    case TYPE_F32:
        return "f32";
    case TYPE_F64:
        return "f64";
    case TYPE_FUNCREF:
        return "funcref";
    case TYPE_EXTERNREF:
        return "externref";
    case TYPE_ANY:
        break;
    }
    return "nothing";
}

bool fail_type(struct validator *v, enum value_type expected, enum value_type found) {
    struct module_error *error = start_error(v, v->start);
    error->invalid = true;
    format_buffer(error->text, sizeof error->text, "type mismatch: expected %s, found %s",
                  type_text(expected), type_text(found));
    return false;
}

bool scratch_reserve(void **array, uint32_t *capacity, uint32_t keep, uint32_t count, size_t size) {
    if (count <= *capacity) {
        return true;
    }
    uint64_t larger = count > 2 * (uint64_t)*capacity ? count : 2 * (uint64_t)*capacity;
    if (larger > UINT32_MAX) {
        return false;
    }
    void *memory = port_allocate(larger * size);
    if (memory == nullptr) {
        return false;
    }
    if (*capacity > 0) {
        memcpy(memory, *array, keep * size);
        port_release(*array, *capacity * size);
    }
    *array = memory;
    *capacity = (uint32_t)larger;
    return true;
}

bool take_u32_slow(struct validator *v, uint32_t *out) {
    struct bytes bytes = {v->at, v->at, v->end};
    bool good = bytes_read_leb_u32(&bytes, out);
    v->at = bytes.at;
    if (good) {
        return true;
    }
    return fail_malformed(v, v->at == v->end ? "unexpected end" : "integer too long or too large");
}

bool take_value_type(struct validator *v, enum value_type *out) {
    if (v->at == v->end) {
        return fail_malformed(v, "unexpected end");
    }
    uint8_t byte = *v->at;
    if ((byte < TYPE_F64 || byte > TYPE_I32) && byte != TYPE_FUNCREF && byte != TYPE_EXTERNREF) {
        return fail_malformed(v, "malformed value type");
    }
    *out = (enum value_type)byte;
    v->at++;
    return true;
}

bool take_reference_type(struct validator *v, enum value_type *out) {
    if (v->at < v->end && *v->at != TYPE_FUNCREF && *v->at != TYPE_EXTERNREF) {
        return fail_malformed(v, "malformed reference type");
    }
    return take_value_type(v, out);
}
