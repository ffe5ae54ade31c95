/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log: one line per call, without a newline, with a level and a subsystem.
 *
 *   [    1.234567] warning mem: text of the line         one core runs
 *   [    1.234567 3] warning mem: text of the line       several do: which one it was
 *
 * kernel/core/log.c formats a line, keeps the last ones in a ring (for panics), and gives it to the
 * sinks that the port has added. Callable from anywhere, on any core, in interrupts and exceptions:
 * lines are never mixed, and nobody waits. While the sinks are busy with a line (of another core,
 * or of what an interrupt struck), a new one is left to whoever is busy.
 */
#pragma once
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>

enum log_level : uint8_t { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_TRACE };
constexpr size_t LOG_LEVELS = 5;
extern const char *const log_level_names[LOG_LEVELS]; /* "error" "warning" ... */

/* Who logs, each at a level of its own; sorted. test/test_log.py holds it against the sources. */
#define LOG_SUBSYSTEM_LIST(X, argument)                                                            \
    X(argument, acpi)                                                                              \
    X(argument, arch)                                                                              \
    X(argument, boot)                                                                              \
    X(argument, core)                                                                              \
    X(argument, cores)                                                                             \
    X(argument, display)                                                                           \
    X(argument, engine)                                                                            \
    X(argument, interrupt)                                                                         \
    X(argument, mem)                                                                               \
    X(argument, power)                                                                             \
    X(argument, program)                                                                           \
    X(argument, push)                                                                              \
    X(argument, serial)                                                                            \
    X(argument, start)                                                                             \
    X(argument, test)                                                                              \
    X(argument, timer)

#define LOG_SUBSYSTEM_ENTRY(argument, name) LOG_SUBSYSTEM_##name,
enum log_subsystem : uint8_t {
    LOG_SUBSYSTEM_LIST(LOG_SUBSYSTEM_ENTRY, )
        LOG_SUBSYSTEM_OTHER, /* whose name is not in the list */
    LOG_SUBSYSTEMS,
};
/* The number of a name in quotes, found by the compiler. */
#define LOG_SUBSYSTEM_MATCH(wanted, name)                                                          \
    __builtin_strcmp(wanted, #name) == 0 ? LOG_SUBSYSTEM_##name:
#define LOG_SUBSYSTEM_OF(wanted)                                                                   \
    (LOG_SUBSYSTEM_LIST(LOG_SUBSYSTEM_MATCH, wanted) LOG_SUBSYSTEM_OTHER)

extern uint8_t log_levels[LOG_SUBSYSTEMS];

/* Are lines of this level and subsystem (in quotes) kept? One load and one comparison. */
#define log_is_on(level, subsystem)                                                                \
    ((level) <= __atomic_load_n(&log_levels[LOG_SUBSYSTEM_OF(subsystem)], __ATOMIC_RELAXED))

/* log_write(level, "subsystem", format, ...): what is not kept is not even computed. Formats are
 * those of <base/format.h>; a newline in the text becomes a space, and what is too long is cut. */
#define log_write(level, subsystem, ...)                                                           \
    do {                                                                                           \
        if (log_is_on(level, subsystem)) {                                                         \
            log_line(level, subsystem, __VA_ARGS__);                                               \
        }                                                                                          \
    } while (0)

/* The line itself, whatever the level. */
[[gnu::format(printf, 3, 4)]] void log_line(enum log_level level, const char *subsystem,
                                            const char *format, ...);

/* How many cores run from now on: 1 at first. */
void log_cores_set(unsigned count);

/* All subsystems. */
void log_level_set(enum log_level level);
/* Words with commas between them: "info,engine:trace". LEVEL is for all subsystems but those that
 * SUBSYSTEM:LEVEL names; without it those that are not named stay as they are. May be called while
 * others log. ERR_INVALID: there is a word that means nothing, and *error_at is where the first
 * such begins, or the part of it behind the colon; the other words have been obeyed. */
status_t log_configure(const char *text, size_t size, size_t *error_at);

/* A sink takes whole lines, with newline, one after another, though not always on the same core or
 * with interrupts on. It must not wait for anything but its device, and for that not for long. */
typedef void log_sink(void *context, const char *line, size_t size);
constexpr size_t LOG_SINKS_MAX = 4;
void log_sink_add(log_sink *sink, void *context);

/* Copies lines from number *next on, as many as fit whole, and moves *next behind them; *gone is
 * how many before the first were gone already. The number of bytes. */
size_t log_read(uint64_t *next, uint64_t *gone, char *to, size_t capacity);

/* The last lines, oldest first, for a panic: whatever the sinks have got. */
void log_replay(log_sink *sink, void *context);
