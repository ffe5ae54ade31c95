/* SPDX-License-Identifier: MIT */
/*
 * What is wrong and where, as one line of text for whoever sits before the machine.
 *
 * Functions of the loader that can fail return false after complain()ing into the last parameter.
 */
#pragma once
#include <stddef.h>

struct complaint {
    char text[200];
};

/* Formats the line (cut off when too long) and returns false, so that one can `return complain()`.
 */
[[gnu::format(printf, 2, 3)]] bool complain(struct complaint *complaint, const char *format, ...);
