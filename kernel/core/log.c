/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log. A line is formatted on its caller's stack and put into a journal; that is all
 * that a caller has to do, and it can be done anywhere. Then whoever finds the sinks free gives
 * them what is new in the journal, his own line or others', in the order of the journal. When he
 * has freed them he looks again, so that a line is never left lying because its caller found them
 * busy.
 *
 * Lines that the journal has lost before the sinks could have them are counted, and told. The log
 * takes no memory and calls nothing but the clock and the sinks.
 */
#include "journal.h"
#include <base/format.h>
#include <base/string.h>
#include <kernel/log.h>
#include <kernel/port.h>

constexpr size_t LINE_MAX = 248; /* longer ones are cut and end in "..." */
constexpr uint32_t LINES = 128;

struct line {
    uint64_t size;
    char bytes[LINE_MAX];
};
constexpr uint32_t LINE_WORDS = sizeof(struct line) / sizeof(uint64_t);

struct sink {
    log_sink *put;
    void *context;
};

static uint64_t places[LINES * (1 + LINE_WORDS)];
static struct journal journal = {places, LINES, LINE_WORDS, 0};
static struct sink sinks[LOG_SINKS_MAX];
static size_t sink_count;
static bool several;  /* cores run */
static bool busy;     /* the sinks; what follows is changed by whoever set this */
static uint64_t told; /* number of the next line that the sinks get */
static uint64_t lost; /* lines passed over, not told of yet */

/* ---- lines ---- */

struct draft {
    struct line line;
    bool cut;
};

/* One call is one line and does nothing to a terminal, whatever a name in it holds. */
static char shown(char byte) {
    bool control = (uint8_t)byte < ' ' || byte == 0x7F;
    return byte == '\n' || byte == '\t' ? ' ' : control ? '?' : byte;
}

static void draft_put(void *context, const char *bytes, size_t size) {
    struct draft *draft = context;
    struct line *line = &draft->line;
    for (size_t i = 0; i < size; i++) {
        if (line->size == LINE_MAX - 1) { /* the last byte is the newline's */
            draft->cut = true;
            return;
        }
        line->bytes[line->size++] = shown(bytes[i]);
    }
}

static void draft_start(struct draft *draft, enum log_level level, const char *subsystem) {
    uint64_t now_us = port_time_ns() / 1000;
    unsigned core = port_core();
    draft->line.size = 0;
    draft->cut = false;
    format_to(draft_put, draft, "[%5llu.%06llu", (unsigned long long)(now_us / 1'000'000),
              (unsigned long long)(now_us % 1'000'000));
    if (__atomic_load_n(&several, __ATOMIC_RELAXED)) {
        format_to(draft_put, draft, " %u", core);
    }
    format_to(draft_put, draft, "] %s %s: ", log_level_names[level], subsystem);
}

static void draft_end(struct draft *draft) {
    struct line *line = &draft->line;
    for (size_t i = 1; draft->cut && i <= 3; i++) {
        line->bytes[line->size - i] = '.';
    }
    line->bytes[line->size++] = '\n';
    memset(line->bytes + line->size, 0, LINE_MAX - line->size);
}

/* ---- sinks ---- */

static void put_all(const char *bytes, size_t size) {
    size_t count = __atomic_load_n(&sink_count, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < count; i++) {
        sinks[i].put(sinks[i].context, bytes, size);
    }
}

static void tell_lost(void) {
    struct draft draft;
    draft_start(&draft, LOG_WARNING, "core");
    format_to(draft_put, &draft, "%llu lines of the log are lost", (unsigned long long)lost);
    lost = 0;
    draft_end(&draft);
    put_all(draft.line.bytes, draft.line.size);
}

/* The number of the next line is read by those who are not busy, too. */
static void pass(uint64_t count) {
    __atomic_store_n(&told, told + count, __ATOMIC_RELAXED);
}

/* The next line for the sinks: false while there is none. Passes over those that are lost. */
static bool next_line(struct line *line) {
    while (told < journal_next(&journal)) {
        uint64_t oldest = journal_oldest(&journal);
        uint64_t gone = told < oldest ? oldest - told : 0;
        lost += gone;
        pass(gone);
        switch (journal_get(&journal, told, (uint64_t *)line)) {
        case JOURNAL_THERE:
            pass(1);
            return true;
        case JOURNAL_COMING:
            return false; /* its writer will look whether the sinks are free */
        case JOURNAL_LOST:
            lost++;
            pass(1);
            break;
        }
    }
    return false;
}

static void tell_new(void) {
    struct line line;
    while (next_line(&line)) {
        if (lost > 0) {
            tell_lost();
        }
        put_all(line.bytes, line.size);
    }
}

static bool anything_new(void) {
    uint64_t word[LINE_WORDS];
    uint64_t number = __atomic_load_n(&told, __ATOMIC_RELAXED);
    return number < journal_next(&journal) && journal_get(&journal, number, word) != JOURNAL_COMING;
}

/* Whoever finds the sinks busy may go: the one who is busy looks once more after he has freed
 * them. The fences make sure that one of the two sees what the other did. */
static void tell(void) {
    do {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE)) {
            return;
        }
        tell_new();
        __atomic_store_n(&busy, false, __ATOMIC_RELEASE);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    } while (anything_new());
}

void log_line(enum log_level level, const char *subsystem, const char *format, ...) {
    struct draft draft;
    draft_start(&draft, level, subsystem);
    va_list arguments;
    va_start(arguments, format);
    format_list(draft_put, &draft, format, arguments);
    va_end(arguments);
    draft_end(&draft);
    journal_put(&journal, (const uint64_t *)&draft.line);
    tell();
}

void log_cores_set(unsigned count) {
    __atomic_store_n(&several, count > 1, __ATOMIC_RELAXED);
}

void log_sink_add(log_sink *sink, void *context) {
    if (sink_count < LOG_SINKS_MAX) {
        sinks[sink_count] = (struct sink){sink, context};
        __atomic_store_n(&sink_count, sink_count + 1, __ATOMIC_RELEASE);
    }
}

void log_replay(log_sink *sink, void *context) {
    struct line line;
    uint64_t end = journal_next(&journal);
    for (uint64_t number = journal_oldest(&journal); number < end; number++) {
        if (journal_get(&journal, number, (uint64_t *)&line) == JOURNAL_THERE) {
            sink(context, line.bytes, line.size);
        }
    }
}

size_t log_read(uint64_t *next, uint64_t *gone, char *to, size_t capacity) {
    struct line line;
    size_t size = 0;
    uint64_t end = journal_next(&journal), oldest = journal_oldest(&journal), from = *next;
    *next = from > end ? end : from < oldest ? oldest : from;
    *gone = *next > from ? *next - from : 0;
    for (; *next < end; ++*next) {
        enum journal_record record = journal_get(&journal, *next, (uint64_t *)&line);
        if (record == JOURNAL_COMING || (record == JOURNAL_THERE && line.size > capacity - size)) {
            break;
        }
        if (record == JOURNAL_THERE) {
            memcpy(to + size, line.bytes, line.size);
            size += line.size;
        }
        *gone += record == JOURNAL_LOST;
    }
    return size;
}
