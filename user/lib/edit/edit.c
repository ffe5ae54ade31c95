/* SPDX-License-Identifier: MIT */
/*
 * Keys and what they do to the line. A key is a byte, or a sequence that begins with ESC (VT100,
 * xterm); two tables say which function it has, and what is in neither does nothing.
 */
#include "draw.h"
#include "history.h"
#include "text.h"
#include <base/string.h>

constexpr uint8_t ESC = 0x1b;
enum key_state : uint8_t { KEY_PLAIN, KEY_ESCAPE, KEY_CSI, KEY_SS3 };

typedef enum edit_event command(struct edit *edit);

void edit_init(struct edit *edit, uint32_t columns, edit_sink *sink, void *context) {
    memset(edit, 0, sizeof *edit);
    edit->sink = sink;
    edit->context = context;
    edit->columns = columns < 2 ? EDIT_COLUMNS : columns;
}

/* Inserts one character; there is room. */
static void insert_character(struct edit *edit, const struct utf8 *one) {
    memmove(edit->line + edit->cursor + one->size, edit->line + edit->cursor,
            edit->size - edit->cursor);
    memcpy(edit->line + edit->cursor, one->held, one->size);
    edit->size += one->size;
    edit->cursor += one->size;
}

void edit_begin(struct edit *edit, const char *prompt, size_t size) {
    struct utf8 utf8 = {};
    edit->size = edit->cursor = edit->shown_size = edit->shown_cursor = 0;
    for (size_t i = 0; i < size; i++) {
        if (utf8_put(&utf8, (uint8_t)prompt[i]) && utf8.size <= EDIT_PROMPT_MAX - edit->size) {
            insert_character(edit, &utf8);
        }
    }
    edit->prompt_size = edit->size;
    edit->history_at = edit->history_size;
    edit->typed = (struct utf8){};
    edit->state = KEY_PLAIN;
    edit_draw(edit);
}

static size_t room(const struct edit *edit) {
    return edit->prompt_size + EDIT_LINE_MAX - edit->size;
}

bool edit_insert(struct edit *edit, const char *bytes, size_t size) {
    struct utf8 utf8 = {};
    if (size > room(edit)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (utf8_put(&utf8, (uint8_t)bytes[i])) {
            insert_character(edit, &utf8);
        }
    }
    return true;
}

const char *edit_text(const struct edit *edit, size_t *size) {
    *size = edit->size - edit->prompt_size;
    return edit->line + edit->prompt_size;
}

size_t edit_cursor(const struct edit *edit) {
    return edit->cursor - edit->prompt_size;
}

static void cut(struct edit *edit, size_t from, size_t to) {
    memmove(edit->line + from, edit->line + to, edit->size - to);
    edit->size -= to - from;
    edit->cursor = from;
}

static enum edit_event kill(struct edit *edit, size_t from, size_t to) {
    if (from < to) {
        edit->killed_size = to - from;
        memcpy(edit->killed, edit->line + from, to - from);
        cut(edit, from, to);
    }
    return EDIT_MORE;
}

static enum edit_event go(struct edit *edit, size_t at) {
    edit->cursor = at;
    return EDIT_MORE;
}

static size_t before(const struct edit *edit) {
    return text_previous(edit->line, edit->prompt_size, edit->cursor);
}
static size_t after(const struct edit *edit) {
    return text_next(edit->line, edit->size, edit->cursor);
}
static size_t word_before(const struct edit *edit) {
    return text_word_previous(edit->line, edit->prompt_size, edit->cursor);
}
static size_t word_after(const struct edit *edit) {
    return text_word_next(edit->line, edit->size, edit->cursor);
}

static enum edit_event go_home(struct edit *edit) {
    return go(edit, edit->prompt_size);
}
static enum edit_event go_end(struct edit *edit) {
    return go(edit, edit->size);
}
static enum edit_event go_left(struct edit *edit) {
    return go(edit, before(edit));
}
static enum edit_event go_right(struct edit *edit) {
    return go(edit, after(edit));
}
static enum edit_event go_word_left(struct edit *edit) {
    return go(edit, word_before(edit));
}
static enum edit_event go_word_right(struct edit *edit) {
    return go(edit, word_after(edit));
}
static enum edit_event kill_end(struct edit *edit) {
    return kill(edit, edit->cursor, edit->size);
}
static enum edit_event kill_start(struct edit *edit) {
    return kill(edit, edit->prompt_size, edit->cursor);
}
static enum edit_event kill_word_left(struct edit *edit) {
    return kill(edit, word_before(edit), edit->cursor);
}
static enum edit_event kill_word_right(struct edit *edit) {
    return kill(edit, edit->cursor, word_after(edit));
}
static enum edit_event erase_left(struct edit *edit) {
    cut(edit, before(edit), edit->cursor);
    return EDIT_MORE;
}
static enum edit_event erase_right(struct edit *edit) {
    cut(edit, edit->cursor, after(edit));
    return EDIT_MORE;
}
static enum edit_event older(struct edit *edit) {
    history_older(edit);
    return EDIT_MORE;
}
static enum edit_event newer(struct edit *edit) {
    history_newer(edit);
    return EDIT_MORE;
}
static enum edit_event complete(struct edit *) {
    return EDIT_COMPLETE;
}

static enum edit_event yank(struct edit *edit) {
    if (!edit_insert(edit, edit->killed, edit->killed_size)) {
        draw_bell(edit);
    }
    return EDIT_MORE;
}

static enum edit_event clear(struct edit *edit) {
    draw_cleared(edit);
    return EDIT_MORE;
}

static enum edit_event finish(struct edit *edit) {
    draw_leave(edit, "");
    history_add(edit);
    return EDIT_LINE_DONE;
}

static enum edit_event interrupt(struct edit *edit) {
    draw_leave(edit, "^C");
    return EDIT_INTERRUPTED;
}

static enum edit_event end_or_erase(struct edit *edit) {
    if (edit->size > edit->prompt_size) {
        return erase_right(edit);
    }
    draw_leave(edit, "");
    return EDIT_ENDED;
}

static command *const controls[32] = {
    [1] = go_home,         [2] = go_left,    [3] = interrupt, [4] = end_or_erase, [5] = go_end,
    [6] = go_right,        [8] = erase_left, [9] = complete,  [10] = finish,      [11] = kill_end,
    [12] = clear,          [13] = finish,    [14] = newer,    [16] = older,       [21] = kill_start,
    [23] = kill_word_left, [25] = yank,
};

static const struct sequence {
    uint8_t state; /* enum key_state */
    uint8_t last;  /* byte */
    uint8_t first_number;
    bool modified; /* with a second number: control or alt is held */
    command *command;
} sequences[] = {
    {KEY_ESCAPE, 'b', 0, false, go_word_left},
    {KEY_ESCAPE, 'f', 0, false, go_word_right},
    {KEY_ESCAPE, 'd', 0, false, kill_word_right},
    {KEY_ESCAPE, 0x7f, 0, false, kill_word_left},
    {KEY_CSI, 'A', 0, false, older},
    {KEY_CSI, 'B', 0, false, newer},
    {KEY_CSI, 'C', 0, false, go_right},
    {KEY_CSI, 'D', 0, false, go_left},
    {KEY_CSI, 'H', 0, false, go_home},
    {KEY_CSI, 'F', 0, false, go_end},
    {KEY_CSI, '~', 1, false, go_home},
    {KEY_CSI, '~', 7, false, go_home},
    {KEY_CSI, '~', 4, false, go_end},
    {KEY_CSI, '~', 8, false, go_end},
    {KEY_CSI, '~', 3, false, erase_right},
    {KEY_CSI, 'C', 1, true, go_word_right},
    {KEY_CSI, 'D', 1, true, go_word_left},
    {KEY_SS3, 'A', 0, false, older},
    {KEY_SS3, 'B', 0, false, newer},
    {KEY_SS3, 'C', 0, false, go_right},
    {KEY_SS3, 'D', 0, false, go_left},
    {KEY_SS3, 'H', 0, false, go_home},
    {KEY_SS3, 'F', 0, false, go_end},
};

static enum edit_event end_sequence(struct edit *edit, uint8_t last) {
    uint8_t state = edit->state;
    edit->state = KEY_PLAIN;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        const struct sequence *sequence = &sequences[i];
        if (sequence->state == state && sequence->last == last &&
            sequence->first_number == edit->numbers[0] &&
            sequence->modified == (edit->number_count > 0)) {
            return sequence->command(edit);
        }
    }
    return EDIT_MORE;
}

/* The numbers of a sequence; the second and later ones are modifiers, of which any will do. */
static void put_number(struct edit *edit, uint8_t byte) {
    if (byte == ';') {
        edit->number_count = 1;
    } else if (byte >= '0' && byte <= '9') {
        uint16_t *number = &edit->numbers[edit->number_count];
        *number = *number < 1000 ? (uint16_t)(*number * 10 + byte - '0') : *number;
    }
}

static enum edit_event put_sequence(struct edit *edit, uint8_t byte) {
    if (edit->state == KEY_ESCAPE && (byte == '[' || byte == 'O')) {
        edit->state = byte == '[' ? KEY_CSI : KEY_SS3;
        return EDIT_MORE;
    }
    if (edit->state == KEY_CSI && byte < 0x40) {
        put_number(edit, byte);
        return EDIT_MORE;
    }
    return end_sequence(edit, byte);
}

static enum edit_event put_text(struct edit *edit, uint8_t byte) {
    if (utf8_put(&edit->typed, byte)) {
        if (edit->typed.size <= room(edit)) {
            insert_character(edit, &edit->typed);
        } else {
            draw_bell(edit);
        }
    }
    return EDIT_MORE;
}

/* A control character does what it does even within a sequence, which it ends. */
static enum edit_event put_control(struct edit *edit, uint8_t byte) {
    edit->state = KEY_PLAIN;
    edit->typed = (struct utf8){};
    if (byte == ESC) {
        edit->state = KEY_ESCAPE;
        edit->numbers[0] = edit->numbers[1] = 0;
        edit->number_count = 0;
        return EDIT_MORE;
    }
    return controls[byte] != nullptr ? controls[byte](edit) : EDIT_MORE;
}

enum edit_event edit_put(struct edit *edit, uint8_t byte) {
    bool second = edit->after_return && byte == '\n';
    edit->after_return = byte == '\r';
    if (second) {
        return EDIT_MORE;
    }
    if (byte < 0x20) {
        return put_control(edit, byte);
    }
    if (edit->state != KEY_PLAIN) {
        return put_sequence(edit, byte);
    }
    return byte == 0x7f ? erase_left(edit) : put_text(edit, byte);
}
