/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log. A line is formatted once, on the stack, kept in a ring of the last bytes, and
 * given to every sink. The log is what everything else reports to: it has its own state (the only
 * variable here), takes no memory and calls nothing but the clock and the sinks, which must not
 * log.
 *
 *   [    1.234567] warning mem: text of the line
 */
#include <base/format.h>
#include <kernel/log.h>
#include <kernel/port.h>

constexpr size_t LINE_MAX = 256; /* longer ones are cut and end in "..." */
constexpr size_t RING_SIZE = 16 * 1024;

static struct log {
    enum log_level level;
    size_t sink_count;
    struct {
        log_sink *sink;
        void *context;
    } sinks[LOG_SINKS_MAX];
    uint64_t written; /* bytes ever put into the ring; the last RING_SIZE of them are there */
    char ring[RING_SIZE];
} state = {.level = LOG_INFO};

struct line {
    char bytes[LINE_MAX];
    size_t size;
    bool cut;
};

static void line_put(void *context, const char *bytes, size_t size) {
    struct line *line = context;
    for (size_t i = 0; i < size; i++) {
        if (line->size == LINE_MAX - 1) { /* the last byte is the newline's */
            line->cut = true;
            return;
        }
        /* One call is one line, whatever a name in it holds. */
        line->bytes[line->size++] = bytes[i] == '\n' ? ' ' : bytes[i];
    }
}

static void line_start(struct line *line, enum log_level level, const char *subsystem) {
    static const char *const names[] = {"error", "warning", "info", "debug", "trace"};
    uint64_t now_us = port_time_ns() / 1000;
    format_to(line_put, line, "[%5llu.%06llu] %s %s: ", (unsigned long long)(now_us / 1'000'000),
              (unsigned long long)(now_us % 1'000'000), names[level], subsystem);
}

static void line_end(struct line *line) {
    for (size_t i = 1; line->cut && i <= 3; i++) {
        line->bytes[line->size - i] = '.';
    }
    line->bytes[line->size++] = '\n';
}

static void keep(const struct line *line) {
    for (size_t i = 0; i < line->size; i++) {
        state.ring[state.written++ % RING_SIZE] = line->bytes[i];
    }
}

void log_write(enum log_level level, const char *subsystem, const char *format, ...) {
    if (level > state.level) {
        return;
    }
    struct line line;
    line.size = 0;
    line.cut = false;
    line_start(&line, level, subsystem);
    va_list arguments;
    va_start(arguments, format);
    format_list(line_put, &line, format, arguments);
    va_end(arguments);
    line_end(&line);
    keep(&line);
    for (size_t i = 0; i < state.sink_count; i++) {
        state.sinks[i].sink(state.sinks[i].context, line.bytes, line.size);
    }
}

void log_level_set(enum log_level level) {
    state.level = level;
}

void log_sink_add(log_sink *sink, void *context) {
    if (state.sink_count < LOG_SINKS_MAX) {
        state.sinks[state.sink_count].sink = sink;
        state.sinks[state.sink_count].context = context;
        state.sink_count++;
    }
}

/* Where the oldest whole line starts. */
static uint64_t oldest_line(void) {
    if (state.written <= RING_SIZE) {
        return 0;
    }
    uint64_t at = state.written - RING_SIZE;
    while (state.ring[at % RING_SIZE] != '\n') {
        at++;
    }
    return at + 1;
}

void log_replay(log_sink *sink, void *context) {
    char line[LINE_MAX];
    size_t size = 0;
    for (uint64_t at = oldest_line(); at < state.written; at++) {
        line[size++] = state.ring[at % RING_SIZE];
        if (line[size - 1] == '\n') {
            sink(context, line, size);
            size = 0;
        }
    }
}
