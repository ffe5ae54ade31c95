/* SPDX-License-Identifier: MIT */
/*
 * Helpers: what compiled code leaves to C. Each runs on the kernel stack (context.h), takes its
 * operands in `arguments` in the order given here (immediates first, then operands from the bottom
 * of the operand stack up) and returns its result, if any, as bits. To trap: set context->trap.
 * None calls wasm.
 */
#pragma once
#include <engine/instance.h>

enum helper : uint32_t {
    HELPER_MEMORY_GROW,  /* memory; delta -> old size or -1 */
    HELPER_MEMORY_INIT,  /* memory, data; to, from, size */
    HELPER_MEMORY_COPY,  /* to memory, from memory; to, from, size */
    HELPER_MEMORY_FILL,  /* memory; to, byte, size */
    HELPER_DATA_DROP,    /* data */
    HELPER_TABLE_GET,    /* table; index -> reference */
    HELPER_TABLE_SET,    /* table; index, reference */
    HELPER_TABLE_GROW,   /* table; reference, delta -> old size or -1 */
    HELPER_TABLE_FILL,   /* table; to, reference, count */
    HELPER_TABLE_COPY,   /* to table, from table; to, from, count */
    HELPER_TABLE_INIT,   /* table, element; to, from, count */
    HELPER_ELEMENT_DROP, /* element */
    HELPER_REF_FUNC,     /* function -> reference */
    HELPER_COUNT,
};

constexpr uint32_t HELPER_ARGUMENTS = 5;

typedef uint64_t helper_function(struct context *context, struct instance *instance,
                                 const uint64_t *arguments);
extern helper_function *const helper_functions[HELPER_COUNT];
