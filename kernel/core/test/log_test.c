/* SPDX-License-Identifier: MIT */
/*
 * The log: levels, how people set them, cut lines, sinks, a ring that replays whole lines, sinks
 * that log, and cores that all log at once.
 */
#include "pretend.h"
#include <kernel/log.h>
#include <pthread.h>
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

static void test_lines(void) {
    pretend_now_ns = 12'345'678'900;
    log_write(LOG_INFO, "core", "%s is %d", "it", 7);
    CHECK(strcmp(last, "[   12.345678] info core: it is 7\n") == 0);
    log_write(LOG_DEBUG, "core", "not shown");
    CHECK(lines == 1);
    log_level_set(LOG_TRACE);
    log_write(LOG_TRACE, "core", "two\nlines\x1B[2J");
    CHECK(strcmp(last, "[   12.345678] trace core: two lines?[2J\n") == 0);
    char longer[600];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    log_write(LOG_ERROR, "core", "%s", longer);
    CHECK(strlen(last) == 248 && strcmp(last + 244, "...\n") == 0);
}

static void test_replay(void) {
    for (unsigned i = 0; i < 2000; i++) {
        log_write(LOG_WARNING, "core", "line #%u", i);
    }
    lines = 0;
    log_replay(replayed, nullptr);
    CHECK(lines > 100 && expected == 2000 && first_number == 2000 - lines);
}

/* ---- levels ---- */

static unsigned computed;

static int compute(void) {
    return (int)++computed;
}

static status_t configure(const char *text, size_t *error_at) {
    *error_at = SIZE_MAX;
    return log_configure(text, strlen(text), error_at);
}

static void test_levels(void) {
    size_t at;
    CHECK(configure("info", &at) == OK && at == SIZE_MAX);
    CHECK(log_is_on(LOG_INFO, "mem") && !log_is_on(LOG_DEBUG, "mem"));
    CHECK(configure("engine:trace,warning,mem:debug", &at) == OK);
    CHECK(log_is_on(LOG_TRACE, "engine") && log_is_on(LOG_DEBUG, "mem"));
    CHECK(!log_is_on(LOG_TRACE, "mem") && !log_is_on(LOG_INFO, "core"));
    CHECK(log_is_on(LOG_WARNING, "a name nobody knows") && !log_is_on(LOG_INFO, "neither"));
    CHECK(configure("core:info", &at) == OK); /* the others stay as they are */
    CHECK(log_is_on(LOG_INFO, "core") && log_is_on(LOG_TRACE, "engine"));
    CHECK(configure("", &at) == OK && log_is_on(LOG_TRACE, "engine"));
    CHECK(configure("info", &at) == OK && !log_is_on(LOG_TRACE, "engine"));
    lines = 0;
    log_write(LOG_DEBUG, "core", "%d", compute());
    CHECK(lines == 0 && computed == 0);
    log_write(LOG_INFO, "core", "%d", compute());
    CHECK(lines == 1 && computed == 1);
}

static void test_wrong_levels(void) {
    static const struct {
        const char *text;
        size_t at;
    } wrong[] = {
        {"loud", 0},         {"info,loud", 5},       {"info,engin:trace", 5},
        {"info,mem:all", 9}, {",info", 0},           {"info,,mem:debug", 5},
        {"mem:", 4},         {":debug", 0},          {"mem:debug:trace", 4},
        {"Info", 0},         {"info, mem:debug", 5}, {"bad,mem:worse", 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t at;
        CHECK(configure(wrong[i].text, &at) == ERR_INVALID && at == wrong[i].at);
    }
    size_t at;
    log_level_set(LOG_INFO);
    CHECK(configure("loud,engine:trace,engin:debug", &at) == ERR_INVALID && at == 0);
    CHECK(log_is_on(LOG_TRACE, "engine") && !log_is_on(LOG_DEBUG, "mem")); /* the rest is obeyed */
}

/* ---- several at once ---- */

static bool nested;

/* What a sink says, or an interrupt that strikes in it, comes after the line that it is busy with.
 */
static void echo(void *context, const char *line, size_t size) {
    static unsigned depth;
    nested |= depth++ != 0;
    if (strstr(last, "shout") != nullptr) {
        log_write(LOG_INFO, "core", "echo of %u", lines);
    }
    depth--;
}

static void test_nested(void) {
    lines = 0;
    log_sink_add(echo, nullptr);
    log_write(LOG_INFO, "core", "shout");
    CHECK(!nested && lines == 2 && strstr(last, "echo of 1\n") != nullptr);
}

constexpr unsigned WRITERS = 4, EACH = 5'000, MORE = 1'000;
static unsigned said_last[WRITERS], came, lost;
static bool in_sink, orderly = true;

/* Each line is whole, no two come at once, and those of a core come in its order. */
static void watch(void *context, const char *line, size_t size) {
    unsigned core, number, again, count;
    char copy[512] = {0};
    memcpy(copy, line, size);
    orderly &= !__atomic_exchange_n(&in_sink, true, __ATOMIC_SEQ_CST);
    if (sscanf(copy, "[%*u.%*u %u] info core: writer says %u and %u\n", &core, &number, &again) ==
        3) {
        bool next = core < WRITERS && number == again && number > said_last[core];
        orderly &= next;
        said_last[next ? core : 0] = number;
        came++;
    } else if (sscanf(copy, "[%*u.%*u %*u] warning core: %u lines of the log are lost", &count) ==
               1) {
        lost += count;
    }
    __atomic_store_n(&in_sink, false, __ATOMIC_SEQ_CST);
}

static void write_lines(unsigned first, unsigned end) {
    for (unsigned i = first; i < end; i++) {
        log_write(LOG_INFO, "core", "writer says %u and %u", i, i);
    }
}

static void *write_as(void *number) {
    pretend_core = (unsigned)(uintptr_t)number;
    write_lines(1, 1 + EACH);
    return nullptr;
}

/* Each line is told or counted: at the latest when a round of others has followed. */
static void test_cores(void) {
    pthread_t threads[WRITERS];
    log_cores_set(WRITERS);
    pretend_core = 1;
    log_write(LOG_INFO, "core", "here I am");
    CHECK(strstr(last, " 1] info core: here I am") != nullptr);
    pretend_core = 0;
    log_sink_add(watch, nullptr);
    for (uintptr_t i = 0; i < WRITERS; i++) {
        CHECK(pthread_create(&threads[i], nullptr, write_as, (void *)i) == 0);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        CHECK(pthread_join(threads[i], nullptr) == 0);
    }
    write_lines(1 + EACH, 1 + EACH + MORE);
    CHECK(orderly && !nested);
    CHECK(came + lost == WRITERS * EACH + MORE && came > MORE);
}

int main(void) {
    log_sink_add(sink, nullptr);
    test_lines();
    test_replay();
    test_levels();
    test_wrong_levels();
    log_level_set(LOG_INFO);
    test_nested();
    test_cores();
    for (unsigned i = 0; i < 10; i++) {
        log_sink_add(sink, nullptr); /* one too many is ignored */
    }
    lines = 0;
    log_write(LOG_ERROR, "core", "x");
    CHECK(lines == LOG_SINKS_MAX - 2);
    return check_finish("log");
}
