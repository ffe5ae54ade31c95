/* SPDX-License-Identifier: MIT */
/* Carrying out what was parsed. */
#pragma once
#include "parse.h"

/* A line, or many: tells what is wrong with it before it does any of it. The exit code of the last
 * command; 2 for a mistake. */
uint32_t run_line(const char *text, size_t size);
/* A file of lines, one after the other. */
uint32_t run_script(const char *path);
/* Of the last line: $? of the next. */
extern uint32_t run_status;
