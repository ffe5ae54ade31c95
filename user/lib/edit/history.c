/* SPDX-License-Identifier: MIT */
/* See history.h. Lines lie one behind the other, each ended by a NUL, which no line contains. */
#include "history.h"
#include <base/string.h>

/* Where the line before the one at `at` begins. at > 0. */
static size_t start_before(const struct edit *edit, size_t at) {
    at--;
    while (at > 0 && edit->history[at - 1] != 0) {
        at--;
    }
    return at;
}

static bool is_last(const struct edit *edit, const char *text, size_t size) {
    if (edit->history_size == 0) {
        return false;
    }
    size_t last = start_before(edit, edit->history_size);
    return edit->history_size - last == size + 1 && memcmp(edit->history + last, text, size) == 0;
}

/* Drops whole lines from the front until there is room. */
static void make_room(struct edit *edit, size_t size) {
    size_t from = 0;
    while (edit->history_size - from > EDIT_HISTORY_MAX - size) {
        from += strlen(edit->history + from) + 1;
    }
    memmove(edit->history, edit->history + from, edit->history_size - from);
    edit->history_size -= from;
}

void history_add(struct edit *edit) {
    size_t size;
    const char *text = edit_text(edit, &size);
    if (size > 0 && !is_last(edit, text, size)) {
        make_room(edit, size + 1);
        memcpy(edit->history + edit->history_size, text, size);
        edit->history[edit->history_size + size] = 0;
        edit->history_size += size + 1;
    }
}

static void fetch(struct edit *edit, const char *text, size_t size) {
    memcpy(edit->line + edit->prompt_size, text, size);
    edit->size = edit->cursor = edit->prompt_size + size;
}

void history_older(struct edit *edit) {
    if (edit->history_at == 0) {
        return;
    }
    if (edit->history_at == edit->history_size) {
        const char *text = edit_text(edit, &edit->kept_size);
        memcpy(edit->kept, text, edit->kept_size);
    }
    edit->history_at = start_before(edit, edit->history_at);
    fetch(edit, edit->history + edit->history_at, strlen(edit->history + edit->history_at));
}

void history_newer(struct edit *edit) {
    if (edit->history_at == edit->history_size) {
        return;
    }
    edit->history_at += strlen(edit->history + edit->history_at) + 1;
    if (edit->history_at == edit->history_size) {
        fetch(edit, edit->kept, edit->kept_size);
    } else {
        fetch(edit, edit->history + edit->history_at, strlen(edit->history + edit->history_at));
    }
}
