/* SPDX-License-Identifier: MIT */
/* Words, numbers, sizes and durations. A unit is always written, as a word of its own. */
#include "reader.h"
#include <base/format.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit SIZES[] = {{"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1 << 30}};
static const struct unit DURATIONS[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}};
constexpr size_t UNITS = 3;
constexpr uint64_t NUMBER_MAX = 1'000'000'000; /* times any factor it is far below 2^64 */

static const struct word *peek(const struct parser *parser) {
    return parser->next < parser->lexer.count ? &parser->lexer.words[parser->next] : nullptr;
}

bool parser_at_end(const struct parser *parser) {
    return peek(parser) == nullptr;
}

const struct word *parser_take(struct parser *parser, const char *expected) {
    const struct word *word = peek(parser);
    if (word == nullptr) {
        parser_complain(parser, parser->lexer.line_end, "expected %s at the end of the line",
                        expected);
        return nullptr;
    }
    parser->next++;
    return word;
}

bool parser_accept(struct parser *parser, const char *text) {
    const struct word *word = peek(parser);
    bool same = word != nullptr && !word->quoted && text_equal(word->text, text_of(text));
    parser->next += same;
    return same;
}

/* Digits alone, of a number up to NUMBER_MAX. */
static bool decimal(struct text text, uint64_t *out) {
    *out = 0;
    for (size_t i = 0; i < text.size && *out <= NUMBER_MAX; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') {
            return false;
        }
        *out = *out * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    return text.size > 0 && *out <= NUMBER_MAX;
}

static const struct word *take_number(struct parser *parser, const char *what, uint64_t *out) {
    const struct word *word = parser_take(parser, what);
    if (word != nullptr && (word->quoted || !decimal(word->text, out))) {
        parser_complain(parser, word->place, "expected %s, a decimal number up to %u", what,
                        (unsigned)NUMBER_MAX);
        return nullptr;
    }
    return word;
}

bool value_number(struct parser *parser, const char *what, uint64_t least, uint64_t most,
                  uint32_t *out) {
    uint64_t number;
    const struct word *word = take_number(parser, what, &number);
    if (word == nullptr) {
        return false;
    }
    if (number < least || number > most) {
        parser_complain(parser, word->place, "%s must be from %llu to %llu", what,
                        (unsigned long long)least, (unsigned long long)most);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static bool unit_factor(struct parser *parser, const struct unit units[UNITS], uint64_t *out) {
    char expected[64];
    (void)format_buffer(expected, sizeof expected, "a unit (%s, %s or %s)", units[0].name,
                        units[1].name, units[2].name);
    const struct word *word = parser_take(parser, expected);
    for (size_t i = 0; word != nullptr && i < UNITS; i++) {
        if (!word->quoted && text_equal(word->text, text_of(units[i].name))) {
            *out = units[i].factor;
            return true;
        }
    }
    if (word != nullptr) {
        parser_complain(parser, word->place, "expected %s", expected);
    }
    return false;
}

bool value_size(struct parser *parser, const char *what, uint64_t granule, uint64_t least,
                uint64_t most, uint32_t *out) {
    uint64_t number, factor;
    const struct word *word = take_number(parser, what, &number);
    if (word == nullptr || !unit_factor(parser, SIZES, &factor)) {
        return false;
    }
    uint64_t bytes = number * factor;
    if (bytes % granule != 0 || bytes / granule < least || bytes / granule > most) {
        parser_complain(parser, word->place, "%s must be from %llu KiB to %llu KiB, by %llu KiB",
                        what, (unsigned long long)(least * granule / 1024),
                        (unsigned long long)(most * granule / 1024),
                        (unsigned long long)((granule + 1023) / 1024));
        return false;
    }
    *out = (uint32_t)(bytes / granule);
    return true;
}

bool value_duration(struct parser *parser, const char *what, uint64_t least_ms, uint64_t most_ms,
                    uint32_t *out) {
    uint64_t number, factor;
    const struct word *word = take_number(parser, what, &number);
    if (word == nullptr || !unit_factor(parser, DURATIONS, &factor)) {
        return false;
    }
    if (number * factor < least_ms || number * factor > most_ms) {
        parser_complain(parser, word->place, "%s must be from %llu ms to %llu ms", what,
                        (unsigned long long)least_ms, (unsigned long long)most_ms);
        return false;
    }
    *out = (uint32_t)(number * factor);
    return true;
}
