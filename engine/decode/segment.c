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

static bool read_element_item(struct decoder *decoder, uint32_t flags, struct constant *out) {
    if ((flags & ELEMENT_EXPRESSIONS) != 0) {
        return read_constant(decoder, out);
    }
    uint32_t function;
    if (!read_u32(decoder, &function)) {
        return false;
    }
    *out = (struct constant){CONSTANT_REF_FUNC, TYPE_FUNCREF, function};
    return true;
}

static bool read_element_items(struct decoder *decoder, uint32_t flags,
                               struct element_segment *out) {
    uint32_t least = (flags & ELEMENT_EXPRESSIONS) != 0 ? 3 : 1;
    if (!read_count(decoder, LIMIT_TABLE_ELEMENTS, least, &out->count)) {
        return false;
    }
    struct constant *items = decoder_allocate(decoder, out->count, sizeof *items);
    if (items == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < out->count; i++) {
        if (!read_element_item(decoder, flags, &items[i])) {
            return false;
        }
    }
    out->items = items;
    return true;
}

static bool read_element_segment(struct decoder *decoder, struct element_segment *out) {
    uint32_t flags;
    if (!read_u32(decoder, &flags)) {
        return false;
    }
    if (flags > 7) {
        return decoder_fail(decoder, "malformed elements segment kind");
    }
    out->mode = element_mode(flags);
    if (out->mode == SEGMENT_ACTIVE) {
        if (((flags & ELEMENT_EXPLICIT) != 0 && !read_u32(decoder, &out->table)) ||
            !read_constant(decoder, &out->offset)) {
            return false;
        }
    }
    return read_element_type(decoder, flags, &out->type) && read_element_items(decoder, flags, out);
}

bool read_element_section(struct decoder *decoder) {
    uint32_t count;
    if (!read_count(decoder, LIMIT_SEGMENTS, 3, &count)) {
        return false;
    }
    struct element_segment *elements = decoder_allocate(decoder, count, sizeof *elements);
    if (elements == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_element_segment(decoder, &elements[i])) {
            return false;
        }
    }
    decoder->module->elements = elements;
    decoder->module->element_count = count;
    return true;
}

bool read_data_count_section(struct decoder *decoder) {
    decoder->has_data_count = true;
    decoder->record->has_data_count = true;
    return read_u32(decoder, &decoder->data_count);
}

static bool read_body(struct decoder *decoder, struct body *out) {
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
    uint32_t count;
    if (!read_count(decoder, LIMIT_FUNCTIONS, 1, &count)) {
        return false;
    }
    struct body *bodies = decoder_allocate(decoder, count, sizeof *bodies);
    if (bodies == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_body(decoder, &bodies[i])) {
            return false;
        }
    }
    decoder->module->bodies = bodies;
    decoder->code_count = count;
    return true;
}

static bool read_data_segment(struct decoder *decoder, struct data_segment *out) {
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
    uint32_t count;
    if (!read_count(decoder, LIMIT_SEGMENTS, 2, &count)) {
        return false;
    }
    struct data_segment *datas = decoder_allocate(decoder, count, sizeof *datas);
    if (datas == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_data_segment(decoder, &datas[i])) {
            return false;
        }
    }
    decoder->module->datas = datas;
    decoder->module->data_count = count;
    return true;
}
