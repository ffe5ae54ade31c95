/* SPDX-License-Identifier: MIT */
/* CONFIG, line by line. */
#include <base/environment.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static struct text drop(struct text text, size_t count) {
    return (struct text){text.bytes + count, text.size - count};
}

static struct text trim(struct text text) {
    while (text.size > 0 && is_blank(text.bytes[0])) {
        text = drop(text, 1);
    }
    while (text.size > 0 && is_blank(text.bytes[text.size - 1])) {
        text.size--;
    }
    return text;
}

/* Skips to behind the next star-slash; to the end when there is none. */
static struct text skip_comment(struct text text) {
    while (text.size >= 2 && !(text.bytes[0] == '*' && text.bytes[1] == '/')) {
        text = drop(text, 1);
    }
    return text.size >= 2 ? drop(text, 2) : drop(text, text.size);
}

/* Takes the next line that is no comment; false at the end. */
static bool next_line(struct text *rest, struct text *line) {
    while (rest->size > 0) {
        if (is_blank(rest->bytes[0]) || rest->bytes[0] == '\n') {
            *rest = drop(*rest, 1);
        } else if (text_starts_with(*rest, text_of("/*"))) {
            *rest = skip_comment(drop(*rest, 2));
        } else {
            *line = trim(text_split(rest, '\n'));
            if (line->bytes[0] != '#' && !text_starts_with(*line, text_of("//"))) {
                return true;
            }
        }
    }
    return false;
}

bool environment_find(struct text environment, struct text key, struct text *out) {
    struct text line;
    bool found = false;
    while (next_line(&environment, &line)) {
        struct text value = line;
        struct text name = trim(text_split(&value, '='));
        if (name.size < line.size && text_equal(name, key)) {
            *out = trim(value);
            found = true;
        }
    }
    return found;
}
