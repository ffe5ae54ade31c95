/* SPDX-License-Identifier: MIT */
/* The line editor: keys go in, and what a terminal shows comes out. The terminal here knows what
 * the editor may use of a VT100, and fails on anything else. Random keys must show what drawing
 * the same line afresh shows. */
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>
#include <user/edit.h>

constexpr uint32_t ROWS = 1400;
constexpr uint32_t COLUMNS_MAX = 80;
constexpr size_t CELL = 8; /* bytes that are told apart; more combining characters are not */

struct terminal {
    uint32_t columns, row, column;
    bool pending; /* the last column was written: the next character wraps */
    uint32_t bells, unknown;
    char cells[ROWS][COLUMNS_MAX][CELL];
};

static struct terminal screen, fresh;
static struct edit edit;
static uint32_t state = 12345;

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

static uint32_t chance(uint32_t bound) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % bound;
}

static void erase_rest(struct terminal *t) {
    memset(t->cells[t->row][t->column], 0, (COLUMNS_MAX - t->column) * CELL);
    memset(t->cells[t->row + 1], 0, (ROWS - 1 - t->row) * sizeof t->cells[0]);
}

static void line_feed(struct terminal *t) {
    t->row++;
    if (t->row > ROWS - 2) {
        fprintf(stderr, "the terminal of the test is too small\n");
        abort();
    }
}

/* ESC [ number letter, or ESC [ 2 J; returns its size. */
static size_t sequence(struct terminal *t, const char *bytes, size_t size) {
    size_t at = 2;
    uint32_t number = 0;
    while (at < size && bytes[at] >= '0' && bytes[at] <= '9') {
        number = number * 10 + (uint32_t)(bytes[at++] - '0');
    }
    char last = at < size && bytes[1] == '[' ? bytes[at] : 0;
    t->pending = false;
    if (last == 'A' && number <= t->row) {
        t->row -= number;
    } else if (last == 'B') {
        t->row += number;
    } else if (last == 'C' && t->column + number < t->columns) {
        t->column += number;
    } else if (last == 'H') {
        t->row = t->column = 0;
    } else if (last == 'J' && number == 2) {
        memset(t->cells, 0, sizeof t->cells);
    } else if (last == 'J') {
        erase_rest(t);
    } else {
        t->unknown++;
    }
    return at + 1;
}

static uint32_t decode(const char *bytes, size_t *size) {
    uint8_t b = (uint8_t)bytes[0];
    *size = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    uint32_t c = *size == 1 ? b : b & (0x7fU >> *size);
    for (size_t i = 1; i < *size; i++) {
        c = c << 6 | ((uint8_t)bytes[i] & 0x3f);
    }
    return c;
}

static size_t show(struct terminal *t, const char *bytes) {
    size_t size;
    uint32_t width = character_width(decode(bytes, &size));
    if (width == 0) {
        uint32_t back = t->pending || t->column == 0 ? t->column : t->column - 1;
        char *cell = t->cells[t->row][back];
        cell = cell[0] == 0 && back > 0 ? t->cells[t->row][back - 1] : cell; /* a wide one */
        size_t used = strnlen(cell, CELL);
        memcpy(cell + used, bytes, size < CELL - used ? size : CELL - used);
        return size;
    }
    if (t->pending || t->column + width > t->columns) {
        line_feed(t);
        t->column = 0;
        t->pending = false;
    }
    memset(t->cells[t->row][t->column], 0, width * CELL);
    memcpy(t->cells[t->row][t->column], bytes, size);
    t->column += width;
    if (t->column == t->columns) {
        t->column--;
        t->pending = true;
    }
    return size;
}

static void terminal_write(void *context, const char *bytes, size_t size) {
    struct terminal *t = context;
    for (size_t at = 0; at < size;) {
        if (bytes[at] == '\x1b') {
            at += sequence(t, bytes + at, size - at);
        } else if (bytes[at] == '\r') {
            t->column = 0;
            t->pending = false;
            at++;
        } else if (bytes[at] == '\n') {
            line_feed(t);
            at++;
        } else if (bytes[at] == '\a') {
            t->bells++;
            at++;
        } else {
            at += show(t, bytes + at);
        }
    }
}

static void reset(struct terminal *t, uint32_t columns) {
    memset(t, 0, sizeof *t);
    t->columns = columns;
}

static void open_editor(uint32_t columns) {
    reset(&screen, columns);
    edit_init(&edit, columns, terminal_write, &screen);
    edit_begin(&edit, "> ", 2);
}

static enum edit_event type(const char *keys) {
    enum edit_event event = EDIT_MORE;
    for (; *keys != 0; keys++) {
        event = edit_put(&edit, (uint8_t)*keys);
    }
    if (event == EDIT_MORE || event == EDIT_COMPLETE) {
        edit_draw(&edit);
    }
    return event;
}

static bool text_is(const char *expected) {
    size_t size;
    const char *text = edit_text(&edit, &size);
    return size == strlen(expected) && memcmp(text, expected, size) == 0;
}

static bool row_is(uint32_t row, const char *expected) {
    char text[COLUMNS_MAX * CELL + 1] = {};
    for (uint32_t i = 0; i < screen.columns; i++) {
        strncat(text, screen.cells[row][i], CELL);
    }
    if (strcmp(text, expected) != 0) {
        fprintf(stderr, "row %u: \"%s\" instead of \"%s\"\n", row, text, expected);
        return false;
    }
    return true;
}

static bool at(uint32_t row, uint32_t column) {
    return screen.row == row && screen.column == column && !screen.pending;
}

static void test_motions(void) {
    open_editor(40);
    type("one two three");
    CHECK(row_is(0, "> one two three") && at(0, 15));
    type("\x01X\x05Y");
    CHECK(row_is(0, "> Xone two threeY") && at(0, 17));
    type("\x1b[D\x1b[D\x7f"); /* between the two e's of three: the first goes */
    CHECK(row_is(0, "> Xone two threY") && at(0, 14));
    type("\x1b[1;5D\x1b"
         "b-");
    CHECK(text_is("Xone -two threY"));
    type("\x1b[H\x1b[3~\x1b[F!\x1bOD\x1bOC?");
    CHECK(text_is("one -two threY!?") && edit_cursor(&edit) == strlen("one -two threY!?"));
}

static void test_kill(void) {
    open_editor(40);
    type("alpha beta gamma\x17");
    CHECK(row_is(0, "> alpha beta ") && at(0, 13));
    type("\x01\x19");
    CHECK(row_is(0, "> gammaalpha beta ") && at(0, 7));
    type("\x0b");
    CHECK(row_is(0, "> gamma"));
    type("\x15\x19\x19");
    CHECK(row_is(0, "> gammagamma"));
    type("\x01\x1b"
         "d");
    CHECK(text_is("") && row_is(0, "> "));
}

static void test_wide(void) {
    open_editor(6);
    type("ab日");
    CHECK(row_is(0, "> ab日") && at(1, 0));
    type("\x1b[Dx"); /* the wide one wraps; nothing stays in the last column */
    CHECK(row_is(0, "> abx") && row_is(1, "日") && at(0, 5));
    type("\x05"
         "e\u0301");
    CHECK(row_is(1, "日e\u0301") && at(1, 3));
    type("\x7f");
    CHECK(text_is("abx日") && row_is(1, "日"));
    type("\x7f\x7f\xff\xc3(\xc2\x85");
    CHECK(text_is("ab(") && row_is(0, "> ab(") && row_is(1, ""));
}

/* What has no width goes with what is before it, and leaves the screen when it is removed. */
static void test_marks(void) {
    open_editor(20);
    type("e\u0301x\x01\x06");
    CHECK(edit_cursor(&edit) == 3 && at(0, 3));
    type("\x02\x04");
    CHECK(text_is("x") && row_is(0, "> x"));
    type("\x01\u0301");
    CHECK(row_is(0, "> \u0301x") && at(0, 2));
    type("\x7f");
    CHECK(text_is("x") && row_is(0, "> x"));
    open_editor(4); /* at the last column */
    type("ab\u0301");
    CHECK(row_is(0, "> ab\u0301") && at(1, 0));
    type("\u0302");
    CHECK(row_is(0, "> ab\u0301\u0302") && at(1, 0));
}

static void test_history(void) {
    open_editor(40);
    CHECK(type("first\r") == EDIT_LINE_DONE && text_is("first") && at(1, 0));
    edit_begin(&edit, "> ", 2);
    CHECK(type("second\r\n") == EDIT_MORE);
    CHECK(text_is("second"));
    edit_begin(&edit, "> ", 2);
    type("own\x1b[A");
    CHECK(text_is("second"));
    type("\x10\x10");
    CHECK(text_is("first"));
    type("\x0e\x1b[B\x1b[B");
    CHECK(text_is("own"));
}

static void test_history_is_bounded(void) {
    open_editor(40);
    for (unsigned i = 0; i < 3000; i++) {
        char line[32];
        snprintf(line, sizeof line, "command number %u\r", i);
        reset(&screen, 40);
        edit_begin(&edit, "", 0);
        type(line);
    }
    reset(&screen, 40);
    edit_begin(&edit, "", 0);
    type("\x10");
    CHECK(text_is("command number 2999"));
    for (unsigned i = 0; i < 3000; i++) {
        edit_put(&edit, 0x10);
    }
    size_t size;
    CHECK(memcmp(edit_text(&edit, &size), "command number 2", 16) == 0 && size == 19);
    CHECK(edit.history_size <= EDIT_HISTORY_MAX && edit.history_size > EDIT_HISTORY_MAX - 32);
}

static void test_events(void) {
    open_editor(40);
    CHECK(type("\t") == EDIT_COMPLETE);
    CHECK(type("abc\x03") == EDIT_INTERRUPTED && row_is(0, "> abc^C") && at(1, 0));
    edit_begin(&edit, "> ", 2);
    CHECK(type("x\x1b[D\x04") == EDIT_MORE && text_is(""));
    CHECK(type("\x04") == EDIT_ENDED && at(2, 0));
    edit_begin(&edit, "a\x1b[31mb\xff> ", 11);
    CHECK(row_is(2, "a[31mb> "));
    type("text");
    edit_hide(&edit);
    CHECK(row_is(2, "") && at(2, 0));
    terminal_write(&screen, "output\r\n", 8);
    edit_draw(&edit);
    CHECK(row_is(2, "output") && row_is(3, "a[31mb> text"));
    type("\x0c");
    CHECK(row_is(0, "a[31mb> text") && row_is(3, ""));
}

static void test_full(void) {
    static char much[EDIT_LINE_MAX + 11];
    open_editor(80);
    memset(much, 'm', sizeof much - 1);
    type(much);
    size_t size;
    (void)edit_text(&edit, &size);
    CHECK(size == EDIT_LINE_MAX && screen.bells == 10);
    CHECK(!edit_insert(&edit, "n", 1));
}

/* What is shown is what the prompt and the text would be on an empty screen. */
static bool shows_line(uint32_t columns) {
    size_t size;
    const char *text = edit_text(&edit, &size);
    static char whole[EDIT_LINE_MAX + 2] = {'>', ' '};
    memcpy(whole + 2, text, size);
    reset(&fresh, columns);
    terminal_write(&fresh, whole, 2 + edit_cursor(&edit));
    uint32_t row = fresh.pending ? fresh.row + 1 : fresh.row;
    uint32_t column = fresh.pending ? 0 : fresh.column;
    terminal_write(&fresh, text + edit_cursor(&edit), size - edit_cursor(&edit));
    return at(row, column) && memcmp(screen.cells, fresh.cells, sizeof screen.cells) == 0;
}

static void random_key(void) {
    static const char *const keys[] = {"\x01",
                                       "\x02",
                                       "\x05",
                                       "\x06",
                                       "\x08",
                                       "\x0b",
                                       "\x0c",
                                       "\x0e",
                                       "\x10",
                                       "\x15",
                                       "\x17",
                                       "\x19",
                                       "\x19",
                                       "\x1b[A",
                                       "\x1b[B",
                                       "\x1b[C",
                                       "\x1b[D",
                                       "\x1b[1;5C",
                                       "\x1b[1;5D",
                                       "\x1b[3~",
                                       "日",
                                       "本",
                                       "é",
                                       "e\u0301",
                                       "\u0301",
                                       "\u200b",
                                       "x",
                                       "y z",
                                       "abc",
                                       " ",
                                       "😀",
                                       "\033b",
                                       "\033f",
                                       "\033d",
                                       "\xe6\x97",
                                       "\xff",
                                       "a longer piece of text "};
    constexpr uint32_t count = sizeof keys / sizeof keys[0];
    const char *key = keys[chance(count)];
    for (; *key != 0; key++) {
        edit_put(&edit, (uint8_t)*key);
    }
    if (chance(8) == 0) {
        edit_put(&edit, (uint8_t)(chance(2) == 0 ? 0x80 + chance(128) : 0x20 + chance(96)));
    }
}

static void test_random(void) {
    static const uint32_t widths[] = {2, 3, 7, 20, 80};
    bool right = true;
    for (unsigned round = 0; round < 40 && right; round++) {
        uint32_t columns = widths[round % 5];
        open_editor(columns);
        if (round % 2 == 0) {
            type("before\r");
            reset(&screen, columns);
            edit_begin(&edit, "> ", 2);
        }
        for (unsigned i = 0; i < 150 && right; i++) {
            for (uint32_t n = chance(3) + 1; n > 0; n--) {
                random_key();
            }
            edit_draw(&edit);
            right = shows_line(columns) && screen.unknown == 0;
            if (!right) {
                size_t size;
                const char *text = edit_text(&edit, &size);
                fprintf(stderr, "round %u, step %u: \"%.*s\"\n", round, i, (int)size, text);
            }
        }
    }
    CHECK(right);
}

/* Any bytes whatever: the sanitizers look on, and the text stays UTF-8 of a bounded size. */
static void test_garbage(void) {
    open_editor(11);
    for (unsigned i = 0; i < 200'000; i++) {
        enum edit_event event = edit_put(&edit, (uint8_t)chance(256));
        size_t size;
        (void)edit_text(&edit, &size);
        ensure(size <= EDIT_LINE_MAX && edit_cursor(&edit) <= size);
        if (event != EDIT_MORE && event != EDIT_COMPLETE) {
            reset(&screen, 11);
            edit_begin(&edit, "> ", 2);
        }
    }
    CHECK(screen.unknown == 0);
}

int main(void) {
    test_motions();
    test_kill();
    test_wide();
    test_marks();
    test_history();
    test_history_is_bounded();
    test_events();
    test_full();
    test_random();
    test_garbage();
    return check_finish("edit");
}
