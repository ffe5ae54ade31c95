/* SPDX-License-Identifier: MIT */
/* Reading a body that function_validate() has accepted: nothing is checked again. */
#include "body.h"

uint32_t read_long_u32(const uint8_t **at) {
    uint32_t value = 0;
    for (uint32_t shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

int64_t read_long_signed(const uint8_t **at) {
    uint64_t value = 0;
    uint32_t shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte >= 0x80);
    if (shift < 64 && (byte & 0x40)) {
        value |= UINT64_MAX << shift;
    }
    return (int64_t)value;
}

struct memory_access read_memory_access(const uint8_t **at) {
    constexpr uint32_t HAS_MEMORY = 64;
    uint32_t flags = read_leb_u32(at); /* and the alignment, a hint */
    struct memory_access access = {0};
    if ((flags & HAS_MEMORY) != 0) {
        access.memory = read_leb_u32(at);
    }
    access.offset = read_leb_u32(at);
    return access;
}

static void skip_vector(const uint8_t **at) {
    for (uint32_t count = read_leb_u32(at); count > 0; count--) {
        read_leb_u32(at);
    }
}

void skip_immediate(const uint8_t **at, enum immediate immediate) {
    switch (immediate) {
    case IMMEDIATE_NONE:
        break;
    case IMMEDIATE_F32:
        *at += 4;
        break;
    case IMMEDIATE_F64:
        *at += 8;
        break;
    case IMMEDIATE_BLOCK:
    case IMMEDIATE_I32:
    case IMMEDIATE_I64:
        read_leb_signed(at);
        break;
    case IMMEDIATE_LABELS:
        skip_vector(at);
        read_leb_u32(at);
        break;
    case IMMEDIATE_TYPES:
        skip_vector(at);
        break;
    case IMMEDIATE_MEMORY:
        read_memory_access(at);
        break;
    case IMMEDIATE_CALL_INDIRECT:
    case IMMEDIATE_DATA_MEMORY:
    case IMMEDIATE_MEMORY_MEMORY:
    case IMMEDIATE_ELEMENT_TABLE:
    case IMMEDIATE_TABLE_TABLE:
        read_leb_u32(at);
        read_leb_u32(at);
        break;
    default:
        read_leb_u32(at);
    }
}
