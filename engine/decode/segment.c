/* SPDX-License-Identifier: MIT */
/* Element, code and data sections (specification 5.5.12 to 5.5.16). */
#include "decoder.h"

/* The bits of the number that an element segment starts with. */
constexpr uint32_t ELEMENT_NOT_ACTIVE = 1;  /* passive or declarative */
constexpr uint32_t ELEMENT_EXPLICIT = 2;    /* active: with a table index; else declarative */
constexpr uint32_t ELEMENT_EXPRESSIONS = 4; /* expressions, else function indices */

static enum segment_mode element_mode(uint32_t flags) {
    if ((flags & ELEMENT_NOT_ACTIVE) == 0) {
        return SEGMENT_ACTIVE;
    }
    return (flags & ELEMENT_EXPLICIT) != 0 ? SEGMENT_DECLARATIVE : SEGMENT_PASSIVE;
}

/* The type of the elements: implied by the shortest forms, else a kind or a reference type. */
static bool read_element_type(struct decoder *decoder, uint32_t flags, enum value_type *out) {
    *out = TYPE_FUNCREF;
    if ((flags & (ELEMENT_NOT_ACTIVE | ELEMENT_EXPLICIT)) == 0) {
        return true;
    }
    if ((flags & ELEMENT_EXPRESSIONS) != 0) {
        return read_reference_type(decoder, out);
    }
    uint8_t kind;
    return read_byte(decoder, &kind) &&
           (kind == 0 || decoder_fail(decoder, "malformed element kind"));
}

static bool read_expression_item(struct decoder *decoder, void *item) {
    return read_constant(decoder, item);
}

static bool read_function_item(struct decoder *decoder, void *item) {
    uint32_t function;
    if (!read_u32(decoder, &function)) {
        return false;
    }
    *(struct constant *)item = (struct constant){CONSTANT_REF_FUNC, TYPE_FUNCREF, function};
    return true;
}

static bool read_element_items(struct decoder *decoder, uint32_t flags,
                               struct element_segment *out) {
    static const struct vector expressions = {LIMIT_TABLE_ELEMENTS, 3, sizeof(struct constant),
                                              read_expression_item};
    static const struct vector functions = {LIMIT_TABLE_ELEMENTS, 1, sizeof(struct constant),
                                            read_function_item};
    const struct vector *vector = (flags & ELEMENT_EXPRESSIONS) != 0 ? &expressions : &functions;
    return read_items(decoder, vector, &out->items, &out->count);
}

static bool read_element_place(struct decoder *decoder, uint32_t flags,
                               struct element_segment *out) {
    return ((flags & ELEMENT_EXPLICIT) == 0 || read_u32(decoder, &out->table)) &&
           read_constant(decoder, &out->offset);
}

static bool read_element_segment(struct decoder *decoder, void *item) {
    struct element_segment *out = item;
    uint32_t flags;
    if (!read_u32(decoder, &flags)) {
        return false;
    }
    if (flags > 7) {
        return decoder_fail(decoder, "malformed elements segment kind");
    }
    out->mode = element_mode(flags);
    return (out->mode != SEGMENT_ACTIVE || read_element_place(decoder, flags, out)) &&
           read_element_type(decoder, flags, &out->type) && read_element_items(decoder, flags, out);
}

bool read_element_section(struct decoder *decoder) {
    static const struct vector elements = {LIMIT_SEGMENTS, 3, sizeof(struct element_segment),
                                           read_element_segment};
    struct module *module = decoder->module;
    return read_items(decoder, &elements, &module->elements, &module->element_count);
}

bool read_data_count_section(struct decoder *decoder) {
    decoder->record->has_data_count = true;
    return read_u32(decoder, &decoder->data_count);
}

static bool read_body(struct decoder *decoder, void *item) {
    struct body *out = item;
    if (!read_u32(decoder, &out->size)) {
        return false;
    }
    if (out->size > LIMIT_BODY_SIZE) {
        return decoder_fail(decoder, "function body larger than this implementation allows");
    }
    out->start = (uint32_t)bytes_offset(&decoder->bytes);
    return bytes_skip(&decoder->bytes, out->size) || decoder_fail(decoder, "unexpected end");
}

bool read_code_section(struct decoder *decoder) {
    static const struct vector bodies = {LIMIT_FUNCTIONS, 1, sizeof(struct body), read_body};
    return read_items(decoder, &bodies, &decoder->module->bodies, &decoder->code_count);
}

static bool read_data_segment(struct decoder *decoder, void *item) {
    struct data_segment *out = item;
    uint32_t flags;
    if (!read_u32(decoder, &flags)) {
        return false;
    }
    if (flags > 2) {
        return decoder_fail(decoder, "malformed data segment kind");
    }
    out->mode = flags == 1 ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
    if ((flags == 2 && !read_u32(decoder, &out->memory)) ||
        (out->mode == SEGMENT_ACTIVE && !read_constant(decoder, &out->offset)) ||
        !read_u32(decoder, &out->size)) {
        return false;
    }
    out->start = (uint32_t)bytes_offset(&decoder->bytes);
    return bytes_skip(&decoder->bytes, out->size) || decoder_fail(decoder, "unexpected end");
}

bool read_data_section(struct decoder *decoder) {
    static const struct vector datas = {LIMIT_SEGMENTS, 2, sizeof(struct data_segment),
                                        read_data_segment};
    struct module *module = decoder->module;
    return read_items(decoder, &datas, &module->datas, &module->data_count);
}
