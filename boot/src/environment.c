/* SPDX-License-Identifier: MIT */
/* CONFIG, line by line. */
#include <boot/environment.h>

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

static struct text first_word(struct text text) {
    struct text word = {text.bytes, 0};
    while (word.size < text.size && !is_blank(text.bytes[word.size])) {
        word.size++;
    }
    return word;
}

struct screen_size environment_screen(struct text environment) {
    constexpr uint64_t width_min = 640, height_min = 480, most = 16384;
    struct text value;
    uint64_t width, height;
    if (!environment_find(environment, text_of("screen"), &value)) {
        return (struct screen_size){1024, 768};
    }
    struct text rest = first_word(value);
    struct text first = text_split(&rest, 'x');
    if (!text_to_u64(first, &width) || !text_to_u64(rest, &height) || width > most ||
        height > most) {
        return (struct screen_size){1024, 768};
    }
    return (struct screen_size){(uint32_t)(width < width_min ? width_min : width),
                                (uint32_t)(height < height_min ? height_min : height)};
}

struct text environment_kernel(struct text environment) {
    struct text value;
    if (environment_find(environment, text_of("kernel"), &value) && value.size > 0) {
        return first_word(value);
    }
    return text_of("sys/core");
}
