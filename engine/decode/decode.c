/* SPDX-License-Identifier: MIT */
/*
 * Bytes into a module (specification 5.5): the preamble, then the sections in their one order. One
 * pass, linear in the size. Function bodies are only located here; their bytes are read by
 * validation.
 */
#include "decoder.h"

constexpr uint8_t SECTION_CUSTOM = 0;
constexpr uint8_t SECTION_LAST = 12;

struct section {
    section_reader *read;
    uint8_t rank; /* sections come in ascending rank */
};

static const struct section sections[] = {
    {read_custom_section, 0},      {read_type_section, 1},   {read_import_section, 2},
    {read_function_section, 3},    {read_table_section, 4},  {read_memory_section, 5},
    {read_global_section, 6},      {read_export_section, 7}, {read_start_section, 8},
    {read_element_section, 9},     {read_code_section, 11},  {read_data_section, 12},
    {read_data_count_section, 10},
};

static bool read_preamble(struct decoder *decoder) {
    static const uint8_t magic[] = {0, 'a', 's', 'm'}, version[] = {1, 0, 0, 0};
    const uint8_t *start = decoder->bytes.at;
    if (bytes_left(&decoder->bytes) < 4) {
        return decoder_fail(decoder, "unexpected end");
    }
    if (memcmp(start, magic, 4) != 0) {
        return decoder_fail(decoder, "magic header not detected");
    }
    if (bytes_left(&decoder->bytes) < 8) {
        return decoder_fail(decoder, "unexpected end");
    }
    if (memcmp(start + 4, version, 4) != 0) {
        return decoder_fail(decoder, "unknown binary version");
    }
    return bytes_skip(&decoder->bytes, 8);
}

/* Reads the section whose content decoder->bytes is limited to. */
static bool read_content(struct decoder *decoder, uint8_t id) {
    if (!sections[id].read(decoder)) {
        return false;
    }
    return bytes_left(&decoder->bytes) == 0 || decoder_fail(decoder, "section size mismatch");
}

static bool check_order(struct decoder *decoder, uint8_t id, uint8_t *rank) {
    if (id > SECTION_LAST) {
        return decoder_fail(decoder, "malformed section id");
    }
    if (id == SECTION_CUSTOM) {
        return true;
    }
    if (sections[id].rank <= *rank) {
        return decoder_fail(decoder, "unexpected content after last section: section out of order");
    }
    *rank = sections[id].rank;
    return true;
}

static bool read_section(struct decoder *decoder, uint8_t *rank) {
    struct bytes whole = decoder->bytes;
    uint8_t id;
    uint32_t size;
    if (!read_byte(decoder, &id) || !check_order(decoder, id, rank) || !read_u32(decoder, &size)) {
        return false;
    }
    if (size > bytes_left(&decoder->bytes)) {
        return decoder_fail(decoder, "unexpected end: section longer than the module");
    }
    const uint8_t *next = decoder->bytes.at + size;
    decoder->record->section_offsets[id] = (uint32_t)bytes_offset(&decoder->bytes);
    decoder->bytes.end = next;
    bool good = read_content(decoder, id);
    whole.at = next;
    if (good) {
        decoder->bytes = whole;
    }
    return good;
}

/* What sections say of one another. */
static bool check_counts(struct decoder *decoder) {
    if (decoder->code_count !=
        decoder->module->function_count - decoder->module->imported_functions) {
        return decoder_fail(decoder, "function and code section have inconsistent lengths");
    }
    if (decoder->record->has_data_count && decoder->data_count != decoder->module->data_count) {
        return decoder_fail(decoder, "data count and data section have inconsistent lengths");
    }
    return true;
}

static bool read_module(struct decoder *decoder) {
    uint8_t rank = 0;
    if (decoder->module->size > UINT32_MAX) {
        return decoder_fail(decoder, "module larger than this implementation allows");
    }
    if (!read_preamble(decoder)) {
        return false;
    }
    while (bytes_left(&decoder->bytes) > 0) {
        if (!read_section(decoder, &rank)) {
            return false;
        }
    }
    return check_counts(decoder);
}

status_t module_decode(struct module_record *record, struct module_error *error) {
    struct decoder decoder = {
        .record = record,
        .module = &record->module,
        .bytes = bytes_init(record->module.bytes, record->module.size),
        .error = error,
    };
    return read_module(&decoder) ? OK : decoder.status;
}
