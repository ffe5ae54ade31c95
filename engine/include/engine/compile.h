/* SPDX-License-Identifier: MIT */
/*
 * The compiler: one validating pass, one emitting pass, no IR, linear time, deterministic. How it
 * works, with frame layout and registers: doc/engine.md.
 */
#pragma once
#include <engine/code.h>
#include <engine/validate.h>

struct compiler;

/* Working memory for one compilation at a time; kept from function to function. */
status_t compiler_create(struct engine *engine, struct compiler **out);
void compiler_destroy(struct compiler *compiler);

/* Told of each instruction of the functions to come, in order: where its code begins, and its place
 * in the module. What is left for later (a value that is used by the next instruction, say) belongs
 * to that. For people who look at code; NULL: nobody. */
struct compile_watch {
    void (*instruction)(void *data, uint32_t pc, uint32_t offset);
    void *data;
};
void compiler_watch(struct compiler *compiler, struct compile_watch watch);

/* Validates and compiles one defined function. The draft is valid until the next call. ERR_CORRUPT:
 * it is not valid, which can only be where bodies are validated late; ERR_NOT_SUPPORTED: over a
 * limit of the compiler (code size). */
status_t function_compile(struct compiler *compiler, struct module *module, uint32_t function,
                          struct code_draft *out);
