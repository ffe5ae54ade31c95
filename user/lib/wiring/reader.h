/* SPDX-License-Identifier: MIT */
/* What the parts of the wiring reader share: the place where they read, and how they complain. */
#pragma once
#include "lexer.h"

struct parser {
    struct lexer lexer;
    uint32_t next; /* word of the line */
    struct wiring *wiring;
    struct wiring_process *process; /* whose section this is; NULL before the first */
    const struct wiring_reader *reader;
    uint32_t errors;
};

[[gnu::format(printf, 3, 4)]] void parser_complain(struct parser *parser, struct wiring_place place,
                                                   const char *format, ...);

/* The next word, or NULL after complaining that `expected` is missing. */
const struct word *parser_take(struct parser *parser, const char *expected);
/* Is the next word this one? Then it is taken. */
bool parser_accept(struct parser *parser, const char *word);
bool parser_at_end(const struct parser *parser);

/* Values. False: it has been said what is wrong. `least` and `most` are in the unit of *out. */
bool value_number(struct parser *parser, const char *what, uint64_t least, uint64_t most,
                  uint32_t *out);
/* NUMBER KiB|MiB|GiB, a multiple of `granule` bytes; *out in granules. */
bool value_size(struct parser *parser, const char *what, uint64_t granule, uint64_t least,
                uint64_t most, uint32_t *out);
/* NUMBER ms|s|min; *out in milliseconds. */
bool value_duration(struct parser *parser, const char *what, uint64_t least_ms, uint64_t most_ms,
                    uint32_t *out);

/* One line of a section, whose first word has been looked at but not taken. */
void field_read(struct parser *parser);

/* Which fields a process has given. */
enum field_bit : uint32_t { FIELD_MODULE = 1, FIELD_KIND = 2, FIELD_PRIORITY = 4, FIELD_TURN = 8 };

/* After the last line: what concerns several lines. */
void wiring_check(struct parser *parser);

/* Protocols by name, and the names of their badges. */
struct protocol_badge {
    const char *name;
    uint64_t badge;
};
struct protocol_name {
    const char *name;
    uint32_t protocol;
    uint64_t badge; /* without a dot; 0: there must be one */
    const struct protocol_badge *badges;
    uint32_t badge_count;
};
const struct protocol_name *protocol_find(struct text name);
const struct protocol_name *protocol_of(uint32_t protocol);
bool protocol_badge_find(const struct protocol_name *protocol, struct text name, uint64_t *out);
/* "console, clock ..." and "input, output ..." for complaints. */
void protocol_list(char *to, size_t capacity);
void protocol_badge_list(const struct protocol_name *protocol, char *to, size_t capacity);
