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
    status_t status;     /* what a failure means */
    uint32_t data_count; /* of the data count section */
    uint32_t code_count; /* of the code section */
    uint32_t left;       /* items of the vector that is read, with the current one */
};

bool decoder_fail(struct decoder *decoder, const char *text);         /* malformed */
bool decoder_fail_invalid(struct decoder *decoder, const char *text); /* well-formed, not valid */
bool decoder_fail_memory(struct decoder *decoder);

/* An array of the module's; NULL: told already. */
void *decoder_allocate(struct decoder *decoder, size_t count, size_t size);

bool read_byte(struct decoder *decoder, uint8_t *out);
bool read_u32(struct decoder *decoder, uint32_t *out);

/* How the items of a vector are read. */
struct vector {
    uint32_t limit; /* most items */
    uint32_t least; /* bytes that an item takes at least */
    uint32_t size;  /* of an item in memory */
    bool (*read)(struct decoder *decoder, void *item);
};

/* Reads a vector behind the *count items that are in the array *items already: it moves. Also after
 * a failure these are the items that were read. */
bool read_vector(struct decoder *decoder, const struct vector *vector, const void **items,
                 uint32_t *count);
#define read_items(decoder, vector, items, count)                                                  \
    read_vector((decoder), (vector), (const void **)(items), (count))

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
