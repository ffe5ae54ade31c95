/* SPDX-License-Identifier: MIT */
/*
 * The log's server: follows the kernel's log, keeps more of it than the kernel does (keep.h),
 * answers who wants to read (proto/log.def), and prints warnings and errors to the console, once a
 * driver has taken the line that they were told by before.
 *
 *   kernel ==KERNEL_LOG_READ==> keep.c ==LOG_READ==> clients
 *          --KERNEL_LOG_WATCH: there is more-->      warnings ==CONSOLE_WRITE==> console
 *
 * It waits for nobody: what the console has not taken when there is too much of it is not printed.
 */
#include "keep.h"
#include <proto/console.h>
#include <proto/kernel.h>
#include <proto/log.h>
#include <user/ask.h>
#include <user/birth.h>
#include <user/key.h>
#include <user/request.h>
#include <user/server.h>

enum : uint8_t { KIND_WATCH = 1, KIND_PRINT = 2 };
constexpr uint32_t PRINT_MAX = 8192;

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};
static uint8_t lines[KERNEL_TEXT_MAX];
static handle_t kernel, console;
static uint64_t next; /* of the kernel's lines */
static uint8_t printing[PRINT_MAX];
static uint32_t print_size;
static bool print_waits;

/* ---- printing ---- */

static void print_on(void) {
    const struct message request = {
        .operation = CONSOLE_WRITE, .payload = printing, .payload_size = print_size};
    if (print_size > 0 && !print_waits) {
        print_waits = system_send(console, &request, key_make(KIND_PRINT), DEADLINE_NOW) == OK;
        print_size = print_waits ? print_size : 0; /* nobody shows it */
    }
}

static void printed(const struct message *answer) {
    uint64_t taken = answer->status == OK ? answer->words[0] : print_size;
    uint32_t done = taken < print_size ? (uint32_t)taken : print_size;
    print_waits = false;
    print_size -= done;
    memmove(printing, printing + done, print_size);
}

static bool is_level(struct text line, const char *level) {
    (void)text_split(&line, ']');
    (void)text_split(&line, ' ');
    return text_equal(text_split(&line, ' '), text_of(level));
}

static void print(struct text line) {
    bool wanted = is_level(line, "error") || is_level(line, "warning");
    if (wanted && line.size <= PRINT_MAX - print_size) {
        memcpy(printing + print_size, line.bytes, line.size);
        print_size += (uint32_t)line.size;
    }
}

/* ---- following ---- */

static struct text take_line(struct text *rest) {
    const char *start = rest->bytes;
    struct text line = text_split(rest, '\n');
    return (struct text){start, line.size + (rest->bytes > start + line.size)};
}

/* All that is new; before anybody could be told otherwise it has been on the line. */
static void follow(bool prints) {
    struct message reply = {.payload = lines, .payload_capacity = sizeof lines};
    do {
        struct message request = {.operation = KERNEL_LOG_READ, .words = {next, sizeof lines}};
        reply.payload_size = 0;
        if (ask_once(kernel, &request, &reply) != OK) {
            return;
        }
        next = reply.words[0];
        for (struct text rest = {(const char *)lines, reply.payload_size}; rest.size > 0;) {
            struct text line = take_line(&rest);
            keep_put(line);
            if (prints) {
                print(line);
            }
        }
    } while (reply.payload_size > 0);
}

static void watch(void) {
    const struct message request = {.operation = KERNEL_LOG_WATCH, .words = {next}};
    (void)system_send(kernel, &request, key_make(KIND_WATCH), DEADLINE_NOW);
}

/* ---- turns ---- */

static void read(struct message *request) {
    uint64_t number = request->words[0], lost;
    uint32_t most =
        request->words[1] < sizeof payload ? (uint32_t)request->words[1] : (uint32_t)sizeof payload;
    uint32_t size = keep_read(&number, &lost, payload, most);
    struct message answer = {.words = {number, lost}, .payload = payload, .payload_size = size};
    (void)request_answer(request, &answer); /* whoever asked may be gone */
}

static void answered(const struct message *message) {
    uint8_t kind;
    if (!key_is_ours(message->badge, &kind)) {
        return;
    }
    if (kind == KIND_WATCH) {
        follow(true);
        watch();
    } else {
        printed(message);
    }
}

static void handle(struct message *message) {
    if (message->operation == MESSAGE_REPLY) {
        answered(message);
    } else if (message->operation == LOG_READ) {
        read(message);
    } else {
        request_answer_status(message, ERR_NOT_SUPPORTED);
    }
    print_on();
}

static struct message *start(void) {
    kernel = birth_find(PROTOCOL_KERNEL, nullptr);
    console = birth_find(PROTOCOL_CONSOLE, nullptr);
    follow(false);
    watch();
    return &buffer;
}

SERVER(log, start, handle)
