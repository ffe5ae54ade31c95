/* SPDX-License-Identifier: MIT */
/*
 * A client of drivers and servers that are killed (killer.c): says numbers to a line, one after the
 * other, and meanwhile asks for the time, for chance and for a piece of a file, and says something
 * to the console, which has the same line. What is answered by ERR_RESTARTED is asked again. When
 * each process that its arguments name has been restarted so often as the first of them says, it
 * says "done" and leaves with 0; or with the line at which an answer was wrong.
 */
#include "expect.h"
#include <base/format.h>
#include <base/string.h>
#include <proto/clock.h>
#include <proto/console.h>
#include <proto/file.h>
#include <proto/random.h>
#include <proto/stream.h>
#include <user/ask.h>
#include <user/birth.h>
#include <user/command.h>
#include <user/kernel.h>

constexpr uint32_t BIG = 200'000; /* bytes of the file "folder/big": byte i is i * 7 */
constexpr uint32_t PIECE = 100;
constexpr uint32_t TRIES = 1000;
constexpr uint32_t SOMETIMES = 4, NOW_AND_THEN = 64; /* lines */

static handle_t line, clock, chance, root, console;

/* How many of the bytes were taken; nobody knows when the driver was restarted meanwhile. */
static status_t write(const char *bytes, uint32_t size, uint32_t *taken) {
    const struct message request = {
        .operation = STREAM_WRITE, .payload = (void *)bytes, .payload_size = size};
    struct message reply = {};
    status_t status = ask_once(line, &request, &reply);
    *taken = (uint32_t)reply.words[0];
    CHECK(status == ERR_RESTARTED || (status == OK && *taken <= size));
    return status;
}

/* From the start again when the driver was restarted: it may be heard twice. */
static void say(const char *text) {
    uint32_t size = (uint32_t)strlen(text), done = 0, taken;
    while (done < size) {
        done = write(text + done, size - done, &taken) == OK ? done + taken : 0;
    }
}

static void say_number(uint32_t number) {
    char text[40];
    (void)format_buffer(text, sizeof text, "\nnumber %u of many.\n", number);
    say(text);
}

/* For as long as the server is restarted. */
static struct message ask(handle_t server, uint32_t operation, uint64_t word, void *to,
                          uint32_t capacity) {
    const struct message request = {.operation = operation, .words = {word}};
    struct message reply;
    status_t status = ERR_RESTARTED;
    for (uint32_t i = 0; i < TRIES && status == ERR_RESTARTED; i++) {
        reply = (struct message){.payload = to, .payload_capacity = capacity};
        status = ask_once(server, &request, &reply);
    }
    CHECK(status == OK);
    return reply;
}

static void look_at_clock(void) {
    static uint64_t last_ns;
    uint64_t now_ns = ask(clock, CLOCK_GET, CLOCK_MONOTONIC, nullptr, 0).words[0];
    CHECK(now_ns >= last_ns);
    last_ns = now_ns;
}

static void look_at_chance(void) {
    static uint8_t last[16], bytes[16];
    CHECK(ask(chance, RANDOM_GET, sizeof bytes, bytes, sizeof bytes).payload_size == sizeof bytes);
    CHECK(memcmp(last, bytes, sizeof bytes) != 0);
    memcpy(last, bytes, sizeof bytes);
}

/* What the console had taken and not passed on is lost with it. */
static void look_at_console(void) {
    struct message request = {.operation = CONSOLE_WRITE, .payload = ".", .payload_size = 1};
    struct message reply;
    status_t status = ERR_RESTARTED;
    for (uint32_t i = 0; i < TRIES && status == ERR_RESTARTED; i++) {
        reply = (struct message){};
        status = ask_once(console, &request, &reply);
    }
    CHECK(status == OK && reply.words[0] == 1);
}

/* False: its server was restarted meanwhile, and knows of no file that was open. */
static bool read_piece(uint32_t at) {
    static const char path[] = "folder/big";
    static uint8_t bytes[PIECE];
    const struct message open = {.operation = FILE_OPEN,
                                 .words = {0, FILE_RIGHT_READ},
                                 .payload = (void *)path,
                                 .payload_size = sizeof path - 1};
    struct message reply = {}, read = {.operation = FILE_READ, .words = {at, PIECE}};
    if (ask_once(root, &open, &reply) != OK || reply.handle_count != 1) {
        return false;
    }
    handle_t file = reply.handles[0];
    reply = (struct message){.payload = bytes, .payload_capacity = PIECE};
    bool came = ask_once(file, &read, &reply) == OK;
    CHECK(!came || reply.payload_size == PIECE);
    for (uint32_t i = 0; came && i < PIECE; i++) {
        CHECK(bytes[i] == (uint8_t)((at + i) * 7));
    }
    CHECK(system_handle_close(file) == OK);
    return came;
}

static void look_at_file(uint32_t number) {
    uint32_t tries = 0;
    while (!read_piece(number * 37 % (BIG - PIECE))) {
        CHECK(++tries < TRIES);
    }
}

/* ---- */

static uint32_t number_of(const char *text) {
    uint32_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint32_t)(*text - '0');
    }
    return number;
}

static bool is_done(uint32_t times, uint32_t count, const char **names) {
    static struct process_info infos[KERNEL_LIST_MAX];
    uint64_t next;
    uint32_t found, done = 0;
    CHECK(kernel_list(1, infos, &found, &next) == OK);
    for (uint32_t i = 0; i < found; i++) {
        for (uint32_t j = 0; j < count; j++) {
            done +=
                text_equal(text_of(infos[i].name), text_of(names[j])) && infos[i].restarts >= times;
        }
    }
    return done == count;
}

static uint32_t numbered(uint32_t count, const char **arguments) {
    line = birth_find(PROTOCOL_STREAM, "line");
    clock = birth_find(PROTOCOL_CLOCK, nullptr);
    chance = birth_find(PROTOCOL_RANDOM, nullptr);
    root = birth_find(PROTOCOL_FILE, "/");
    console = birth_find(PROTOCOL_CONSOLE, nullptr);
    for (uint32_t number = 1;; number++) {
        say_number(number);
        if (number % SOMETIMES == 0) {
            look_at_clock();
            look_at_chance();
            look_at_console();
            look_at_file(number);
        }
        if (number % NOW_AND_THEN == 0 &&
            is_done(number_of(arguments[1]), count - 2, arguments + 2)) {
            say("\ndone\n");
            return 0;
        }
    }
}

COMMAND(numbered)
