/* SPDX-License-Identifier: MIT */
/*
 * Traces: the last events of one core and of several, in order; and threads that write, as cores
 * and what interrupts them do, while one replays: each event that is told is one that was recorded.
 */
#include "pretend.h"
#include <kernel/trace.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static char told[1 << 17];
static size_t told_size;

static void sink(void *context, const char *bytes, size_t size) {
    if (told_size + size < sizeof told) {
        memcpy(told + told_size, bytes, size);
        told_size += size;
        told[told_size] = 0;
    }
}

static const char *replay(unsigned count) {
    told_size = 0;
    told[0] = 0;
    trace_replay(count, sink, nullptr);
    return told;
}

static unsigned count_lines(void) {
    unsigned lines = 0;
    for (size_t i = 0; i < told_size; i++) {
        lines += told[i] == '\n';
    }
    return lines;
}

static void record_at(unsigned core, uint64_t time_ns, enum trace_kind kind, uint64_t first,
                      uint64_t second) {
    pretend_core = core;
    pretend_now_ns = time_ns;
    trace_record(kind, first, second);
}

static void switch_to(const char name[16]) {
    uint64_t words[2];
    memcpy(words, name, sizeof words);
    trace_record(TRACE_SWITCH, words[0], words[1]);
}

static void test_kinds(void) {
    CHECK(strcmp(replay(10), "") == 0);
    pretend_now_ns = 1'000'002'500;
    switch_to("files\0\0\0\0\0\0\0\0\0\0");
    switch_to("a name of more than sixteen\x1B");
    switch_to("\x1B[2J\0\0\0\0\0\0\0\0\0\0\0");
    record_at(0, 1'500'000'000, TRACE_SEND, 3, 70'000);
    record_at(0, 1'500'000'000, TRACE_RECEIVE, 3, 1);
    pretend_now_ns = 1'600'000'000;
    trace_record_at(trace_last_ticks(), TRACE_REPLY, 513, 0);
    record_at(0, 1'500'000'000, TRACE_INTERRUPT, 36, 0);
    record_at(0, 1'500'000'000, TRACE_TRAP, 1, 0xFFFFC00000001000);
    record_at(0, 1'500'000'000, TRACE_COMPILE, 5, 640);
    record_at(0, 1'500'000'000, TRACE_FAULT, 0xFFFFC00000002000, 0x1234);
    record_at(0, 1'500'001'000, TRACE_CALL, 0, 0);
    CHECK(strcmp(replay(100), "[    1.000002 0] switch to files\n"
                              "[    1.000002 0] switch to a name of more t\n"
                              "[    1.000002 0] switch to ?[2J\n"
                              "[    1.500000 0] send operation 3 handle 70000\n"
                              "[    1.500000 0] receive operation 3 badge 1\n"
                              "[    1.500000 0] reply handle 513\n"
                              "[    1.500000 0] trap kind 1 at ffffc00000001000\n"
                              "[    1.500000 0] compile function 5 bytes 640\n"
                              "[    1.500000 0] page ffffc00000002000 for 0000000000001234\n"
                              "[    1.500000 0] interrupt vector 36\n"
                              "[    1.500001 0] call of all cores\n") == 0);
    CHECK(strcmp(replay(1), "[    1.500001 0] call of all cores\n") == 0);
    CHECK(strcmp(replay(0), "") == 0);
}

static void test_cores(void) {
    record_at(1, 2'000'000'000, TRACE_SEND, 1, 1); /* has no ring yet */
    record_at(TRACE_CORES, 2'000'000'000, TRACE_SEND, 1, 1);
    CHECK(strstr(replay(100), "[    2") == nullptr);
    trace_start(3);
    trace_start(3); /* those that have one keep it */
    record_at(2, 3'000'001'000, TRACE_COMPILE, 1, 1);
    record_at(0, 3'000'002'000, TRACE_COMPILE, 2, 1);
    record_at(1, 3'000'003'000, TRACE_COMPILE, 3, 1);
    record_at(2, 3'000'004'000, TRACE_COMPILE, 4, 1);
    CHECK(strcmp(replay(3), "[    3.000002 0] compile function 2 bytes 1\n"
                            "[    3.000003 1] compile function 3 bytes 1\n"
                            "[    3.000004 2] compile function 4 bytes 1\n") == 0);
}

static void test_round(void) {
    for (unsigned i = 0; i < 3 * TRACE_EVENTS + 7; i++) {
        record_at(0, 4'000'000'000 + i * 1000, TRACE_COMPILE, i, 0);
    }
    replay(10 * TRACE_EVENTS);
    CHECK(strstr(told, " 0] compile function 518 ") == nullptr);
    CHECK(strstr(told, " 0] compile function 519 ") != nullptr);
    CHECK(strstr(told, " 0] compile function 774 ") != nullptr);
    CHECK(count_lines() == TRACE_EVENTS + 5); /* and two interrupts, three of other cores */
}

/* Core 0, its interrupts, and core 1. */
constexpr unsigned WRITERS = 3, EVENTS = 20'000;

static void *write_events(void *number) {
    unsigned writer = (unsigned)(uintptr_t)number;
    for (unsigned i = 1; i <= EVENTS; i++) {
        uint64_t value = (uint64_t)writer * EVENTS + i;
        record_at(writer / 2, value * 1000, writer == 1 ? TRACE_INTERRUPT : TRACE_COMPILE, value,
                  value * 3);
    }
    return nullptr;
}

static bool is_old(const char *line) {
    return strncmp(line, "[    1.500001 0] call of all cores\n", 35) == 0;
}

/* The words of each event belong together, and so does its time. */
static bool is_true(const char *line) {
    unsigned long long seconds, us, core, function, bytes, vector;
    if (sscanf(line, "[%llu.%llu %llu] interrupt vector %llu", &seconds, &us, &core, &vector) ==
        4) {
        return seconds * 1'000'000 + us == vector || seconds >= 1;
    }
    if (sscanf(line, "[%llu.%llu %llu] compile function %llu bytes %llu", &seconds, &us, &core,
               &function, &bytes) != 5) {
        return false;
    }
    return bytes == 0 || (bytes == 3 * function && seconds * 1'000'000 + us == function) ||
           seconds >= 3;
}

static void test_threads(void) {
    pthread_t threads[WRITERS];
    for (uintptr_t i = 0; i < WRITERS; i++) {
        CHECK(pthread_create(&threads[i], nullptr, write_events, (void *)i) == 0);
    }
    for (unsigned i = 0; i < 50; i++) {
        replay(TRACE_EVENTS);
        bool good = true;
        for (const char *line = told; *line != 0; line = strchr(line, '\n') + 1) {
            good &= is_old(line) || is_true(line);
        }
        CHECK(good);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        CHECK(pthread_join(threads[i], nullptr) == 0);
    }
    replay(10 * TRACE_EVENTS);
    CHECK(count_lines() > TRACE_EVENTS);
    char last[64];
    snprintf(last, sizeof last, " 1] compile function %u bytes %u\n", 3 * EVENTS, 9 * EVENTS);
    CHECK(strstr(told, last) != nullptr);
}

int main(void) {
    test_kinds();
    test_cores();
    test_round();
    test_threads();
    return check_finish("trace");
}
