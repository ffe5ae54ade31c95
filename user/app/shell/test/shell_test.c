/* SPDX-License-Identifier: MIT */
/* The shell's language and its look into modules, with whatever is typed and found. */
#include "../kind.h"
#include "../parse.h"
#include "../variable.h"
#include <stdlib.h>
#include <string.h>
#include <test/check.h>
#include <user/command.h>
#include <user/file.h>
#include <user/memory.h>

/* ---- the world ---- */

static const char *const environment[] = {"HOME=/tmp", "EMPTY=", "odd"};

const char *const *command_environment(uint32_t *count) {
    *count = 3;
    return environment;
}

void *memory_allocate(size_t size) {
    return malloc(size);
}

void memory_release(void *memory, size_t size) {
    free(memory);
}

static const uint8_t *file;
static size_t file_size;
static unsigned open_files;

status_t file_open(const char *path, uint64_t flags, uint64_t rights, handle_t *out,
                   enum file_kind *kind) {
    *out = 1;
    open_files++;
    return OK;
}

status_t file_read(handle_t handle, uint64_t offset, void *to, uint32_t size, uint32_t *got) {
    size_t left = offset < file_size ? file_size - (size_t)offset : 0;
    *got = left < size ? (uint32_t)left : size;
    memcpy(to, file + (left > 0 ? offset : 0), *got);
    return OK;
}

status_t system_handle_close(handle_t handle) {
    open_files--;
    return OK;
}

/* ---- the language ---- */

static struct pipeline pipeline;

static struct parser parser_of(const char *line) {
    pipeline.follower = FOLLOWER_NONE;
    return (struct parser){.text = line, .size = strlen(line), .status = 42};
}

/* The words of all pipelines, as "a b|c <in >out ; d". */
static const char *parsed(const char *line) {
    static char out[4096];
    static const char *const followers[] = {"", " ;", " &&", " ||", " &"};
    struct parser parser = parser_of(line);
    out[0] = 0;
    while (parse_pipeline(&parser, &pipeline)) {
        for (uint32_t i = 0; i < pipeline.count; i++) {
            const struct command_line *command = &pipeline.commands[i];
            strcat(out, i > 0 ? "|" : "");
            for (uint32_t j = 0; j < command->count; j++) {
                strcat(out, "[");
                strcat(out, command->arguments[j]);
                strcat(out, "]");
            }
            strcat(strcat(out, command->input != nullptr ? "<" : ""),
                   command->input != nullptr ? command->input : "");
            strcat(strcat(out, command->output == nullptr ? ""
                               : command->output_appends  ? ">>"
                                                          : ">"),
                   command->output != nullptr ? command->output : "");
            strcat(strcat(out, command->errors == nullptr ? ""
                               : command->errors_append   ? "2>>"
                                                          : "2>"),
                   command->errors != nullptr ? command->errors : "");
        }
        strcat(out, followers[pipeline.follower]);
    }
    return parser.error != nullptr ? parser.error : out;
}

#define PARSES(line, wanted) CHECK(strcmp(parsed(line), wanted) == 0)

static void test_language(void) {
    PARSES("", "");
    PARSES("  # nothing", "");
    PARSES("ls -l 'a b' \"c d\" e\\ f", "[ls][-l][a b][c d][e f]");
    PARSES("a''b\"\" ''", "[ab][]");
    PARSES("a|b | c", "[a]|[b]|[c]");
    PARSES("a && b || c; d & e", "[a] &&[b] ||[c] ;[d] &[e]");
    PARSES("a <in >out 2>err", "[a]<in>out2>err");
    PARSES("a>>out 2>>err < in", "[a]<in>>out2>>err");
    PARSES("a 2 > b 22>c", "[a][2][22]>c"); /* the last one is the one that counts */
    PARSES("echo $HOME \"$HOME/x\" '$HOME' ${HOME}s $? $",
           "[echo][/tmp][/tmp/x][$HOME][/tmps][42][$]");
    PARSES("echo $EMPTY$NOTHING.", "[echo][.]");
    PARSES("a#b #c", "[a#b]");
    PARSES("echo 'open", "this quote is not closed");
    PARSES("a &&", "a command is expected");
    PARSES("a | | b", "a command is expected");
    PARSES("> out", "a command is expected");
    PARSES("a >", "the name of a file is expected");
    PARSES("echo ${HOME", "a name and \"}\" are expected");
    PARSES("a|b|c|d|e|f|g|h|i", "too many commands in one pipeline");
}

static void test_places(void) {
    struct parser parser = parser_of("one; two 'x");
    CHECK(parse_pipeline(&parser, &pipeline) && pipeline.text_size == 3);
    CHECK(!parse_pipeline(&parser, &pipeline) && parser.at == 9);
}

static void test_limits(void) {
    static char line[3 * ARGUMENTS_MAX];
    memset(line, ' ', sizeof line - 1);
    for (uint32_t i = 0; i <= ARGUMENTS_MAX; i++) {
        line[2 * i] = 'a';
    }
    CHECK(strcmp(parsed(line), "too many words") == 0);
    static char value[WORDS_MAX];
    memset(value, 'v', sizeof value - 2);
    CHECK(variable_set("LONG", 4, value));
    CHECK(strcmp(parsed("echo $LONG $LONG"), "the line is too long") == 0);
    CHECK(variable_set("LONG", 4, ""));
}

/* Whatever is typed ends, with words that end, or a place in the line. */
static void test_anything(void) {
    static const char letters[] = "a b$?'\"\\|&;<>2#{}=HOME\t\n\x01\xc3";
    uint32_t state = 1;
    for (unsigned run = 0; run < 20000; run++) {
        char line[48];
        size_t size = run % sizeof line;
        for (size_t i = 0; i < size; i++) {
            state = state * 1664525 + 1013904223;
            line[i] = letters[(state >> 16) % (sizeof letters - 1)];
        }
        struct parser parser = {.text = line, .size = size};
        pipeline.follower = FOLLOWER_NONE;
        unsigned count = 0;
        while (parse_pipeline(&parser, &pipeline)) {
            count++;
            CHECK(pipeline.words_size <= WORDS_MAX && pipeline.text_size > 0);
        }
        CHECK(count <= size && parser.at <= size + 1);
    }
}

static void test_variables(void) {
    variables_start();
    CHECK(strcmp(variable_get("HOME", 4), "/tmp") == 0 && variable_get("HOM", 3) == nullptr);
    CHECK(strcmp(variable_get("PWD", 3), "/") == 0 && variable_get("odd", 3) == nullptr);
    CHECK(variable_set("NEW", 3, "1") && variable_set("NEW", 3, "22"));
    CHECK(strcmp(variable_get("NEW", 3), "22") == 0);
    CHECK(variable_is_name("a_1", 3) && !variable_is_name("1a", 2) && !variable_is_name("", 0));
}

/* ---- modules ---- */

static const uint8_t wasi_module[] = {0,   'a', 's', 'm',  1,   0,    0,   0, /* magic */
                                      0,   3,   1,   'x',  0,                 /* a custom section */
                                      1,   4,   1,   0x60, 0,   0,            /* a type */
                                      2,   53,  3,                            /* three imports */
                                      1,   'm', 1,   't',  1,   0x70, 1,   0,   9, /* a table */
                                      1,   'm', 1,   'g',  3,   0x7f, 0,           /* a global */
                                      22,  'w', 'a', 's',  'i', '_',  's', 'n', 'a', 'p',
                                      's', 'h', 'o', 't',  '_', 'p',  'r', 'e', 'v', 'i',
                                      'e', 'w', '1', 4,    'e', 'x',  'i', 't', 0,   0};

static status_t look(const uint8_t *bytes, size_t size, bool *wasi) {
    file = bytes;
    file_size = size;
    status_t status = kind_find("x", wasi);
    CHECK(open_files == 0);
    return status;
}

static void test_kinds(void) {
    bool wasi;
    CHECK(look(wasi_module, sizeof wasi_module, &wasi) == OK && wasi);
    CHECK(look(wasi_module, 24, &wasi) == OK && !wasi);
    CHECK(look(wasi_module, 7, &wasi) == ERR_CORRUPT);
    CHECK(look((const uint8_t *)"#!/bin/sh, of Unix", 18, &wasi) == ERR_CORRUPT);
}

/* Every cut, and every byte changed: nothing is read beyond what there is. */
static void test_broken_modules(void) {
    bool wasi;
    for (size_t size = 8; size < sizeof wasi_module; size++) {
        uint8_t *cut = malloc(size);
        memcpy(cut, wasi_module, size);
        CHECK(look(cut, size, &wasi) == OK && !wasi);
        for (unsigned value = 0; value < 256; value += 51) {
            cut[size - 1] = (uint8_t)value;
            (void)look(cut, size, &wasi);
        }
        free(cut);
    }
}

int main(void) {
    test_variables();
    test_language();
    test_places();
    test_limits();
    test_anything();
    test_kinds();
    test_broken_modules();
    return check_finish("shell");
}
