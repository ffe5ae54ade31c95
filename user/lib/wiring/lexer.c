/* SPDX-License-Identifier: MIT */
/* See lexer.h. Every byte is looked at once; nothing beyond `end` is. */
#include "lexer.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_quote(char c) {
    return c == '"' || c == '\'';
}

static bool is_bare(char c) {
    return c > ' ' && c < 0x7F && !is_quote(c);
}

static bool at_line_end(const struct lexer *lexer) {
    return lexer->at == lexer->end || *lexer->at == '\n';
}

/* A character of UTF-8 has one byte that does not continue it. */
static void step(struct lexer *lexer) {
    char c = *lexer->at++;
    if (c == '\n') {
        lexer->place = (struct wiring_place){lexer->place.line + 1, 1};
    } else {
        lexer->place.column += ((uint8_t)c & 0xC0) != 0x80;
    }
}

static void skip_line(struct lexer *lexer) {
    while (!at_line_end(lexer)) {
        step(lexer);
    }
}

static void fail(struct lexer *lexer, struct wiring_place place, const char *what) {
    lexer->fault = what;
    lexer->fault_place = place;
    skip_line(lexer);
}

static void add_word(struct lexer *lexer, const char *start, struct wiring_place place,
                     bool quoted) {
    lexer->words[lexer->count++] =
        (struct word){{start, (size_t)(lexer->at - start)}, place, quoted};
}

static void quoted_word(struct lexer *lexer) {
    struct wiring_place place = lexer->place;
    char quote = *lexer->at;
    step(lexer);
    const char *start = lexer->at;
    while (!at_line_end(lexer) && *lexer->at != quote) {
        if ((uint8_t)*lexer->at < ' ' || *lexer->at == 0x7F) {
            fail(lexer, lexer->place, "a control character in quotes");
            return;
        }
        step(lexer);
    }
    if (at_line_end(lexer)) {
        fail(lexer, place, "the quote that begins here does not end on this line");
        return;
    }
    add_word(lexer, start, place, true);
    step(lexer);
}

static void bare_word(struct lexer *lexer) {
    struct wiring_place place = lexer->place;
    const char *start = lexer->at;
    while (!at_line_end(lexer) && is_bare(*lexer->at)) {
        step(lexer);
    }
    add_word(lexer, start, place, false);
}

static void next_word(struct lexer *lexer) {
    if (lexer->count == LINE_WORDS) {
        fail(lexer, lexer->place, "more than 64 words on a line");
    } else if (is_quote(*lexer->at)) {
        quoted_word(lexer);
    } else if (is_bare(*lexer->at)) {
        bare_word(lexer);
    } else {
        fail(lexer, lexer->place, "a word with such a character must stand in quotes");
    }
    if (!at_line_end(lexer) && !is_blank(*lexer->at)) {
        fail(lexer, lexer->place,
             is_bare(*lexer->at) || is_quote(*lexer->at)
                 ? "a quote inside of a word: put the whole word into quotes"
                 : "a word with such a character must stand in quotes");
    }
}

static void read_line(struct lexer *lexer) {
    lexer->count = 0;
    lexer->fault = nullptr;
    while (!at_line_end(lexer)) {
        if (is_blank(*lexer->at)) {
            step(lexer);
        } else if (*lexer->at == '#') {
            lexer->line_end = lexer->place;
            skip_line(lexer);
            return;
        } else {
            next_word(lexer);
            lexer->line_end = lexer->place;
        }
    }
}

void lexer_init(struct lexer *lexer, struct text file) {
    *lexer = (struct lexer){.at = file.bytes, .end = file.bytes + file.size, .place = {1, 1}};
}

bool lexer_next(struct lexer *lexer) {
    while (lexer->at < lexer->end) {
        read_line(lexer);
        if (lexer->at < lexer->end) {
            step(lexer);
        }
        if (lexer->count > 0 || lexer->fault != nullptr) {
            return true;
        }
    }
    return false;
}
