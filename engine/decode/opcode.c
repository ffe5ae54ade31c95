/* SPDX-License-Identifier: MIT */
/* The table of opcodes, from opcode.def. */
#include <engine/opcode.h>

const struct opcode_facts opcode_facts[OPCODE_COUNT] = {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    [OPCODE_##symbol] = {text, signature, IMMEDIATE_##immediate, FAMILY_##family, width},
#include <engine/opcode.def>
#undef OPCODE
};
