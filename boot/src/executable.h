/* SPDX-License-Identifier: MIT */
/* What the formats of kernel files have in common: kernel.c gives *out its defaults, then one of
 * the readers fills it in, then kernel.c checks what it says. */
#pragma once
#include <boot/kernel.h>
#include <boot/peek.h>

constexpr size_t SYMBOL_NAME_SIZE = 16;

[[nodiscard]] bool elf_parse(struct bytes file, uint16_t machine, struct kernel *out,
                             struct complaint *complaint);
[[nodiscard]] bool pe_parse(struct bytes file, uint16_t machine, struct kernel *out,
                            struct complaint *complaint);

/* `machine` in ELF's numbers. */
[[nodiscard]] bool kernel_check_machine(uint16_t machine, uint16_t wanted,
                                        struct complaint *complaint);
/* A symbol of the file, of which some are the protocol's. */
void kernel_apply_symbol(struct kernel *kernel, const char name[SYMBOL_NAME_SIZE], uint64_t value);
/* The name at an offset of a table of names; empty when there is none of less than
 * SYMBOL_NAME_SIZE characters. */
void kernel_read_name(struct bytes strings, uint64_t offset, char out[SYMBOL_NAME_SIZE]);
