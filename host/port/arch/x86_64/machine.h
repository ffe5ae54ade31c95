/* SPDX-License-Identifier: MIT */
/* Little pieces of x86-64 code for the port's test. */
#pragma once
#include <stdint.h>

static const uint8_t machine_landing[] = {0x48, 0x89, 0xF8, 0xC3}; /* mov rax, rdi; ret */
static const uint8_t machine_load[] = {0x48, 0x8B, 0x07, 0xC3};    /* mov rax, [rdi]; ret */
static const uint8_t machine_store[] = {0x48, 0x89, 0x3F, 0xC3};   /* mov [rdi], rdi; ret */
static const uint8_t machine_undefined[] = {0x0F, 0x0B, 0xC3};     /* ud2; ret */
/* An exception of another kind: xor edx, edx; xor eax, eax; div rdi; ret, with rdi = 0 */
static const uint8_t machine_other[] = {0x31, 0xD2, 0x31, 0xC0, 0x48, 0xF7, 0xF7, 0xC3};
