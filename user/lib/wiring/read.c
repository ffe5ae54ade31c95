/* SPDX-License-Identifier: MIT */
/* Reads a wiring file line by line; a line that is wrong does not hide what is wrong further on. */
#include "reader.h"
#include <base/format.h>

constexpr size_t MESSAGE_SIZE = 512;

/* A line for a person: what does not fit is cut off. */
struct message_text {
    char text[MESSAGE_SIZE];
    size_t size;
};

static void put(void *context, const char *bytes, size_t size) {
    struct message_text *message = context;
    for (size_t i = 0; i < size && message->size < MESSAGE_SIZE - 1; i++) {
        message->text[message->size++] = bytes[i];
    }
}

void parser_complain(struct parser *parser, struct wiring_place place, const char *format, ...) {
    const struct wiring_reader *reader = parser->reader;
    parser->errors++;
    if (parser->errors == WIRING_ERRORS + 1) {
        reader->error(reader->data, place, "there is more that is wrong");
    }
    if (parser->errors > WIRING_ERRORS) {
        return;
    }
    struct message_text message = {.size = 0};
    va_list arguments;
    va_start(arguments, format);
    format_list(put, &message, format, arguments);
    va_end(arguments);
    message.text[message.size] = 0;
    reader->error(reader->data, place, message.text);
}

/* Small letters, digits and '-', beginning with a letter. */
static bool is_process_name(struct text name) {
    for (size_t i = 0; i < name.size; i++) {
        char c = name.bytes[i];
        bool inner = (c >= '0' && c <= '9') || c == '-';
        if (!(c >= 'a' && c <= 'z') && (i == 0 || !inner)) {
            return false;
        }
    }
    return name.size > 0 && name.size < PROCESS_NAME_MAX;
}

static bool is_reserved(struct text name) {
    return text_equal(name, text_of("kernel")) || text_equal(name, text_of("device")) ||
           text_equal(name, text_of("init"));
}

/* After a wrong name its fields are read all the same. */
static void begin_process(struct parser *parser) {
    struct wiring *wiring = parser->wiring;
    const struct word *word = parser_take(parser, "the name of a process");
    if (wiring->process_count == WIRING_PROCESSES) {
        parser_complain(parser, parser->lexer.words[0].place, "more than %u processes",
                        (unsigned)WIRING_PROCESSES);
        wiring->process_count--;
    }
    parser->process = &wiring->processes[wiring->process_count++];
    *parser->process = (struct wiring_process){.first_use = wiring->use_count,
                                               .first_string = wiring->string_count,
                                               .place = parser->lexer.words[0].place};
    if (word == nullptr) {
        return;
    }
    parser->process->name = word->text;
    parser->process->place = word->place;
    if (word->quoted || !is_process_name(word->text) || is_reserved(word->text)) {
        parser_complain(parser, word->place,
                        "expected a name of at most %u small letters, digits and -, which is not "
                        "kernel, device or init",
                        (unsigned)PROCESS_NAME_MAX - 1);
    }
    if (!parser_at_end(parser)) {
        parser_complain(parser, parser_take(parser, "")->place, "expected the end of the line");
    }
}

static void read_line(struct parser *parser) {
    const struct lexer *lexer = &parser->lexer;
    parser->next = 0;
    if (lexer->fault != nullptr) {
        parser_complain(parser, lexer->fault_place, "%s", lexer->fault);
    } else if (parser_accept(parser, "process")) {
        begin_process(parser);
    } else {
        field_read(parser);
    }
}

bool wiring_read(struct text file, const struct wiring_reader *reader, struct wiring *out) {
    struct parser parser = {.wiring = out, .reader = reader};
    constexpr struct wiring_place START = {1, 1};
    out->process_count = out->use_count = out->string_count = 0;
    if (file.size > WIRING_SIZE_MAX) {
        parser_complain(&parser, START, "the file has more than %u bytes",
                        (unsigned)WIRING_SIZE_MAX);
        return false;
    }
    if (!utf8_valid((const uint8_t *)file.bytes, file.size)) {
        parser_complain(&parser, START, "the file is not UTF-8");
        return false;
    }
    lexer_init(&parser.lexer, file);
    while (parser.errors <= WIRING_ERRORS && lexer_next(&parser.lexer)) {
        read_line(&parser);
    }
    if (parser.errors <= WIRING_ERRORS) {
        wiring_check(&parser);
    }
    return parser.errors == 0;
}
