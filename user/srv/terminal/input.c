/* SPDX-License-Identifier: MIT */
/*
 * See input.h. A line begins with the first key, behind what was printed last: that is the editor's
 * prompt. Between lines nothing is shown, so programs may print as they like.
 */
#include "input.h"
#include "output.h"

constexpr uint32_t RING = 4096; /* a power of two */
constexpr uint8_t CTRL_C = 0x03;

static struct edit edit;
static bool edits; /* a line has begun */
static enum console_mode mode = CONSOLE_LINES;
static uint8_t ring[RING];
static uint32_t head, tail; /* ever put in, and taken out */
static bool ended, interrupted;

static void draw(void *context, const char *bytes, size_t size) {
    output_raw(bytes, size);
}

void input_start(void) {
    edit_init(&edit, 0, draw, nullptr);
}

uint32_t input_size(void) {
    return head - tail;
}

bool input_is_at_end(void) {
    return ended && input_size() == 0;
}

void input_end_told(void) {
    ended = false;
}

uint32_t input_peek(uint8_t *to, uint32_t capacity) {
    uint32_t size = input_size() < capacity ? input_size() : capacity;
    for (uint32_t i = 0; i < size; i++) {
        to[i] = ring[(tail + i) % RING];
    }
    return size;
}

void input_take(uint32_t size) {
    tail += size;
}

bool input_interrupted(void) {
    bool was = interrupted;
    interrupted = false;
    return was;
}

static bool has_room(size_t size) {
    bool has = size <= RING - input_size();
    if (!has) {
        output_raw("\a", 1);
    }
    return has;
}

static void put_ring(uint8_t byte) {
    ring[head++ % RING] = byte;
}

/* What was typed for whoever is interrupted is not for the next. */
static void interrupt(void) {
    interrupted = true;
    tail = head;
    ended = false;
}

/* ---- by lines ---- */

static void begin(void) {
    size_t size;
    const char *row = output_row(&size);
    output_raw("\r", 1); /* to where the row began, which is written again */
    edit_begin(&edit, row, size);
    edits = true;
}

static void finish(bool whole) {
    size_t size;
    const char *text = edit_text(&edit, &size);
    edits = false;
    output_row_done();
    if (whole && has_room(size + 1)) {
        for (size_t i = 0; i < size; i++) {
            put_ring((uint8_t)text[i]);
        }
        put_ring('\n');
    }
}

static void edited(enum edit_event event) {
    switch (event) {
    case EDIT_MORE:
        break;
    case EDIT_COMPLETE: /* there is nothing to choose from */
        output_raw("\a", 1);
        break;
    case EDIT_LINE_DONE:
        finish(true);
        break;
    case EDIT_INTERRUPTED:
        finish(false);
        interrupt();
        break;
    case EDIT_ENDED:
        finish(false);
        ended = true;
        break;
    }
}

static void put_lines(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (!edits) {
            begin();
        }
        edited(edit_put(&edit, bytes[i]));
    }
    if (edits) {
        edit_draw(&edit);
    }
}

void input_hide(void) {
    if (edits) {
        edit_hide(&edit);
    }
}

void input_show(void) {
    size_t size;
    if (edits) {
        (void)output_row(&size);
        if (size > 0) {
            (void)output_write((const uint8_t *)"\n", 1, true);
        }
        edit_draw(&edit);
    }
}

/* ---- by keys ---- */

static void put_keys(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == CTRL_C && mode == CONSOLE_KEYS) {
            interrupt();
        } else if (has_room(1)) {
            put_ring(bytes[i]);
        }
    }
}

void input_put(const uint8_t *bytes, size_t size) {
    if (mode == CONSOLE_LINES) {
        put_lines(bytes, size);
    } else {
        put_keys(bytes, size);
    }
}

/* What was typed for a line, ahead of whoever reads keys now, is his. */
static void hand_over(void) {
    size_t size;
    const char *text = edit_text(&edit, &size);
    input_hide();
    edits = false;
    for (size_t i = 0; i < size && has_room(1); i++) {
        put_ring((uint8_t)text[i]);
    }
}

void input_set_mode(enum console_mode wanted) {
    if (edits && wanted != mode) {
        hand_over();
    }
    mode = wanted;
}
