/* SPDX-License-Identifier: MIT */
/* The opcodes as an enum and a table; the list is opcode.def. */
#pragma once
#include <stdint.h>

enum immediate : uint8_t {
    IMMEDIATE_NONE,
    IMMEDIATE_BLOCK,          /* block type: s33 */
    IMMEDIATE_LABEL,          /* u32 */
    IMMEDIATE_LABELS,         /* vector of u32, then u32 */
    IMMEDIATE_FUNCTION,       /* u32 */
    IMMEDIATE_CALL_INDIRECT,  /* u32 type, u32 table */
    IMMEDIATE_TYPES,          /* vector of value types */
    IMMEDIATE_LOCAL,          /* u32 */
    IMMEDIATE_GLOBAL,         /* u32 */
    IMMEDIATE_TABLE,          /* u32 */
    IMMEDIATE_MEMORY,         /* u32 alignment, u32 offset */
    IMMEDIATE_MEMORY_INDEX,   /* u32 */
    IMMEDIATE_I32,            /* s32 */
    IMMEDIATE_I64,            /* s64 */
    IMMEDIATE_F32,            /* 4 bytes */
    IMMEDIATE_F64,            /* 8 bytes */
    IMMEDIATE_REFERENCE_TYPE, /* a reference type */
    IMMEDIATE_DATA_MEMORY,    /* u32 data, u32 memory */
    IMMEDIATE_DATA,           /* u32 */
    IMMEDIATE_MEMORY_MEMORY,  /* u32 to, u32 from */
    IMMEDIATE_ELEMENT_TABLE,  /* u32 element, u32 table */
    IMMEDIATE_ELEMENT,        /* u32 */
    IMMEDIATE_TABLE_TABLE,    /* u32 to, u32 from */
};

enum family : uint8_t {
    FAMILY_NONE, /* no such opcode */
    FAMILY_CONTROL,
    FAMILY_PARAMETRIC,
    FAMILY_LOCAL,
    FAMILY_GLOBAL,
    FAMILY_TABLE,
    FAMILY_LOAD,
    FAMILY_STORE,
    FAMILY_MEMORY,
    FAMILY_CONSTANT,
    FAMILY_COMPARE,
    FAMILY_UNARY,
    FAMILY_BINARY,
    FAMILY_CONVERT,
    FAMILY_REFERENCE,
};

/* Dense: opcodes of the 0xFC prefix follow the one-byte ones at OPCODE_PREFIXED. */
constexpr uint32_t OPCODE_PREFIXED = 0x100;
constexpr uint32_t OPCODE_PREFIXED_COUNT = 18;
constexpr uint32_t OPCODE_COUNT = OPCODE_PREFIXED + OPCODE_PREFIXED_COUNT;

enum opcode : uint16_t {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    OPCODE_##symbol = (code) < 0x100 ? (code) : (code) - 0xFC00 + 0x100,
#include <engine/opcode.def>
#undef OPCODE
};

struct opcode_facts {
    const char *text; /* NULL when there is no such opcode */
    const char *signature;
    enum immediate immediate;
    enum family family;
    uint8_t log2_width;
};

extern const struct opcode_facts opcode_facts[OPCODE_COUNT];
