/* SPDX-License-Identifier: MIT */
/* What arch/<cpu>/registers.c knows of an interrupted thread: where it was, and how to send it
 * elsewhere. */
#pragma once
#include <engine/context.h>
#include <ucontext.h>

/* pc and sp of the interrupted code. */
void registers_locate(const ucontext_t *user, struct fault *fault);
/* The interrupted code goes on as *resume says when the handler returns. */
void registers_resume(ucontext_t *user, const struct resume *resume);
