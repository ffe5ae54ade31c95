/* SPDX-License-Identifier: MIT */
/*
 * What the files of decode/ share: the reader of one module and its checked reads. Each returns
 * false after having said in decoder->error what is wrong and where; callers just pass that on.
 */
#pragma once
#include <base/bytes.h>
#include <engine/private.h>

struct decoder {
    struct module_record *record;
    struct module *module; /* in the record */
    struct bytes bytes;    /* what is left of the section */
    struct module_error *error;
    status_t status; /* what a failure means */
    bool has_data_count;
    uint32_t data_count;    /* of the data count section */
    uint32_t defined_count; /* of the function section */
    uint32_t code_count;    /* of the code section */
};

bool decoder_fail(struct decoder *decoder, const char *text);         /* malformed */
bool decoder_fail_invalid(struct decoder *decoder, const char *text); /* well-formed, not valid */
bool decoder_fail_memory(struct decoder *decoder);

/* An array of the module's; NULL: told already. */
void *decoder_allocate(struct decoder *decoder, size_t count, size_t size);
/* A copy of `count` items with room for `more`; NULL: told already. */
void *decoder_extend(struct decoder *decoder, const void *items, uint32_t count, uint32_t more,
                     size_t size);

bool read_byte(struct decoder *decoder, uint8_t *out);
bool read_u32(struct decoder *decoder, uint32_t *out);
/* The length of a vector whose items take at least `least` bytes each: at most `limit`. */
bool read_count(struct decoder *decoder, uint32_t limit, uint32_t least, uint32_t *out);
bool read_name(struct decoder *decoder, struct text *out);
bool read_value_type(struct decoder *decoder, enum value_type *out);
bool read_reference_type(struct decoder *decoder, enum value_type *out);
bool read_table_type(struct decoder *decoder, struct table_type *out);
bool read_memory_type(struct decoder *decoder, struct memory_type *out);
bool read_global_type(struct decoder *decoder, struct global_type *out);
bool read_constant(struct decoder *decoder, struct constant *out);

/* The sections, by id. */
typedef bool section_reader(struct decoder *decoder);
section_reader read_custom_section, read_type_section, read_import_section, read_function_section,
    read_table_section, read_memory_section, read_global_section, read_export_section,
    read_start_section, read_element_section, read_code_section, read_data_section,
    read_data_count_section;
