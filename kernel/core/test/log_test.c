/* SPDX-License-Identifier: MIT */
/* The log: levels, cut lines, sinks, and a ring that replays whole lines. */
#include "pretend.h"
#include <kernel/log.h>
#include <stdlib.h>
#include <string.h>

static char last[512];
static unsigned lines;
static unsigned first_number, expected;

static void sink(void *context, const char *line, size_t size) {
    memcpy(last, line, size);
    last[size] = 0;
    lines++;
}

static void replayed(void *context, const char *line, size_t size) {
    const char *mark = memchr(line, '#', size);
    CHECK(line[0] == '[' && line[size - 1] == '\n' && mark != nullptr);
    unsigned number = mark != nullptr ? (unsigned)atoi(mark + 1) : 0;
    CHECK(lines == 0 || number == expected);
    first_number = lines == 0 ? number : first_number;
    expected = number + 1;
    lines++;
}

int main(void) {
    log_sink_add(sink, nullptr);
    pretend_now_ns = 12'345'678'900;
    log_write(LOG_INFO, "core", "%s is %d", "it", 7);
    CHECK(strcmp(last, "[   12.345678] info core: it is 7\n") == 0);
    log_write(LOG_DEBUG, "core", "not shown");
    CHECK(lines == 1);
    log_level_set(LOG_TRACE);
    log_write(LOG_TRACE, "core", "two\nlines");
    CHECK(strcmp(last, "[   12.345678] trace core: two lines\n") == 0);
    char longer[600];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    log_write(LOG_ERROR, "core", "%s", longer);
    CHECK(strlen(last) == 256 && strcmp(last + 252, "...\n") == 0);

    for (unsigned i = 0; i < 2000; i++) {
        log_write(LOG_WARNING, "core", "line #%u", i);
    }
    lines = 0;
    log_replay(replayed, nullptr);
    CHECK(lines > 100 && expected == 2000 && first_number == 2000 - lines);
    for (unsigned i = 0; i < 10; i++) {
        log_sink_add(sink, nullptr); /* one too many is ignored */
    }
    lines = 0;
    log_write(LOG_ERROR, "core", "x");
    CHECK(lines == LOG_SINKS_MAX);
    return check_finish("log");
}
