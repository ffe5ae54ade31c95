/* SPDX-License-Identifier: MIT */
/* See parse.h. Words are put one behind the other into the pipeline's own memory. */
#include "parse.h"
#include "variable.h"
#include <base/format.h>
#include <base/string.h>

static bool fail(struct parser *parser, const char *error) {
    parser->error = error;
    return false;
}

static char look(const struct parser *parser, size_t ahead) {
    return parser->at + ahead < parser->size ? parser->text[parser->at + ahead] : '\0';
}

static bool at_end(const struct parser *parser) {
    return parser->at >= parser->size;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_special(char c) {
    return c == '|' || c == '&' || c == ';' || c == '<' || c == '>';
}

static void skip_blanks(struct parser *parser) {
    while (!at_end(parser) && is_blank(look(parser, 0))) {
        parser->at++;
    }
    if (look(parser, 0) == '#') {
        parser->at = parser->size;
    }
}

/* ---- words ---- */

static bool put(struct parser *parser, struct pipeline *out, const char *bytes, size_t size) {
    if (size > WORDS_MAX - out->words_size) {
        return fail(parser, "the line is too long");
    }
    memcpy(out->words + out->words_size, bytes, size);
    out->words_size += size;
    return true;
}

static bool put_name(struct parser *parser, struct pipeline *out, size_t size) {
    const char *value = variable_get(parser->text + parser->at, size);
    parser->at += size;
    return value == nullptr || put(parser, out, value, strlen(value));
}

static size_t name_size(const struct parser *parser) {
    size_t size = 0;
    while (parser->at + size < parser->size &&
           variable_is_name(parser->text + parser->at, size + 1)) {
        size++;
    }
    return size;
}

/* Behind "${". */
static bool put_braced(struct parser *parser, struct pipeline *out) {
    size_t size = name_size(parser);
    if (size == 0 || look(parser, size) != '}') {
        return fail(parser, "a name and \"}\" are expected");
    }
    bool good = put_name(parser, out, size);
    parser->at++;
    return good;
}

/* Behind "$". Alone it is what it is. */
static bool put_variable(struct parser *parser, struct pipeline *out) {
    char number[16];
    if (look(parser, 0) == '?') {
        parser->at++;
        return put(parser, out, number,
                   format_buffer(number, sizeof number, "%u", (unsigned)parser->status));
    }
    if (look(parser, 0) == '{') {
        parser->at++;
        return put_braced(parser, out);
    }
    size_t size = name_size(parser);
    return size > 0 ? put_name(parser, out, size) : put(parser, out, "$", 1);
}

/* Behind the first quote. */
static bool put_quoted(struct parser *parser, struct pipeline *out, char quote) {
    size_t start = parser->at - 1;
    while (!at_end(parser) && look(parser, 0) != quote) {
        char c = look(parser, 0);
        bool good = true;
        parser->at++;
        if (quote == '"' && c == '$') {
            good = put_variable(parser, out);
        } else {
            if (quote == '"' && c == '\\' && !at_end(parser)) {
                c = look(parser, 0);
                parser->at++;
            }
            good = put(parser, out, &c, 1);
        }
        if (!good) {
            return false;
        }
    }
    if (at_end(parser)) {
        parser->at = start;
        return fail(parser, "this quote is not closed");
    }
    parser->at++;
    return true;
}

static bool put_piece(struct parser *parser, struct pipeline *out) {
    char c = look(parser, 0);
    parser->at++;
    if (c == '\'' || c == '"') {
        return put_quoted(parser, out, c);
    }
    if (c == '$') {
        return put_variable(parser, out);
    }
    if (c == '\\' && !at_end(parser)) {
        c = look(parser, 0);
        parser->at++;
    }
    return put(parser, out, &c, 1);
}

static bool parse_word(struct parser *parser, struct pipeline *out, const char **word) {
    char c;
    *word = out->words + out->words_size;
    while (!at_end(parser) && !is_blank(c = look(parser, 0)) && !is_special(c)) {
        if (!put_piece(parser, out)) {
            return false;
        }
    }
    return put(parser, out, "", 1);
}

/* ---- commands ---- */

static bool parse_path(struct parser *parser, struct pipeline *out, const char **path) {
    skip_blanks(parser);
    if (at_end(parser) || is_special(look(parser, 0))) {
        return fail(parser, "the name of a file is expected");
    }
    return parse_word(parser, out, path);
}

static bool parse_output(struct parser *parser, struct pipeline *out, const char **path,
                         bool *appends) {
    *appends = look(parser, 0) == '>';
    parser->at += *appends;
    return parse_path(parser, out, path);
}

static bool parse_redirection(struct parser *parser, struct pipeline *out,
                              struct command_line *command) {
    char c = look(parser, 0);
    if (c == '2') {
        parser->at += 2;
        return parse_output(parser, out, &command->errors, &command->errors_append);
    }
    parser->at++;
    return c == '<' ? parse_path(parser, out, &command->input)
                    : parse_output(parser, out, &command->output, &command->output_appends);
}

static bool at_redirection(const struct parser *parser) {
    char c = look(parser, 0);
    return c == '<' || c == '>' || (c == '2' && look(parser, 1) == '>');
}

static bool parse_argument(struct parser *parser, struct pipeline *out,
                           struct command_line *command) {
    if (command->count == ARGUMENTS_MAX) {
        return fail(parser, "too many words");
    }
    return parse_word(parser, out, &command->arguments[command->count++]);
}

static bool parse_command(struct parser *parser, struct pipeline *out) {
    struct command_line *command = &out->commands[out->count];
    *command = (struct command_line){.count = 0};
    skip_blanks(parser);
    while (!at_end(parser)) {
        if (at_redirection(parser)) {
            if (!parse_redirection(parser, out, command)) {
                return false;
            }
        } else if (is_special(look(parser, 0))) {
            break;
        } else if (!parse_argument(parser, out, command)) {
            return false;
        }
        skip_blanks(parser);
    }
    return true;
}

/* ---- pipelines ---- */

static enum follower take_follower(struct parser *parser) {
    char first = look(parser, 0), second = look(parser, 1);
    enum follower follower = FOLLOWER_NONE;
    if (first == ';') {
        follower = FOLLOWER_NEXT;
    } else if (first == '&') {
        follower = second == '&' ? FOLLOWER_AND : FOLLOWER_BACKGROUND;
    } else if (first == '|' && second == '|') {
        follower = FOLLOWER_OR;
    }
    parser->at += follower == FOLLOWER_NONE                             ? 0
                  : follower == FOLLOWER_AND || follower == FOLLOWER_OR ? 2
                                                                        : 1;
    return follower;
}

static bool is_pipe(const struct parser *parser) {
    return look(parser, 0) == '|' && look(parser, 1) != '|';
}

static bool is_redirected(const struct command_line *command) {
    return command->input != nullptr || command->output != nullptr || command->errors != nullptr;
}

static bool parse_commands(struct parser *parser, struct pipeline *out) {
    do {
        if (out->count == PIPELINE_MAX) {
            return fail(parser, "too many commands in one pipeline");
        }
        parser->at += out->count > 0; /* behind the "|" */
        if (!parse_command(parser, out)) {
            return false;
        }
        const struct command_line *command = &out->commands[out->count];
        bool empty = command->count == 0;
        if (empty && (out->count > 0 || !at_end(parser) || is_redirected(command))) {
            return fail(parser, "a command is expected");
        }
        out->count += !empty;
    } while (is_pipe(parser));
    return true;
}

static bool waits_for_more(enum follower follower) {
    return follower == FOLLOWER_AND || follower == FOLLOWER_OR;
}

bool parse_pipeline(struct parser *parser, struct pipeline *out) {
    enum follower before = out->follower;
    out->count = 0;
    out->words_size = 0;
    out->follower = FOLLOWER_NONE;
    skip_blanks(parser);
    out->text = parser->text + parser->at;
    if (!parse_commands(parser, out)) {
        return false;
    }
    if (out->count == 0) {
        return waits_for_more(before) ? fail(parser, "a command is expected") : false;
    }
    out->text_size = (size_t)(parser->text + parser->at - out->text);
    while (is_blank(out->text[out->text_size - 1])) {
        out->text_size--;
    }
    out->follower = take_follower(parser);
    return true;
}
