/* SPDX-License-Identifier: MIT */
/* Machine code beside the WebAssembly that it was made of, for `copper compile --dump`. */
#pragma once
#include <engine/compile.h>
#include <stdio.h>

/* Compiles every function of the module and prints its code, with mnemonics where this machine has
 * a disassembler for that CPU. False: it has been said what is wrong. */
bool dump_module(struct compiler *compiler, struct module *module, const char *cpu, FILE *out);
