/* SPDX-License-Identifier: MIT */
/*
 * Reading a body that function_validate() has accepted: nothing is checked again. The shortest form
 * of each is read here, the others in body.c.
 */
#pragma once
#include <engine/opcode.h>

/* What follows the opcode of a load or store. */
struct memory_access {
    uint32_t memory, offset;
};

uint32_t read_long_u32(const uint8_t **at);
int64_t read_long_signed(const uint8_t **at);
struct memory_access read_memory_access(const uint8_t **at);
void skip_immediate(const uint8_t **at, enum immediate immediate);

/* These move *at behind what they read. */
static inline uint32_t read_leb_u32(const uint8_t **at) {
    return **at < 0x80 ? *(*at)++ : read_long_u32(at);
}

static inline int64_t read_leb_signed(const uint8_t **at) {
    uint8_t byte = **at;
    if (byte >= 0x80) {
        return read_long_signed(at);
    }
    (*at)++;
    return (int64_t)byte - ((byte & 0x40) << 1);
}

static inline enum opcode read_opcode(const uint8_t **at) {
    constexpr uint8_t PREFIX = 0xFC;
    uint8_t byte = *(*at)++;
    return byte == PREFIX ? (enum opcode)(OPCODE_PREFIXED + read_leb_u32(at)) : (enum opcode)byte;
}

/* What is behind a LEB128, or a memory access, that begins at `at`. */
static inline const uint8_t *leb_skip(const uint8_t *at) {
    while (*at++ >= 0x80) {
    }
    return at;
}

static inline const uint8_t *memory_access_skip(const uint8_t *at) {
    constexpr uint8_t HAS_MEMORY = 64; /* the flags are one byte, or a padded form of one */
    if (*at >= HAS_MEMORY) {
        read_memory_access(&at);
        return at;
    }
    return leb_skip(at + 1);
}
