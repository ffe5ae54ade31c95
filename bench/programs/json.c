/* SPDX-License-Identifier: MIT */
/* A recursive-descent parser over bytes: a JSON text is made once and parsed each round. */
#include "bench.h"

enum { TEXT_SIZE = 200000 };
static char text[TEXT_SIZE + 400];
static const char *at;
static uint64_t sum;

static void make_text(void) {
    uint32_t seed = 5;
    char *end = text;
    *end++ = '[';
    while (end < text + TEXT_SIZE) {
        uint32_t number = next_random(&seed);
        end +=
            sprintf(end,
                    "{\"id\": %u, \"name\": \"item \\\"%x\\\"\", \"flags\": [true, false, null], "
                    "\"weight\": -%u.%02u,\n  \"parts\": {\"left\": %u, \"right\": []}},\n",
                    number % 100000, number, number % 977, number % 100, number % 13);
    }
    strcpy(end, "0]");
}

static void skip_space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') {
        at++;
    }
}

static bool take(char byte) {
    skip_space();
    if (*at != byte) {
        return false;
    }
    at++;
    return true;
}

static void parse_string(void) {
    uint32_t hash = 0;
    for (; *at != '"'; at++) {
        at += *at == '\\';
        hash = hash * 33 + (uint8_t)*at;
    }
    at++;
    sum += hash;
}

static void parse_number(void) {
    bool negative = *at == '-';
    at += negative;
    uint64_t value = 0;
    for (; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
        value = *at == '.' ? value : value * 10 + (uint64_t)(*at - '0');
    }
    sum = sum * 7 + (negative ? -value : value);
}

static void parse_value(void) {
    skip_space();
    switch (*at) {
    case '{':
        at++;
        while (!take('}')) {
            take('"');
            parse_string();
            take(':');
            parse_value();
            take(',');
        }
        break;
    case '[':
        at++;
        while (!take(']')) {
            parse_value();
            take(',');
        }
        break;
    case '"':
        at++;
        parse_string();
        break;
    case 't':
    case 'n':
        at += 4;
        sum++;
        break;
    case 'f':
        at += 5;
        break;
    default:
        parse_number();
    }
}

static uint64_t bench(uint32_t rounds) {
    if (rounds > 0) {
        make_text();
    }
    for (uint32_t round = 0; round < rounds; round++) {
        at = text;
        parse_value();
    }
    return sum;
}
