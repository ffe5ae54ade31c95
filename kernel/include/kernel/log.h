/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log: one line per call, without a newline, with a level and a subsystem.
 *
 * kernel/core/log.c formats a line, keeps the last ones in a ring (for panics), and gives it to the
 * sinks that the port has added. Callable from anywhere but an exception within the log itself.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum log_level : uint8_t { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_TRACE };

/* subsystem: the name of the folder: "boot" "mem" "engine" "core" ... */
[[gnu::format(printf, 3, 4)]] void log_write(enum log_level level, const char *subsystem,
                                             const char *format, ...);

/* Lines above this level are dropped, after a glance at the level only. */
void log_level_set(enum log_level level);

/* A sink takes whole lines, with newline. At most LOG_SINKS_MAX. */
typedef void log_sink(void *context, const char *line, size_t size);
constexpr size_t LOG_SINKS_MAX = 4;
void log_sink_add(log_sink *sink, void *context);

/* The last lines, oldest first, for a panic. */
void log_replay(log_sink *sink, void *context);
