/* SPDX-License-Identifier: MIT */
/*
 * CONFIG: "key=value" lines with comments from a line's start on (//, # or between slash-star and
 * star-slash). The last line with a key wins. The kernel gets the text verbatim.
 */
#pragma once
#include <base/string.h>
#include <stdint.h>

/* The value without blanks around it; false when no line has the key. */
bool environment_find(struct text environment, struct text key, struct text *out);

struct screen_size {
    uint32_t width, height;
};

/* What "screen=WxH" asks for, at least 640x480; 1024x768 when it says nothing sensible. */
struct screen_size environment_screen(struct text environment);

/* What "kernel=" asks for; "sys/core" when it says nothing. Ends at the first blank. */
struct text environment_kernel(struct text environment);
