/* SPDX-License-Identifier: MIT */
/*
 * The shell's language.
 *
 *   line      = pipeline { ("&&" | "||" | ";" | "&") pipeline } [";" | "&"]
 *   pipeline  = command { "|" command }
 *   command   = { word | "<" word | ">" word | ">>" word | "2>" word | "2>>" word }
 *   word      = letters, 'as they are', "with $NAME", \x ; $NAME ${NAME} $? are replaced, in one
 * word
 *
 * "#" where a word could begin starts a comment. A line is read once as a whole, to find mistakes,
 * before any of it is carried out.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t PIPELINE_MAX = 8;    /* commands */
constexpr uint32_t ARGUMENTS_MAX = 256; /* of a command */
constexpr size_t WORDS_MAX = 32768;     /* bytes of all words of a pipeline */

struct command_line {
    const char *arguments[ARGUMENTS_MAX];
    uint32_t count;
    const char *input, *output, *errors; /* paths; NULL: as the shell's, or a pipe */
    bool output_appends, errors_append;
};

/* What stands behind a pipeline. */
enum follower : uint8_t {
    FOLLOWER_NONE,
    FOLLOWER_NEXT,
    FOLLOWER_AND,
    FOLLOWER_OR,
    FOLLOWER_BACKGROUND
};

struct pipeline {
    struct command_line commands[PIPELINE_MAX];
    uint32_t count;   /* 0: nothing but blanks */
    const char *text; /* as it was written */
    size_t text_size;
    enum follower follower;
    char words[WORDS_MAX];
    size_t words_size;
};

struct parser {
    const char *text;
    size_t size, at;
    uint32_t status;   /* $? */
    const char *error; /* what is wrong, NULL: nothing; at which byte is `at` */
};

/* The next pipeline. False: there is none (error NULL), or there is a mistake. */
bool parse_pipeline(struct parser *parser, struct pipeline *out);
