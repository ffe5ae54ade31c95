/* SPDX-License-Identifier: MIT */
/*
 * How much of its frame a function still has at an instruction, read from the code itself.
 *
 * What makes and takes down frames has a shape that occurs nowhere else: registers are pushed in
 * the prologue only, and popped at the end only; a function ends in `ret`, or in a jump through
 * memory (switches jump through a register). So code that is before such an end, with nothing but
 * pops and loads of the jump's target between, has taken its frame down to those pops. Jumps within
 * the function change no sp: what is true at the target is true before.
 */
#include "encode.h"
#include <engine/code.h>

constexpr uint8_t RET = 0xC3;
constexpr uint32_t STEPS_MAX = 24; /* more than registers can be popped and loads follow */

static uint8_t byte_at(const struct code *code, uint32_t at) {
    return at < code->size ? code->start[at] : 0;
}

/* Bytes of the push (from 0x50) or pop (from 0x58) at this place; 0: there is none. */
static uint32_t stack_instruction(const struct code *code, uint32_t at, uint8_t opcode) {
    uint8_t first = byte_at(code, at);
    if ((first & 0xF8) == opcode) {
        return 1;
    }
    return first == 0x41 && (byte_at(code, at + 1) & 0xF8) == opcode ? 2 : 0;
}

/* Bytes of `mov reg, [rax or r15 + displacement]`, 64 bits wide; 0: there is none. */
static uint32_t target_load(const struct code *code, uint32_t at) {
    uint8_t prefix = byte_at(code, at), mode = byte_at(code, at + 2);
    bool from_rax = (prefix & 0xFB) == 0x48 && (mode & 7) == RAX;
    bool from_base = (prefix & 0xFB) == 0x49 && (mode & 7) == (R15 & 7);
    if (byte_at(code, at + 1) != 0x8B || !(from_rax || from_base)) {
        return 0;
    }
    static const uint8_t sizes[] = {3, 4, 7, 0}; /* by the displacement's width */
    return sizes[mode >> 6];
}

/* A jump through memory: a tail call's. */
static bool jumps_on(const struct code *code, uint32_t at) {
    uint32_t opcode = at + ((byte_at(code, at) & 0xF0) == 0x40 ? 1 : 0);
    uint8_t mode = byte_at(code, opcode + 1);
    return byte_at(code, opcode) == 0xFF && (mode >> 3 & 7) == 4 && mode >> 6 != 3;
}

static uint32_t pushed_before(const struct code *code, uint32_t end) {
    uint32_t words = 0, at = 0;
    while (at < end) {
        uint32_t size = stack_instruction(code, at, 0x50);
        if (size == 0) {
            break;
        }
        words++;
        at += size;
    }
    return 8 * words;
}

/* Where a jump within the function leads; 0: it is none. */
static uint32_t jump_target(const struct code *code, uint32_t at) {
    uint32_t distance = 0;
    if (byte_at(code, at) == 0xEB) {
        return at + 2 + (uint32_t)(int8_t)byte_at(code, at + 1);
    }
    for (uint32_t i = 0; i < 4; i++) {
        distance |= (uint32_t)byte_at(code, at + 1 + i) << 8 * i;
    }
    return byte_at(code, at) == 0xE9 ? at + 5 + distance : 0;
}

static uint32_t frame_bytes(const struct code *code, uint32_t at) {
    if (at < code->prologue_size) {
        return pushed_before(code, at);
    }
    uint32_t words = 0;
    for (uint32_t i = 0; i < STEPS_MAX; i++) {
        uint32_t pop = stack_instruction(code, at, 0x58), load = target_load(code, at);
        uint32_t target = jump_target(code, at);
        if (byte_at(code, at) == RET || jumps_on(code, at)) {
            return 8 * words;
        }
        if (pop == 0 && load == 0 && target == 0) {
            break;
        }
        words += pop != 0;
        at = target != 0 ? target : at + pop + load;
    }
    return code->frame_size;
}

struct return_place x86_64_frame_left(const struct code *code, uint32_t at) {
    return (struct return_place){.distance = frame_bytes(code, at)};
}

/* Of all that stubs do on the process stack, only taking down a relay moves sp. */
struct return_place x86_64_stub_left(const uint8_t *at, uint32_t relay) {
    return (struct return_place){.distance = *at == RET ? 0 : relay};
}
