/* SPDX-License-Identifier: MIT */
/* What arch/<cpu>/registers.c knows of its CPU: where an interrupted thread was, how to send it
 * elsewhere, and what fills code space that nobody uses. */
#pragma once
#include <engine/context.h>
#include <engine/sample.h>
#include <ucontext.h>

/* Repeated, it is an instruction that traps. */
extern const uint8_t code_filler;

/* Where code was interrupted. */
struct interrupted registers_locate(const ucontext_t *user);
/* What its first C argument register holds. */
uintptr_t registers_argument(const ucontext_t *user);
/* The interrupted code goes on as *resume says when the handler returns. */
void registers_resume(ucontext_t *user, const struct resume *resume);
