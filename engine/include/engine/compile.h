/* SPDX-License-Identifier: MIT */
/*
 * The compiler: one collecting pass, one emitting pass, no IR, linear time, deterministic. How it
 * works, with frame layout and registers: doc/engine.md.
 */
#pragma once
#include <engine/code.h>

struct compiler;

/* Working memory for one compilation at a time; kept from function to function. */
status_t compiler_create(struct engine *engine, struct compiler **out);
void compiler_destroy(struct compiler *compiler);

/* Told of each instruction of the functions to come, in order: where its code begins, and its place
 * in the module. What is left for later (a value that is used by the next instruction, say) belongs
 * to that. When the function's branches turned out too short it is made again, and told again from
 * its first instruction. For people who look at code; NULL: nobody. */
struct compile_watch {
    void (*instruction)(void *data, uint32_t pc, uint32_t offset);
    void *data;
};
void compiler_watch(struct compiler *compiler, struct compile_watch watch);

/* Compiles one defined function, whose body has been validated. The draft is valid until the next
 * call. ERR_NOT_SUPPORTED: over a limit of the compiler (code size). */
status_t function_compile(struct compiler *compiler, struct module *module, uint32_t function,
                          struct code_draft *out);
