/* SPDX-License-Identifier: MIT */
/*
 * What concerns several lines: names, who offers what, the order of callers. Names are found by a
 * hash table and the graph of calls is walked once, so that all of it is linear.
 */
#include "reader.h"
#include <abi/birth.h>
#include <base/format.h>
#include <base/hash.h>
#include <proto/kernel.h>

constexpr uint32_t TABLE = 2 * WIRING_PROCESSES; /* never more than half full */
constexpr uint16_t NOBODY = UINT16_MAX;

enum colour : uint8_t { NEW, ON_THE_WAY, DONE };

struct checker {
    struct parser *parser;
    struct wiring *wiring;
    uint16_t table[TABLE]; /* index of a process */
    /* The walk along calls: */
    enum colour colours[WIRING_PROCESSES];
    uint16_t way[WIRING_PROCESSES];
    uint16_t next_use[WIRING_PROCESSES];
    uint32_t depth;
};

/* ---- names ---- */

static uint16_t *place_of(struct checker *checker, struct text name) {
    uint32_t at = (uint32_t)(hash_bytes(name.bytes, name.size) % TABLE);
    while (checker->table[at] != NOBODY &&
           !text_equal(checker->wiring->processes[checker->table[at]].name, name)) {
        at = (at + 1) % TABLE;
    }
    return &checker->table[at];
}

static void collect_names(struct checker *checker) {
    memset(checker->table, 0xFF, sizeof checker->table);
    for (uint32_t i = 0; i < checker->wiring->process_count; i++) {
        const struct wiring_process *process = &checker->wiring->processes[i];
        uint16_t *place = place_of(checker, process->name);
        if (*place == NOBODY) {
            *place = (uint16_t)i;
        } else if (process->name.size > 0) {
            parser_complain(checker->parser, process->place,
                            "there is a process \"%.*s\" already, on line %u",
                            (int)process->name.size, process->name.bytes,
                            checker->wiring->processes[*place].place.line);
        }
    }
}

/* ---- each process by itself ---- */

static void check_given(struct checker *checker, const struct wiring_process *process) {
    static const struct {
        uint32_t bit;
        const char *name;
    } NEEDED[] = {{FIELD_MODULE, "module"}, {FIELD_KIND, "kind"}, {FIELD_PRIORITY, "priority"}};
    for (size_t i = 0; i < sizeof NEEDED / sizeof NEEDED[0]; i++) {
        if ((process->fields & NEEDED[i].bit) == 0) {
            parser_complain(checker->parser, process->place, "process \"%.*s\" has no \"%s\"",
                            (int)process->name.size, process->name.bytes, NEEDED[i].name);
        }
    }
}

static void check_kind(struct checker *checker, const struct wiring_process *process) {
    if ((process->fields & FIELD_KIND) == 0 || process->kind == WIRING_HANDLER) {
        return;
    }
    if (process->serves != 0) {
        parser_complain(checker->parser, process->serves_place, "only a handler can serve");
    }
    if ((process->fields & FIELD_TURN) != 0) {
        parser_complain(checker->parser, process->turn_place, "only a handler has turns");
    }
}

static void check_file(struct checker *checker, struct wiring_place place, struct text path) {
    const struct wiring_reader *reader = checker->parser->reader;
    if (reader->has_file != nullptr && !reader->has_file(reader->data, path)) {
        parser_complain(checker->parser, place, "the image has no file \"%.*s\"", (int)path.size,
                        path.bytes);
    }
}

static void check_process(struct checker *checker, const struct wiring_process *process) {
    check_given(checker, process);
    check_kind(checker, process);
    if (process->module.size > 0) {
        check_file(checker, process->module_place, process->module);
    }
    if (process->kind == WIRING_WASI) {
        check_file(checker, process->place, text_of(WIRING_WASI_PATH));
    }
}

/* ---- handles ---- */

static const struct {
    const char *name;
    uint64_t right;
} KERNEL_RIGHTS[] = {
    {"log", KERNEL_MAY_LOG},     {"watch", KERNEL_MAY_WATCH},     {"end", KERNEL_MAY_END},
    {"power", KERNEL_MAY_POWER}, {"time", KERNEL_MAY_TIME},       {"random", KERNEL_MAY_RANDOM},
    {"files", KERNEL_MAY_FILES}, {"devices", KERNEL_MAY_DEVICES}, {"screen", KERNEL_MAY_SHOW},
};

/* "log" or "log,time,random". */
static bool kernel_rights(struct text part, uint64_t *out) {
    constexpr size_t COUNT = sizeof KERNEL_RIGHTS / sizeof KERNEL_RIGHTS[0];
    *out = 0;
    while (part.size > 0) {
        struct text right = text_split(&part, ',');
        size_t i = 0;
        while (i < COUNT && !text_equal(right, text_of(KERNEL_RIGHTS[i].name))) {
            i++;
        }
        if (i == COUNT) {
            return false;
        }
        *out |= KERNEL_RIGHTS[i].right;
    }
    return *out != 0;
}

static void resolve_kernel(struct checker *checker, struct wiring_use *use) {
    use->giver = WIRING_OF_KERNEL;
    use->protocol = PROTOCOL_KERNEL;
    if (!kernel_rights(use->part, &use->badge)) {
        parser_complain(checker->parser, use->target_place,
                        "expected kernel. and what may be asked, with commas between: log, watch, "
                        "end, power, time, random, files, devices");
    }
}

static void resolve_device(struct checker *checker, struct wiring_use *use) {
    use->giver = WIRING_OF_DEVICE;
    use->protocol = PROTOCOL_DEVICE;
    if (use->part.size == 0) {
        parser_complain(checker->parser, use->target_place, "expected device. and its name");
    }
}

static void complain_badge(struct checker *checker, const struct wiring_use *use,
                           const struct wiring_process *server,
                           const struct protocol_name *protocol) {
    char names[128];
    protocol_badge_list(protocol, names, sizeof names);
    parser_complain(checker->parser, use->target_place, "\"%.*s\" serves the protocol %s, %s%s",
                    (int)server->name.size, server->name.bytes, protocol->name,
                    names[0] != 0 ? "of which one is named behind a dot: "
                                  : "whose handles have no names",
                    names);
}

static void resolve_process(struct checker *checker, struct wiring_use *use, struct text name) {
    uint16_t found = *place_of(checker, name);
    if (found == NOBODY) {
        parser_complain(checker->parser, use->target_place,
                        "there is no process \"%.*s\"; kernel and device are there, too",
                        (int)name.size, name.bytes);
        use->server = NOBODY;
        return;
    }
    const struct wiring_process *server = &checker->wiring->processes[found];
    const struct protocol_name *protocol = protocol_of(server->serves);
    use->giver = WIRING_OF_PROCESS;
    use->server = found;
    use->protocol = server->serves;
    if (protocol == nullptr) {
        parser_complain(checker->parser, use->target_place, "\"%.*s\" does not say what it serves",
                        (int)name.size, name.bytes);
    } else if (!protocol_badge_find(protocol, use->part, &use->badge)) {
        complain_badge(checker, use, server, protocol);
    }
}

static void resolve(struct checker *checker, struct wiring_use *use) {
    use->part = use->target;
    struct text name = text_split(&use->part, '.');
    use->server = NOBODY;
    if (text_equal(name, text_of("kernel"))) {
        resolve_kernel(checker, use);
    } else if (text_equal(name, text_of("device"))) {
        resolve_device(checker, use);
    } else {
        resolve_process(checker, use, name);
    }
}

/* ---- who may wait for whom ---- */

static bool is_call(const struct wiring_use *use) {
    return use->giver == WIRING_OF_PROCESS && use->server != NOBODY && !use->sends;
}

/* Processes without a priority have been complained about. */
static bool is_too_low(const struct wiring_process *server, const struct wiring_process *caller) {
    return server != caller && server->priority != 0 && caller->priority != 0 &&
           server->priority >= caller->priority;
}

static void complain_order(struct checker *checker, const struct wiring_use *use,
                           const struct wiring_process *caller) {
    const struct wiring_process *server = &checker->wiring->processes[use->server];
    parser_complain(checker->parser, use->target_place,
                    "\"%.*s\" (priority %u) must be more urgent than \"%.*s\" (priority %u), which "
                    "may call it: give it a smaller number",
                    (int)server->name.size, server->name.bytes, server->priority,
                    (int)caller->name.size, caller->name.bytes, caller->priority);
}

static void check_order(struct checker *checker, const struct wiring_process *process) {
    for (uint32_t i = 0; i < process->use_count; i++) {
        const struct wiring_use *use = &checker->wiring->uses[process->first_use + i];
        if (is_call(use) && is_too_low(&checker->wiring->processes[use->server], process)) {
            complain_order(checker, use, process);
        }
    }
}

static void enter(struct checker *checker, uint16_t process) {
    checker->colours[process] = ON_THE_WAY;
    checker->next_use[process] = 0;
    checker->way[checker->depth++] = process;
}

static void complain_cycle(struct checker *checker, const struct wiring_use *use) {
    const struct wiring_process *all = checker->wiring->processes;
    const struct wiring_process *from = &all[checker->way[checker->depth - 1]];
    parser_complain(checker->parser, use->target_place,
                    from == &all[use->server]
                        ? "\"%.*s\" would call itself (\"%.*s\")"
                        : "a cycle of calls: \"%.*s\" calls \"%.*s\", which calls it in turn, or "
                          "others who do",
                    (int)from->name.size, from->name.bytes, (int)all[use->server].name.size,
                    all[use->server].name.bytes);
}

/* One step of the walk: along the next call of the process that the way has come to, or back. */
static void walk_on(struct checker *checker) {
    uint16_t at = checker->way[checker->depth - 1];
    const struct wiring_process *process = &checker->wiring->processes[at];
    if (checker->next_use[at] == process->use_count) {
        checker->colours[at] = DONE;
        checker->depth--;
        return;
    }
    const struct wiring_use *use =
        &checker->wiring->uses[process->first_use + checker->next_use[at]++];
    if (!is_call(use)) {
        return;
    }
    if (checker->colours[use->server] == ON_THE_WAY) {
        complain_cycle(checker, use);
    } else if (checker->colours[use->server] == NEW) {
        enter(checker, (uint16_t)use->server);
    }
}

static void check_cycles(struct checker *checker) {
    for (uint32_t i = 0; i < checker->wiring->process_count; i++) {
        if (checker->colours[i] == NEW) {
            enter(checker, (uint16_t)i);
        }
        while (checker->depth > 0) {
            walk_on(checker);
        }
    }
}

void wiring_check(struct parser *parser) {
    struct checker checker = {.parser = parser, .wiring = parser->wiring};
    struct wiring *wiring = parser->wiring;
    if (wiring->process_count == 0) {
        parser_complain(parser, (struct wiring_place){1, 1}, "there is no process");
    }
    collect_names(&checker);
    for (uint32_t i = 0; i < wiring->process_count; i++) {
        check_process(&checker, &wiring->processes[i]);
    }
    for (uint32_t i = 0; i < wiring->use_count; i++) {
        resolve(&checker, &wiring->uses[i]);
    }
    for (uint32_t i = 0; i < wiring->process_count; i++) {
        check_order(&checker, &wiring->processes[i]);
    }
    check_cycles(&checker);
}
