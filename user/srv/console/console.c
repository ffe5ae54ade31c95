/* SPDX-License-Identifier: MIT */
/*
 * The console server of a serial line: standard input, output and error of a program, whichever
 * badge it is sent to. At a terminal a newline is written as CR LF and reading is by lines
 * (input.c); framed (abi/serial.h), output and error are told apart and bytes pass as they are.
 * Readers wait in a queue, by keeping their reply handles, until there is something for them.
 */
#include "input.h"
#include <abi/serial.h>
#include <base/string.h>
#include <proto/console.h>
#include <user/device.h>
#include <user/request.h>
#include <user/server.h>

constexpr uint32_t READERS_MAX = 16; /* who wait; more are told ERR_BUSY */
constexpr uint32_t WRITE_ROOM = MESSAGE_PAYLOAD_MAX;

constexpr uint32_t WATCHERS_MAX = 16; /* who wait to be told; the oldest gives way */

struct reader {
    handle_t reply;
    uint32_t wanted;
};

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};
static struct input input;
static struct reader readers[READERS_MAX]; /* a ring */
static uint32_t readers_first, readers_count;
static handle_t watchers[WATCHERS_MAX]; /* reply handles, oldest first */
static uint32_t watcher_count;

static void echo(const char *bytes, size_t size) {
    device_serial_write((const uint8_t *)bytes, size);
}

/* Answers the reader who has waited longest, if there is something for it. What it does not get,
 * because it is gone, the next one gets. */
static bool serve_reader(void) {
    static uint8_t bytes[INPUT_RING];
    if (readers_count == 0 || (input_size(&input) == 0 && !input.ended)) {
        return false;
    }
    struct reader reader = readers[readers_first];
    readers_first = (readers_first + 1) % READERS_MAX;
    readers_count--;
    uint32_t size = (uint32_t)input_peek(&input, bytes, reader.wanted);
    struct message answer = {.payload = bytes, .payload_size = size};
    if (system_reply(reader.reply, &answer) == OK) {
        input_take(&input, size);
        if (size == 0) {
            input_end_told(&input);
        }
    }
    return true;
}

/* Takes what has arrived as far as there is room, and hands it to whoever waits. */
static void pump(void) {
    uint8_t byte;
    do {
        while (input_has_room(&input) && device_serial_read(&byte, 1) == 1) {
            input_put(&input, byte, echo);
        }
    } while (serve_reader());
}

/* Tells everyone who asked to be told that there is something to read. */
static void tell_watchers(void) {
    struct message answer = {.words = {input_size(&input), input_is_at_end(&input)}};
    while (watcher_count > 0 && (answer.words[0] > 0 || answer.words[1] > 0)) {
        (void)system_reply(watchers[--watcher_count], &answer); /* who asked may be gone */
    }
}

static void handle_read(struct message *request) {
    if (request->words[0] == 0) {
        request_answer_status(request, ERR_INVALID);
        return;
    }
    if (readers_count == READERS_MAX) {
        request_answer_status(request, ERR_BUSY);
        return;
    }
    uint32_t wanted = request->words[0] < INPUT_RING ? (uint32_t)request->words[0] : INPUT_RING;
    if (request->reply != HANDLE_NONE) {
        readers[(readers_first + readers_count++) % READERS_MAX] =
            (struct reader){request->reply, wanted};
        request->reply = HANDLE_NONE;
    }
    request_answer_status(request, OK); /* closes what came along; the answer comes later */
}

/* One LF becomes CR LF; what lies between is written at once. */
static void write_terminal(const uint8_t *bytes, uint32_t size) {
    uint32_t first = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            device_serial_write(bytes + first, i - first);
            device_serial_write((const uint8_t *)"\r\n", 2);
            first = i + 1;
        }
    }
    device_serial_write(bytes + first, size - first);
}

/* Tells which stream the bytes belong to when that changes, and doubles each DLE. */
static void write_framed(uint64_t badge, const uint8_t *bytes, uint32_t size) {
    static uint8_t stream;
    uint8_t wanted = badge == CONSOLE_ERROR ? SERIAL_ERROR : SERIAL_OUTPUT;
    if (wanted != stream) {
        stream = wanted;
        device_serial_write((const uint8_t[]){SERIAL_DLE, wanted}, 2);
    }
    uint32_t first = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] == SERIAL_DLE) {
            device_serial_write(bytes + first, i - first);
            device_serial_write((const uint8_t[]){SERIAL_DLE, SERIAL_DLE}, 2);
            first = i + 1;
        }
    }
    device_serial_write(bytes + first, size - first);
}

static void handle_write(struct message *request) {
    if (input.framed) {
        write_framed(request->badge, request->payload, request->payload_size);
    } else {
        write_terminal(request->payload, request->payload_size);
    }
    request_answer_word(request, request->payload_size);
}

static void handle_ready(struct message *request) {
    struct message answer = {};
    if (request->words[0] == CONSOLE_READY_READ) {
        answer.words[0] = input_size(&input);
        answer.words[1] = input_is_at_end(&input);
    } else if (request->words[0] == CONSOLE_READY_WRITE) {
        answer.words[0] = WRITE_ROOM;
    } else {
        answer.status = ERR_INVALID;
    }
    (void)request_answer(request, &answer); /* whoever asked may be gone */
}

/* Writing never waits for long: that is answered at once. */
static void handle_watch(struct message *request) {
    const struct message early = {};
    bool waits = request->words[0] == CONSOLE_READY_READ && input_size(&input) == 0 &&
                 !input_is_at_end(&input);
    if (!waits || request->reply == HANDLE_NONE) {
        handle_ready(request);
        return;
    }
    if (watcher_count == WATCHERS_MAX) {
        (void)system_reply(watchers[0], &early);
        watcher_count--;
        memmove(&watchers[0], &watchers[1], watcher_count * sizeof watchers[0]);
    }
    watchers[watcher_count++] = request->reply;
    request->reply = HANDLE_NONE;
    request_answer_status(request, OK);
}

static void handle(struct message *request) {
    input.framed = device_serial_kind() == DEVICE_SERIAL_FRAMED;
    if (readers_count == 0) {
        pump(); /* so that READY tells the truth; who waits is served below */
    }
    switch (request->operation) {
    case CONSOLE_WRITE:
        handle_write(request);
        break;
    case CONSOLE_READ:
        handle_read(request);
        break;
    case CONSOLE_INFO:
        request_answer_word(request, input.framed ? CONSOLE_STREAM : CONSOLE_TERMINAL);
        break;
    case CONSOLE_READY:
        handle_ready(request);
        break;
    case CONSOLE_WATCH:
        handle_watch(request);
        break;
    case MESSAGE_INTERRUPT:
        break;
    default:
        request_answer_status(request, ERR_NOT_SUPPORTED);
        break;
    }
    pump();
    tell_watchers();
}

static struct message *start(void) {
    return &buffer;
}

SERVER(console, start, handle)
