/* SPDX-License-Identifier: MIT */
/* The lines of a section: one small function for each, found by its first word. */
#include "reader.h"
#include <base/format.h>

constexpr uint64_t PAGE = 64 * 1024;         /* of wasm */
constexpr uint64_t MEMORY_PAGES_MAX = 65536; /* all that a 32-bit memory can hold */
constexpr uint64_t STACK_GRANULE = 4096, STACK_LEAST = 4, STACK_MOST = 16 * 1024;
constexpr uint64_t HANDLES_MAX = 64 * 1024;
constexpr uint64_t MESSAGES_MAX = 64 * 1024;
constexpr uint64_t MAILBOX_LEAST = 64, MAILBOX_MOST = 64 * 1024; /* KiB; one payload must fit */
constexpr uint64_t TURN_MS_MAX = 60'000;
constexpr uint64_t WITHIN_MS_MAX = 3'600'000;
constexpr size_t PATH_MAX = 255;

static void module_field(struct parser *parser) {
    const struct word *word = parser_take(parser, "the path of a module");
    if (word == nullptr) {
        return;
    }
    parser->process->module = word->text;
    parser->process->module_place = word->place;
    if (word->text.size == 0 || word->text.size > PATH_MAX || word->text.bytes[0] == '/') {
        parser_complain(parser, word->place,
                        "expected a path of 1 to 255 bytes that does not begin with /");
    }
}

static void kind_field(struct parser *parser) {
    static const char *const NAMES[] = {"handler", "command", "wasi"};
    for (uint32_t i = 0; i < 3; i++) {
        if (parser_accept(parser, NAMES[i])) {
            parser->process->kind = (enum wiring_kind)i;
            return;
        }
    }
    const struct word *word = parser_take(parser, "handler, command or wasi");
    if (word != nullptr) {
        parser_complain(parser, word->place, "expected handler, command or wasi");
    }
}

static void serves_field(struct parser *parser) {
    char names[128], expected[160];
    protocol_list(names, sizeof names);
    (void)format_buffer(expected, sizeof expected, "a protocol (%s)", names);
    const struct word *word = parser_take(parser, expected);
    const struct protocol_name *protocol = word != nullptr ? protocol_find(word->text) : nullptr;
    if (protocol != nullptr) {
        parser->process->serves = protocol->protocol;
        parser->process->serves_place = word->place;
    } else if (word != nullptr) {
        parser_complain(parser, word->place, "expected %s", expected);
    }
}

static void priority_field(struct parser *parser) {
    (void)value_number(parser, "a priority", 1, PROCESS_PRIORITIES - 1, &parser->process->priority);
}

static void memory_field(struct parser *parser) {
    struct wiring_process *process = parser->process;
    if (!value_size(parser, "the memory", PAGE, 1, MEMORY_PAGES_MAX, &process->memory_pages)) {
        return;
    }
    if (parser_accept(parser, "checked")) {
        process->memory_mode = WIRING_CHECKED;
    } else {
        (void)parser_accept(parser, "guard");
    }
}

static void stack_field(struct parser *parser) {
    uint32_t pages;
    if (value_size(parser, "the stack", STACK_GRANULE, STACK_LEAST, STACK_MOST, &pages)) {
        parser->process->stack_size = pages * (uint32_t)STACK_GRANULE;
    }
}

static void handles_field(struct parser *parser) {
    (void)value_number(parser, "the number of handles", 1, HANDLES_MAX, &parser->process->handles);
}

static void mailbox_field(struct parser *parser) {
    struct wiring_process *process = parser->process;
    uint32_t kib;
    if (!value_number(parser, "the number of messages", 1, MESSAGES_MAX,
                      &process->mailbox_messages)) {
        return;
    }
    if (!parser_accept(parser, "messages")) {
        const struct word *word = parser_take(parser, "\"messages\"");
        if (word != nullptr) {
            parser_complain(parser, word->place, "expected \"messages\"");
        }
    } else if (value_size(parser, "the payloads", 1024, MAILBOX_LEAST, MAILBOX_MOST, &kib)) {
        process->mailbox_bytes = kib * 1024;
    }
}

static void turn_field(struct parser *parser) {
    parser->process->turn_place = parser->lexer.words[0].place;
    (void)value_duration(parser, "a turn", 1, TURN_MS_MAX, &parser->process->turn_ms);
}

static void restart_field(struct parser *parser) {
    struct wiring_restart *restart = &parser->process->restart;
    if (!parser_accept(parser, "never")) {
        if (!value_number(parser, "never, or the number of restarts", 1, WIRING_RESTARTS,
                          &restart->count)) {
            return;
        }
        if (!parser_accept(parser, "in")) {
            const struct word *word = parser_take(parser, "\"in\" and a duration");
            if (word != nullptr) {
                parser_complain(parser, word->place, "expected \"in\" and a duration");
            }
            return;
        }
        if (!value_duration(parser, "the time", 1, WITHIN_MS_MAX, &restart->within_ms)) {
            return;
        }
    }
    if (parser_accept(parser, "else")) {
        restart->stops = parser_accept(parser, "stop");
        const struct word *word = restart->stops ? nullptr : parser_take(parser, "\"stop\"");
        if (word != nullptr) {
            parser_complain(parser, word->place, "expected \"stop\"");
        }
    }
}

static void add_string(struct parser *parser, const struct word *word, bool environment) {
    struct wiring *wiring = parser->wiring;
    if (wiring->string_count == WIRING_STRINGS) {
        parser_complain(parser, word->place, "more than %u arguments and settings",
                        (unsigned)WIRING_STRINGS);
        return;
    }
    wiring->strings[wiring->string_count++] = (struct wiring_string){word->text, environment};
    parser->process->string_count++;
}

static void arguments_field(struct parser *parser) {
    const struct word *word = parser_take(parser, "an argument");
    while (word != nullptr) {
        add_string(parser, word, false);
        word = parser_at_end(parser) ? nullptr : parser_take(parser, "");
    }
}

static bool is_setting(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '=') {
            return i > 0;
        }
    }
    return false;
}

static void environment_field(struct parser *parser) {
    const struct word *word = parser_take(parser, "NAME=value");
    while (word != nullptr) {
        if (!is_setting(word->text)) {
            parser_complain(parser, word->place, "expected NAME=value, without blanks around =");
        }
        add_string(parser, word, true);
        word = parser_at_end(parser) ? nullptr : parser_take(parser, "");
    }
}

static bool is_name_taken(const struct parser *parser, struct text name) {
    const struct wiring_use *uses = &parser->wiring->uses[parser->process->first_use];
    for (uint32_t i = 0; i < parser->process->use_count; i++) { /* at most WIRING_PROCESS_USES */
        if (text_equal(uses[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void add_use(struct parser *parser, const struct wiring_use *use) {
    struct wiring *wiring = parser->wiring;
    if (is_name_taken(parser, use->name)) {
        parser_complain(parser, use->place, "there is a handle \"%.*s\" already",
                        (int)use->name.size, use->name.bytes);
    } else if (wiring->use_count == WIRING_USES ||
               parser->process->use_count == WIRING_PROCESS_USES) {
        parser_complain(parser, use->place, "more than %u handles of a process, or %u of all",
                        (unsigned)WIRING_PROCESS_USES, (unsigned)WIRING_USES);
    } else {
        wiring->uses[wiring->use_count++] = *use;
        parser->process->use_count++;
    }
}

static void handle_field(struct parser *parser, bool sends) {
    const struct word *name = parser_take(parser, "the handle's name");
    if (name == nullptr) {
        return;
    }
    if (!parser_accept(parser, "=")) {
        const struct word *word = parser_take(parser, "\"=\"");
        if (word != nullptr) {
            parser_complain(parser, word->place, "expected \"=\" between blanks");
        }
        return;
    }
    const struct word *target = parser_take(parser, "whose it is, such as console.output");
    if (target == nullptr) {
        return;
    }
    if (name->text.size == 0 || name->text.size > PATH_MAX) {
        parser_complain(parser, name->place, "a handle's name has 1 to 255 bytes");
        return;
    }
    const struct wiring_use use = {.name = name->text,
                                   .place = name->place,
                                   .target = target->text,
                                   .target_place = target->place,
                                   .sends = sends};
    add_use(parser, &use);
}

static void use_field(struct parser *parser) {
    handle_field(parser, false);
}

static void send_field(struct parser *parser) {
    handle_field(parser, true);
}

struct field {
    const char *name;
    void (*read)(struct parser *parser);
    uint32_t bit; /* may stand once; 0: several times */
};

static const struct field FIELDS[] = {
    {"module", module_field, FIELD_MODULE},
    {"kind", kind_field, FIELD_KIND},
    {"priority", priority_field, FIELD_PRIORITY},
    {"turn", turn_field, FIELD_TURN},
    {"serves", serves_field, 1 << 4},
    {"memory", memory_field, 1 << 5},
    {"stack", stack_field, 1 << 6},
    {"handles", handles_field, 1 << 7},
    {"mailbox", mailbox_field, 1 << 8},
    {"restart", restart_field, 1 << 9},
    {"arguments", arguments_field, 0},
    {"environment", environment_field, 0},
    {"use", use_field, 0},
    {"send", send_field, 0},
};

static const struct field *field_find(struct text name) {
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        if (text_equal(name, text_of(FIELDS[i].name))) {
            return &FIELDS[i];
        }
    }
    return nullptr;
}

static void run(struct parser *parser, const struct field *field, const struct word *word) {
    if ((parser->process->fields & field->bit) != 0) {
        parser_complain(parser, word->place, "\"%s\" stands twice in this process", field->name);
        return;
    }
    parser->process->fields |= field->bit;
    uint32_t errors = parser->errors;
    field->read(parser);
    if (parser->errors == errors && !parser_at_end(parser)) {
        const struct word *rest = parser_take(parser, "");
        parser_complain(parser, rest->place, "expected the end of the line");
    }
}

void field_read(struct parser *parser) {
    const struct word *word = parser_take(parser, "a field");
    const struct field *field = field_find(word->text);
    if (field == nullptr || word->quoted) {
        parser_complain(parser, word->place,
                        "expected process, module, kind, serves, priority, memory, stack, handles, "
                        "mailbox, turn, restart, arguments, environment, use or send");
    } else if (parser->process == nullptr) {
        parser_complain(parser, word->place, "expected \"process NAME\" before the first field");
    } else {
        run(parser, field, word);
    }
}
