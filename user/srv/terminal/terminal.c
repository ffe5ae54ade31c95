/* SPDX-License-Identifier: MIT */
/*
 * The console server: a terminal at the end of one or more lines (line.h), for many programs.
 *
 *   line ==> input.c: editor, ring ==CONSOLE_READ==> readers, oldest first
 *   writers ==CONSOLE_WRITE==> output.c: filter ==> line
 *
 * A handle's badge says what it is good for. Nobody waits here: who reads when there is nothing,
 * or writes when there is no room, is answered in a later turn. A writer who waits leaves his first
 * bytes, so that what he is answered is that some were taken. Who has written is answered when the
 * lines have taken it: what he knows to be written is not lost when the machine is switched off.
 */
#include "input.h"
#include "line.h"
#include "output.h"
#include <base/string.h>
#include <user/request.h>
#include <user/server.h>

constexpr uint32_t WAITING_MAX = 32; /* in each queue; more are told ERR_BUSY */
constexpr uint32_t READ_MAX = 4096;
constexpr uint32_t HELD = 64;
constexpr uint32_t COLUMNS = EDIT_COLUMNS;

/* Someone who waits, by his right to an answer. */
struct waiter {
    handle_t reply;
    uint32_t size;     /* readers: most bytes; writers: bytes held; written: bytes taken of him */
    uint32_t position; /* written: of the lines, behind his bytes */
    bool trusted;
    uint8_t held[HELD];
};

struct queue {
    struct waiter places[WAITING_MAX];
    uint32_t first, count;
};

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};
static struct queue readers, writers, written, watchers;
static handle_t controller;

static struct waiter *queue_first(struct queue *queue) {
    return &queue->places[queue->first];
}

static struct waiter *queue_add(struct queue *queue, struct message *request) {
    struct waiter *waiter = &queue->places[(queue->first + queue->count) % WAITING_MAX];
    queue->count++;
    waiter->reply = request->reply;
    request->reply = HANDLE_NONE;
    return waiter;
}

static void queue_drop_first(struct queue *queue) {
    queue->first = (queue->first + 1) % WAITING_MAX;
    queue->count--;
}

/* Whether the request can wait; if not it has been answered. */
static bool may_wait(const struct queue *queue, struct message *request) {
    bool may = queue->count < WAITING_MAX && request->reply != HANDLE_NONE;
    if (!may) {
        request_answer_status(request, ERR_BUSY);
    }
    return may;
}

/* ---- who waits ---- */

/* What the first reader does not get, because it is gone, the next one gets. */
static void serve_readers(void) {
    static uint8_t bytes[READ_MAX];
    while (readers.count > 0 && (input_size() > 0 || input_is_at_end())) {
        struct waiter *reader = queue_first(&readers);
        uint32_t size = input_peek(bytes, reader->size);
        struct message answer = {.payload = bytes, .payload_size = size};
        bool told = system_reply(reader->reply, &answer) == OK;
        queue_drop_first(&readers);
        if (told && size == 0) {
            input_end_told();
        } else if (told) {
            input_take(size);
        }
    }
}

/* Bytes that writers left while there was no room. What is edited stands below all that. */
static void serve_writers(void) {
    while (writers.count > 0 && output_room() >= HELD) {
        struct waiter *writer = queue_first(&writers);
        struct message answer = {
            .words = {output_write(writer->held, writer->size, writer->trusted)}};
        (void)system_reply(writer->reply, &answer); /* who wrote may be gone */
        queue_drop_first(&writers);
    }
}

static void serve_written(void) {
    while (written.count > 0 && lines_have_taken(queue_first(&written)->position)) {
        const struct message answer = {.words = {queue_first(&written)->size}};
        (void)system_reply(queue_first(&written)->reply, &answer); /* who wrote may be gone */
        queue_drop_first(&written);
    }
}

static void serve_watchers(void) {
    struct message answer = {.words = {input_size(), input_is_at_end()}};
    while (watchers.count > 0 && (answer.words[0] > 0 || answer.words[1] > 0)) {
        (void)system_reply(queue_first(&watchers)->reply, &answer);
        queue_drop_first(&watchers);
    }
}

static void tell_controller(void) {
    const struct message message = {.operation = CONSOLE_INTERRUPT};
    if (input_interrupted() && controller != HANDLE_NONE) {
        (void)system_send(controller, &message, 0, DEADLINE_NOW); /* full: it has been told */
    }
}

void line_came(const uint8_t *bytes, size_t size) {
    input_put(bytes, size);
    tell_controller();
}

/* ---- what is asked ---- */

static void answer_write(struct message *request) {
    bool trusted = request->badge == CONSOLE_OWNER;
    uint32_t size = request->payload_size;
    input_hide();
    uint32_t taken = writers.count == 0 ? output_write(request->payload, size, trusted) : 0;
    input_show();
    if (taken > 0 && written.count < WAITING_MAX && request->reply != HANDLE_NONE) {
        struct waiter *waiter = queue_add(&written, request);
        waiter->size = taken;
        waiter->position = lines_position();
    } else if (taken > 0 || size == 0) {
        request_answer_word(request, taken);
    } else if (may_wait(&writers, request)) {
        struct waiter *writer = queue_add(&writers, request);
        writer->size = size < HELD ? size : HELD;
        writer->trusted = trusted;
        memcpy(writer->held, request->payload, writer->size);
    }
}

static void answer_read(struct message *request) {
    if (request->words[0] == 0) {
        request_answer_status(request, ERR_INVALID);
    } else if (may_wait(&readers, request)) {
        uint32_t wanted = request->words[0] < READ_MAX ? (uint32_t)request->words[0] : READ_MAX;
        queue_add(&readers, request)->size = wanted;
    }
}

static void answer_info(struct message *request) {
    const struct message answer = {.words = {CONSOLE_TERMINAL, COLUMNS}};
    (void)request_answer(request, &answer); /* whoever asked may be gone */
}

static void answer_ready(struct message *request) {
    struct message answer = {};
    if (request->words[0] == CONSOLE_READY_READ) {
        answer.words[0] = input_size();
        answer.words[1] = input_is_at_end();
    } else if (request->words[0] == CONSOLE_READY_WRITE) {
        answer.words[0] = output_room();
    } else {
        answer.status = ERR_INVALID;
    }
    (void)request_answer(request, &answer);
}

/* Room for writing comes by itself: that is answered at once. */
static void answer_watch(struct message *request) {
    bool waits = request->words[0] == CONSOLE_READY_READ && input_size() == 0 && !input_is_at_end();
    if (!waits) {
        answer_ready(request);
    } else if (may_wait(&watchers, request)) {
        (void)queue_add(&watchers, request);
    }
}

static void answer_mode(struct message *request) {
    bool known = request->words[0] <= CONSOLE_RAW;
    if (known) {
        input_set_mode((enum console_mode)request->words[0]);
    }
    request_answer_status(request, known ? OK : ERR_INVALID);
}

static void answer_control(struct message *request) {
    if (controller != HANDLE_NONE) {
        (void)system_handle_close(controller);
    }
    controller = request->handle_count > 0 ? request->handles[0] : HANDLE_NONE;
    request->handles[0] = HANDLE_NONE;
    request_answer_status(request, OK);
}

/* ---- turns ---- */

enum : uint32_t {
    BY_INPUT = 1 << CONSOLE_INPUT,
    BY_OUTPUT = 1 << CONSOLE_OUTPUT | 1 << CONSOLE_ERROR,
    BY_OWNER = 1 << CONSOLE_OWNER,
    BY_ALL = BY_INPUT | BY_OUTPUT | BY_OWNER,
};

static const struct {
    uint32_t operation, badges;
    void (*answer)(struct message *request);
} operations[] = {
    {CONSOLE_WRITE, BY_OUTPUT | BY_OWNER, answer_write},
    {CONSOLE_READ, BY_INPUT | BY_OWNER, answer_read},
    {CONSOLE_INFO, BY_ALL, answer_info},
    {CONSOLE_READY, BY_ALL, answer_ready},
    {CONSOLE_WATCH, BY_ALL, answer_watch},
    {CONSOLE_MODE, BY_INPUT | BY_OWNER, answer_mode},
    {CONSOLE_CONTROL, BY_OWNER, answer_control},
};

static void answer(struct message *request) {
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i].operation == request->operation) {
            bool may = request->badge <= CONSOLE_OWNER &&
                       (operations[i].badges >> request->badge & 1) != 0;
            if (may) {
                operations[i].answer(request);
            } else {
                request_answer_status(request, ERR_DENIED);
            }
            break;
        }
    }
    request_answer_status(request, ERR_NOT_SUPPORTED); /* unless it has an answer, or waits */
}

static void handle(struct message *message) {
    if (message->operation == MESSAGE_REPLY) {
        lines_answer(message);
    } else {
        answer(message);
    }
    serve_readers();
    serve_watchers();
    if (writers.count > 0) {
        input_hide();
        serve_writers();
        input_show();
    }
    lines_flush();
    serve_written();
}

static struct message *start(void) {
    input_start();
    lines_start();
    return &buffer;
}

SERVER(terminal, start, handle)
