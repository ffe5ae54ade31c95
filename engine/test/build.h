/* SPDX-License-Identifier: MIT */
/* Modules made byte by byte, for tests: sections are begun, filled and ended. */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct build {
    uint8_t *bytes;
    size_t size, capacity;
};

static inline void build_bytes(struct build *build, const void *bytes, size_t size) {
    while (build->size + size > build->capacity) {
        build->capacity = 2 * build->capacity + 64;
        build->bytes = realloc(build->bytes, build->capacity);
    }
    memcpy(build->bytes + build->size, bytes, size);
    build->size += size;
}

static inline void build_byte(struct build *build, uint8_t byte) {
    build_bytes(build, &byte, 1);
}

#define BUILD(build, ...)                                                                          \
    build_bytes((build), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static inline void build_u32(struct build *build, uint32_t value) {
    for (; value >= 0x80; value >>= 7) {
        build_byte(build, (uint8_t)(value | 0x80));
    }
    build_byte(build, (uint8_t)value);
}

static inline void build_repeat(struct build *build, uint8_t byte, size_t count) {
    for (; count > 0; count--) {
        build_byte(build, byte);
    }
}

/* Appends `part` with its size before it, and empties it. */
static inline void build_part(struct build *build, struct build *part) {
    build_u32(build, (uint32_t)part->size);
    build_bytes(build, part->bytes, part->size);
    part->size = 0;
}

static inline void build_section(struct build *build, uint8_t id, struct build *content) {
    build_byte(build, id);
    build_part(build, content);
}

static inline struct build build_module(void) {
    struct build build = {};
    BUILD(&build, 0, 'a', 's', 'm', 1, 0, 0, 0);
    return build;
}

static inline void build_free(struct build *build) {
    free(build->bytes);
    *build = (struct build){};
}
