/* SPDX-License-Identifier: MIT */
/*
 * The checked reads (specification 5.2 and 5.3): integers, names, types, limits. An error holds the
 * offset of the byte at which it was seen.
 */
#include "decoder.h"

#include <base/format.h>

bool decoder_fail(struct decoder *decoder, const char *text) {
    *decoder->error =
        (struct module_error){.offset = bytes_offset(&decoder->bytes), .function = UINT32_MAX};
    format_buffer(decoder->error->text, sizeof decoder->error->text, "%s", text);
    decoder->status = ERR_CORRUPT;
    return false;
}

bool decoder_fail_invalid(struct decoder *decoder, const char *text) {
    decoder_fail(decoder, text);
    decoder->error->invalid = true;
    return false;
}

bool decoder_fail_memory(struct decoder *decoder) {
    decoder_fail(decoder, "out of memory");
    decoder->status = ERR_NO_MEMORY;
    return false;
}

static bool fail_short(struct decoder *decoder) {
    return decoder_fail(decoder, "unexpected end");
}

void *decoder_allocate(struct decoder *decoder, size_t count, size_t size) {
    void *memory = pool_allocate(&decoder->record->pool, count, size);
    if (memory == nullptr) {
        decoder_fail_memory(decoder);
    }
    return memory;
}

bool read_byte(struct decoder *decoder, uint8_t *out) {
    return bytes_read_u8(&decoder->bytes, out) || fail_short(decoder);
}

/* Says why a LEB128 could not be read. */
static bool fail_integer(struct decoder *decoder) {
    return bytes_left(&decoder->bytes) == 0
               ? fail_short(decoder)
               : decoder_fail(decoder, "integer too long or too large");
}

bool read_u32(struct decoder *decoder, uint32_t *out) {
    return bytes_read_leb_u32(&decoder->bytes, out) || fail_integer(decoder);
}

static bool read_count(struct decoder *decoder, const struct vector *vector, uint32_t *out) {
    if (!read_u32(decoder, out)) {
        return false;
    }
    if (*out > bytes_left(&decoder->bytes) / vector->least) {
        return decoder_fail(decoder, "unexpected end: more items than bytes");
    }
    return *out <= vector->limit ||
           decoder_fail(decoder, "more items than this implementation allows");
}

bool read_vector(struct decoder *decoder, const struct vector *vector, const void **items,
                 uint32_t *count) {
    uint32_t more, before = *count;
    if (!read_count(decoder, vector, &more)) {
        return false;
    }
    uint8_t *array = decoder_allocate(decoder, (size_t)before + more, vector->size);
    if (array == nullptr) {
        return false;
    }
    if (before > 0) {
        memcpy(array, *items, (size_t)before * vector->size);
    }
    *items = array;
    for (uint32_t i = 0; i < more; i++) {
        decoder->left = more - i;
        if (!vector->read(decoder, array + ((size_t)before + i) * vector->size)) {
            return false;
        }
        *count = before + i + 1;
    }
    return true;
}

bool read_name(struct decoder *decoder, struct text *out) {
    uint32_t size;
    if (!read_u32(decoder, &size)) {
        return false;
    }
    const uint8_t *start = decoder->bytes.at;
    if (size > bytes_left(&decoder->bytes)) {
        return fail_short(decoder);
    }
    if (!utf8_valid(start, size)) {
        return decoder_fail(decoder, "malformed UTF-8 encoding");
    }
    *out = (struct text){(const char *)start, size};
    return bytes_skip(&decoder->bytes, size);
}

static bool is_reference(uint8_t byte) {
    return byte == TYPE_FUNCREF || byte == TYPE_EXTERNREF;
}

static bool is_number(uint8_t byte) {
    return byte >= TYPE_F64 && byte <= TYPE_I32;
}

bool read_value_type(struct decoder *decoder, enum value_type *out) {
    uint8_t byte;
    if (!read_byte(decoder, &byte)) {
        return false;
    }
    *out = (enum value_type)byte;
    return is_number(byte) || is_reference(byte) || decoder_fail(decoder, "malformed value type");
}

bool read_reference_type(struct decoder *decoder, enum value_type *out) {
    uint8_t byte;
    if (!read_byte(decoder, &byte)) {
        return false;
    }
    *out = (enum value_type)byte;
    return is_reference(byte) || decoder_fail(decoder, "malformed reference type");
}

static bool read_limits(struct decoder *decoder, struct limits *out) {
    uint8_t flags;
    *out = (struct limits){.maximum = UINT32_MAX};
    if (!read_byte(decoder, &flags)) {
        return false;
    }
    if (flags > 1) {
        return decoder_fail(decoder, "malformed limits flags");
    }
    out->has_maximum = flags == 1;
    return read_u32(decoder, &out->minimum) &&
           (!out->has_maximum || read_u32(decoder, &out->maximum));
}

bool read_table_type(struct decoder *decoder, struct table_type *out) {
    return read_reference_type(decoder, &out->element) && read_limits(decoder, &out->limits);
}

bool read_memory_type(struct decoder *decoder, struct memory_type *out) {
    return read_limits(decoder, &out->limits);
}

bool read_global_type(struct decoder *decoder, struct global_type *out) {
    uint8_t mutability;
    if (!read_value_type(decoder, &out->type) || !read_byte(decoder, &mutability)) {
        return false;
    }
    out->mutable = mutability == 1;
    return mutability <= 1 || decoder_fail(decoder, "malformed mutability");
}
