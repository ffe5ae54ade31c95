/* SPDX-License-Identifier: MIT */
/*
 * Events: a journal per core, and a replay that merges them by time. Writers are a core and what
 * interrupts it (and on Linux all threads); within a core events stay in the order in which they
 * drew their numbers.
 */
#include "journal.h"
#include <base/string.h>
#include <kernel/port.h>
#include <kernel/trace.h>

enum : uint32_t { TIME, KIND, FIRST, SECOND, WORDS };

struct ring {
    struct journal journal;
    uint64_t places[TRACE_EVENTS * (1 + WORDS)];
};

static struct ring first_ring = {.journal = {first_ring.places, TRACE_EVENTS, WORDS, 0}};
static struct ring *rings[TRACE_CORES] = {&first_ring};

static struct ring *ring_of(unsigned core) {
    return core < TRACE_CORES ? __atomic_load_n(&rings[core], __ATOMIC_ACQUIRE) : nullptr;
}

void trace_start(unsigned count) {
    for (unsigned core = 1; core < count && core < TRACE_CORES; core++) {
        struct ring *ring = ring_of(core) == nullptr ? port_allocate(sizeof *ring) : nullptr;
        if (ring != nullptr) {
            memset(ring, 0, sizeof *ring);
            ring->journal = (struct journal){ring->places, TRACE_EVENTS, WORDS, 0};
            __atomic_store_n(&rings[core], ring, __ATOMIC_RELEASE);
        }
    }
}

void trace_record(enum trace_kind kind, uint64_t first, uint64_t second) {
    struct ring *ring = ring_of(port_core());
    if (ring != nullptr) {
        journal_put(&ring->journal, (const uint64_t[WORDS]){port_time_ns(), kind, first, second});
    }
}

void trace_switch(const char *name) {
    uint64_t words[2] = {0};
    char *to = (char *)words;
    for (size_t i = 0; i < sizeof words && name[i] != 0; i++) {
        to[i] = name[i];
    }
    trace_record(TRACE_SWITCH, words[0], words[1]);
}

/* A stretch of the events of one core, [from, to); those before `oldest` are gone. */
struct stretch {
    const struct journal *journal; /* NULL: the core has none */
    uint64_t oldest, from, to;
};

static void stretch_init(struct stretch *stretch, unsigned core) {
    const struct ring *ring = ring_of(core);
    *stretch = (struct stretch){0};
    if (ring != nullptr) {
        uint64_t next = journal_next(&ring->journal);
        *stretch = (struct stretch){&ring->journal, journal_oldest(&ring->journal), next, next};
    }
}

/* The event before the stretch; passes over those that are not whole. */
static bool find_before(struct stretch *stretch, uint64_t *event) {
    for (; stretch->from > stretch->oldest; stretch->from--) {
        if (journal_get(stretch->journal, stretch->from - 1, event) == JOURNAL_THERE) {
            return true;
        }
    }
    return false;
}

static bool find_first(struct stretch *stretch, uint64_t *event) {
    for (; stretch->from < stretch->to; stretch->from++) {
        if (journal_get(stretch->journal, stretch->from, event) == JOURNAL_THERE) {
            return true;
        }
    }
    return false;
}

/* Makes one stretch longer by the youngest event that is in none of them. */
static bool extend(struct stretch *stretches) {
    struct stretch *best = nullptr;
    uint64_t event[WORDS], youngest = 0;
    for (unsigned core = 0; core < TRACE_CORES; core++) {
        if (find_before(&stretches[core], event) && (best == nullptr || event[TIME] > youngest)) {
            best = &stretches[core];
            youngest = event[TIME];
        }
    }
    if (best != nullptr) {
        best->from--;
    }
    return best != nullptr;
}

/* Takes the oldest event out of all stretches. */
static bool take(struct stretch *stretches, unsigned *core_out, uint64_t *out) {
    struct stretch *best = nullptr;
    uint64_t event[WORDS];
    for (unsigned core = 0; core < TRACE_CORES; core++) {
        if (find_first(&stretches[core], event) && (best == nullptr || event[TIME] < out[TIME])) {
            best = &stretches[core];
            *core_out = core;
            memcpy(out, event, sizeof event);
        }
    }
    if (best != nullptr) {
        best->from++;
    }
    return best != nullptr;
}

static void print_name(const uint64_t *event, format_sink *sink, void *context) {
    char name[2 * sizeof *event + 1] = {0};
    memcpy(name, event + FIRST, 2 * sizeof *event);
    for (size_t i = 0; name[i] != 0; i++) {
        name[i] = name[i] >= ' ' && name[i] < 0x7F ? name[i] : '?';
    }
    format_to(sink, context, "switch to %s\n", name);
}

struct labels {
    const char *kind, *first, *second;
    bool is_address; /* of code or data: the second word; also the first, if it has no label */
};

static void print_words(const uint64_t *event, format_sink *sink, void *context) {
    static const struct labels labels[TRACE_KIND_COUNT] = {
        [TRACE_SEND] = {"send", "operation", "handle", false},
        [TRACE_RECEIVE] = {"receive", "operation", "badge", false},
        [TRACE_INTERRUPT] = {"interrupt", "vector", nullptr, false},
        [TRACE_TRAP] = {"trap", "kind", "at", true},
        [TRACE_COMPILE] = {"compile", "function", "bytes", false},
        [TRACE_FAULT] = {"page", nullptr, "for", true},
        [TRACE_CALL] = {"call of all cores", nullptr, nullptr, false},
    };
    const struct labels *label = &labels[event[KIND]];
    format_to(sink, context, "%s", label->kind);
    if (label->first != nullptr) {
        format_to(sink, context, " %s %llu", label->first, (unsigned long long)event[FIRST]);
    } else if (label->is_address) {
        format_to(sink, context, " %016llx", (unsigned long long)event[FIRST]);
    }
    if (label->second != nullptr) {
        format_to(sink, context, label->is_address ? " %s %016llx" : " %s %llu", label->second,
                  (unsigned long long)event[SECOND]);
    }
    format_to(sink, context, "\n");
}

static void print(const uint64_t *event, unsigned core, format_sink *sink, void *context) {
    uint64_t time_us = event[TIME] / 1000;
    format_to(sink, context, "[%5llu.%06llu %u] ", (unsigned long long)(time_us / 1'000'000),
              (unsigned long long)(time_us % 1'000'000), core);
    if (event[KIND] == TRACE_SWITCH) {
        print_name(event, sink, context);
    } else {
        print_words(event, sink, context);
    }
}

void trace_replay(unsigned count, format_sink *sink, void *context) {
    struct stretch stretches[TRACE_CORES];
    uint64_t event[WORDS];
    unsigned core = 0;
    for (unsigned i = 0; i < TRACE_CORES; i++) {
        stretch_init(&stretches[i], i);
    }
    for (unsigned i = 0; i < count && extend(stretches); i++) {
    }
    while (take(stretches, &core, event)) {
        print(event, core, sink, context);
    }
}
