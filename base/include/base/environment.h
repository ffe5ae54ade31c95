/* SPDX-License-Identifier: MIT */
/*
 * CONFIG: "key=value" lines with comments from a line's start on (//, # or between slash-star and
 * star-slash). The last line with a key wins. Loader and kernel get the same text.
 */
#pragma once
#include <base/string.h>

/* The value without blanks around it; false when no line has the key. */
bool environment_find(struct text environment, struct text key, struct text *out);
