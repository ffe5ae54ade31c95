/* SPDX-License-Identifier: MIT */
/*
 * Telling events: those of all rings, merged by time. Within a ring events stay in the order in
 * which they were recorded. One that is overwritten meanwhile is left out.
 */
#include "trace.h"
#include <base/string.h>
#include <kernel/port.h>

constexpr unsigned RINGS = TRACE_CORES * TRACE_SOURCES;

/* The `count` youngest events of a ring, before `next`. */
struct stretch {
    uint64_t next;
    uint32_t count;
};

static struct trace_ring *ring_at(unsigned index) {
    return trace_ring_of(index / TRACE_SOURCES, (enum trace_source)(index % TRACE_SOURCES));
}

static void stretch_init(struct stretch *stretch, unsigned index) {
    const struct trace_ring *ring = ring_at(index);
    uint64_t next = ring != nullptr ? __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE) : 0;
    *stretch = (struct stretch){next, 0};
}

/* False: it is there no more, or not yet. */
static bool event_get(const struct trace_ring *ring, uint64_t number, struct trace_event *out) {
    const struct trace_event *event = &ring->events[number % TRACE_EVENTS];
    out->stamp = __atomic_load_n(&event->stamp, __ATOMIC_ACQUIRE);
    out->ticks = __atomic_load_n(&event->ticks, __ATOMIC_RELAXED);
    out->first = __atomic_load_n(&event->first, __ATOMIC_RELAXED);
    out->second = __atomic_load_n(&event->second, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return out->stamp >> 8 == number + 1 &&
           __atomic_load_n(&event->stamp, __ATOMIC_RELAXED) == out->stamp;
}

/* The event before the stretch; passes over those that are not whole. */
static bool find_before(struct stretch *stretch, unsigned index, struct trace_event *event) {
    for (; stretch->count < TRACE_EVENTS && stretch->count < stretch->next; stretch->count++) {
        if (event_get(ring_at(index), stretch->next - stretch->count - 1, event)) {
            return true;
        }
    }
    return false;
}

static bool find_first(struct stretch *stretch, unsigned index, struct trace_event *event) {
    for (; stretch->count > 0; stretch->count--) {
        if (event_get(ring_at(index), stretch->next - stretch->count, event)) {
            return true;
        }
    }
    return false;
}

/* Makes one stretch longer by the youngest event that is in none of them. */
static bool extend(struct stretch *stretches) {
    struct stretch *best = nullptr;
    struct trace_event event;
    uint64_t youngest = 0;
    for (unsigned i = 0; i < RINGS; i++) {
        if (find_before(&stretches[i], i, &event) && (best == nullptr || event.ticks > youngest)) {
            best = &stretches[i];
            youngest = event.ticks;
        }
    }
    if (best != nullptr) {
        best->count++;
    }
    return best != nullptr;
}

/* Takes the oldest event out of all stretches. */
static bool take(struct stretch *stretches, unsigned *core_out, struct trace_event *out) {
    struct stretch *best = nullptr;
    struct trace_event event;
    for (unsigned i = 0; i < RINGS; i++) {
        if (find_first(&stretches[i], i, &event) && (best == nullptr || event.ticks < out->ticks)) {
            best = &stretches[i];
            *core_out = i / TRACE_SOURCES;
            *out = event;
        }
    }
    if (best != nullptr) {
        best->count--;
    }
    return best != nullptr;
}

static void print_name(const struct trace_event *event, format_sink *sink, void *context) {
    char name[2 * sizeof event->first + 1] = {0};
    memcpy(name, &event->first, sizeof event->first);
    memcpy(name + sizeof event->first, &event->second, sizeof event->second);
    for (size_t i = 0; name[i] != 0; i++) {
        name[i] = name[i] >= ' ' && name[i] < 0x7F ? name[i] : '?';
    }
    format_to(sink, context, "switch to %s\n", name);
}

struct labels {
    const char *kind, *first, *second;
    bool is_address; /* of code or data: the second word; also the first, if it has no label */
};

static void print_words(const struct trace_event *event, format_sink *sink, void *context) {
    static const struct labels labels[TRACE_KIND_COUNT] = {
        [TRACE_SEND] = {"send", "operation", "handle", false},
        [TRACE_RECEIVE] = {"receive", "operation", "badge", false},
        [TRACE_REPLY] = {"reply", "handle", nullptr, false},
        [TRACE_INTERRUPT] = {"interrupt", "vector", nullptr, false},
        [TRACE_TRAP] = {"trap", "kind", "at", true},
        [TRACE_COMPILE] = {"compile", "function", "bytes", false},
        [TRACE_FAULT] = {"page", nullptr, "for", true},
        [TRACE_CALL] = {"call of all cores", nullptr, nullptr, false},
    };
    const struct labels *label = &labels[(uint8_t)event->stamp];
    format_to(sink, context, "%s", label->kind);
    if (label->first != nullptr) {
        format_to(sink, context, " %s %llu", label->first, (unsigned long long)event->first);
    } else if (label->is_address) {
        format_to(sink, context, " %016llx", (unsigned long long)event->first);
    }
    if (label->second != nullptr) {
        format_to(sink, context, label->is_address ? " %s %016llx" : " %s %llu", label->second,
                  (unsigned long long)event->second);
    }
    format_to(sink, context, "\n");
}

static void print(const struct trace_event *event, unsigned core, format_sink *sink,
                  void *context) {
    uint64_t time_us = port_ticks_time_ns(event->ticks) / 1000;
    format_to(sink, context, "[%5llu.%06llu %u] ", (unsigned long long)(time_us / 1'000'000),
              (unsigned long long)(time_us % 1'000'000), core);
    if ((uint8_t)event->stamp == TRACE_SWITCH) {
        print_name(event, sink, context);
    } else {
        print_words(event, sink, context);
    }
}

void trace_replay(unsigned count, format_sink *sink, void *context) {
    struct stretch stretches[RINGS];
    struct trace_event event;
    unsigned core = 0;
    for (unsigned i = 0; i < RINGS; i++) {
        stretch_init(&stretches[i], i);
    }
    for (unsigned i = 0; i < count && extend(stretches); i++) {
    }
    while (take(stretches, &core, &event)) {
        print(&event, core, sink, context);
    }
}
