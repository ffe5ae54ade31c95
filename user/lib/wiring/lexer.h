/* SPDX-License-Identifier: MIT */
/*
 * Lines of a wiring file, and their words. A line is words between blanks; a word is bare, or lies
 * between double or single quotes and is taken as it is. '#' where a word could begin starts a
 * comment. Bytes outside of ASCII may stand in quotes and comments.
 */
#pragma once
#include <user/wiring.h>

constexpr uint32_t LINE_WORDS = 64;

struct word {
    struct text text;
    struct wiring_place place;
    bool quoted;
};

struct lexer {
    const char *at, *end;
    struct wiring_place place; /* of *at */
    struct word words[LINE_WORDS];
    uint32_t count;
    struct wiring_place line_end; /* where something is missing */
    const char *fault;            /* what is wrong with the line, or NULL */
    struct wiring_place fault_place;
};

void lexer_init(struct lexer *lexer, struct text file);

/* The next line that has words or a fault; false at the end. With a fault its words are those
 * before it. */
bool lexer_next(struct lexer *lexer);
