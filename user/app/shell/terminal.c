/* SPDX-License-Identifier: MIT */
/*
 * See terminal.h. While it edits, the terminal passes all keys; while programs run it works by
 * lines. What the editor draws for one piece of input goes out as one request.
 */
#include "terminal.h"
#include "complete.h"
#include <base/string.h>
#include <proto/console.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/edit.h>

constexpr uint32_t PIECE = 512;
constexpr uint64_t CONTROL_BADGE = 1;

static handle_t terminal;
static struct edit edit;
static char drawn[4096];
static size_t drawn_size;

static status_t ask(const struct message *request) {
    struct message reply = {.payload = nullptr};
    return ask_again(terminal, request, &reply);
}

static void show(void) {
    size_t done = 0;
    while (done < drawn_size) {
        struct message request = {.operation = CONSOLE_WRITE,
                                  .payload = drawn + done,
                                  .payload_size = (uint32_t)(drawn_size - done)};
        struct message reply = {.payload = nullptr};
        if (ask_once(terminal, &request, &reply) != OK || reply.words[0] == 0) {
            break; /* the next line is drawn anew */
        }
        done += (size_t)reply.words[0];
    }
    drawn_size = 0;
}

static void draw(void *context, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (drawn_size == sizeof drawn) {
            show();
        }
        drawn[drawn_size++] = bytes[i];
    }
}

static void set_mode(enum console_mode mode) {
    const struct message request = {.operation = CONSOLE_MODE, .words = {mode}};
    (void)ask(&request);
}

bool terminal_start(void) {
    struct message request = {.operation = CONSOLE_CONTROL, .handle_count = 1};
    struct message reply = {.payload = nullptr};
    terminal = command_handle("terminal", PROTOCOL_CONSOLE, nullptr);
    if (terminal == HANDLE_NONE || system_handle_mint(CONTROL_BADGE, &request.handles[0]) != OK ||
        ask_once(terminal, &request, &reply) != OK) {
        return false;
    }
    request = (struct message){.operation = CONSOLE_INFO};
    bool answered = ask_again(terminal, &request, &reply) == OK;
    edit_init(&edit, answered ? (uint32_t)reply.words[1] : 0, draw, nullptr);
    return answered;
}

/* True: the line is done, *more is whether there may be others. */
static bool typed(uint8_t byte, bool *more) {
    enum edit_event event = edit_put(&edit, byte);
    if (event == EDIT_COMPLETE) {
        complete(&edit, draw);
    }
    *more = event != EDIT_ENDED;
    return event == EDIT_LINE_DONE || event == EDIT_INTERRUPTED || event == EDIT_ENDED;
}

static char waiting[PIECE]; /* what was typed behind the end of a line */
static uint32_t waiting_at, waiting_size;

static bool read_piece(void) {
    struct message request = {.operation = CONSOLE_READ, .words = {PIECE}};
    struct message reply = {.payload = waiting, .payload_capacity = PIECE};
    status_t status = ask_again(terminal, &request, &reply);
    waiting_at = 0;
    waiting_size = status == OK ? reply.payload_size : 0;
    return waiting_size > 0;
}

bool terminal_read(const char *prompt, char *to, size_t capacity, size_t *size) {
    bool done = false, more = true;
    set_mode(CONSOLE_RAW);
    edit_begin(&edit, prompt, strlen(prompt));
    show();
    while (!done && (waiting_at < waiting_size || read_piece())) {
        while (!done && waiting_at < waiting_size) {
            done = typed((uint8_t)waiting[waiting_at++], &more);
        }
        if (!done) {
            edit_draw(&edit);
        }
        show();
    }
    const char *text = edit_text(&edit, size);
    *size = *size < capacity ? *size : capacity;
    memcpy(to, text, *size);
    set_mode(CONSOLE_LINES);
    return done && more;
}
