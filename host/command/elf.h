/* SPDX-License-Identifier: MIT */
/* Machine code as an object file, so that a disassembler takes it and knows its CPU. */
#pragma once
#include <stdint.h>
#include <stdio.h>

/* The number that ELF has for the CPU of this name; EM_NONE: it is not known. */
uint16_t elf_machine(const char *cpu);
/* Begins a file; then its code is written to it by whoever knows it. */
bool elf_begin(FILE *file);
/* The code, all that was written since, is complete. Instructions begin at `starts`, offsets in the
 * code that ascend: a disassembler that went astray in data before one begins anew there. False, as
 * above: it cannot be written. */
bool elf_finish(FILE *file, uint16_t machine, const uint64_t *starts, size_t count);
