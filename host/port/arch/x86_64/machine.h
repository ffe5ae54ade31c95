/* SPDX-License-Identifier: MIT */
/* Little pieces of x86-64 code for the port's test. */
#pragma once
#include <stdint.h>

static const uint8_t machine_landing[] = {0x48, 0x89, 0xF8, 0xC3}; /* mov rax, rdi; ret */
static const uint8_t machine_load[] = {0x48, 0x8B, 0x07, 0xC3};    /* mov rax, [rdi]; ret */
static const uint8_t machine_store[] = {0x48, 0x89, 0x3F, 0xC3};   /* mov [rdi], rdi; ret */
static const uint8_t machine_undefined[] = {0x0F, 0x0B, 0xC3};     /* ud2; ret */
static const uint8_t machine_divide[] = {0x31, 0xD2, 0x31, 0xC0,   /* xor edx, edx; xor eax, eax */
                                         0x48, 0xF7, 0xF7, 0xC3};  /* div rdi; ret */
