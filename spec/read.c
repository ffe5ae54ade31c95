/* SPDX-License-Identifier: MIT */
/* The form of <spec/pack.h>. Nothing is copied: texts and values are read where they lie. */
#include "runner.h"

bool text_read(struct bytes *bytes, struct text *out) {
    uint32_t size;
    struct bytes part;
    if (!bytes_read_u32(bytes, &size)) {
        return false;
    }
    if (size == SPEC_NONE) {
        *out = (struct text){};
        return true;
    }
    if (!bytes_read_part(bytes, size, &part)) {
        return false;
    }
    *out = (struct text){(const char *)part.at, size};
    return true;
}

static bool values_read(struct bytes *bytes, struct values *out) {
    return bytes_read_u32(bytes, &out->count) &&
           bytes_read_part(bytes, (size_t)out->count * SPEC_VALUE_SIZE, &out->bytes);
}

static bool kind_read(struct bytes *bytes, uint8_t last, uint8_t *out) {
    return bytes_read_u8(bytes, out) && *out <= last;
}

bool command_read(struct bytes *bytes, struct command *out) {
    uint8_t kind, action;
    bool good = kind_read(bytes, SPEC_UNKNOWN, &kind) && bytes_read_u32(bytes, &out->line) &&
                text_read(bytes, &out->name) && text_read(bytes, &out->other) &&
                text_read(bytes, &out->expected) && text_read(bytes, &out->module) &&
                kind_read(bytes, SPEC_GET, &action) && text_read(bytes, &out->action.module) &&
                text_read(bytes, &out->action.field) &&
                values_read(bytes, &out->action.arguments) && values_read(bytes, &out->results) &&
                values_read(bytes, &out->trace);
    if (good) {
        out->kind = (enum spec_kind)kind;
        out->action.kind = (enum spec_action)action;
    }
    return good;
}
