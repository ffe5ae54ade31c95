/* SPDX-License-Identifier: MIT */
/* What CONFIG (base/environment.h) asks of the loader. */
#pragma once
#include <base/string.h>
#include <stdint.h>

struct screen_size {
    uint32_t width, height;
};

/* What "screen=WxH" asks for, at least 640x480; 1024x768 when it says nothing sensible. */
struct screen_size environment_screen(struct text environment);

/* What "kernel=" asks for; "sys/core" when it says nothing. Ends at the first blank. */
struct text environment_kernel(struct text environment);
