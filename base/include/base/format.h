/* SPDX-License-Identifier: MIT */
/*
 * printf for freestanding code: %c %s %d %i %u %x %X %p %%, flags '-' and '0', width and
 * precision (of %s) as numbers or '*', lengths hh h l ll z. No floating point. Output goes to a
 * sink or to a buffer.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

/* Takes the next bytes of the output. */
typedef void format_sink(void *context, const char *bytes, size_t size);

[[gnu::format(printf, 3, 4)]] void format_to(format_sink *sink, void *context, const char *format,
                                             ...);
void format_list(format_sink *sink, void *context, const char *format, va_list arguments);

/* Like snprintf: always NUL-terminated when capacity > 0; returns the bytes the whole would need.
 */
[[gnu::format(printf, 3, 4)]] size_t format_buffer(char *buffer, size_t capacity,
                                                   const char *format, ...);
