/* SPDX-License-Identifier: MIT */
/* The console server over a pretended serial line: lines and editing at a terminal, framed input,
 * readers who wait, more input than there is room for. */
#include "machine.h"
#include <abi/serial.h>
#include <abi/system.h>
#include <proto/console.h>
#include <string.h>

extern const struct server server_console;

static struct process *console, *client;
static handle_t handle, errors;
static struct message reply;
static char bytes[MESSAGE_PAYLOAD_MAX];

static status_t ask(uint32_t operation, uint64_t word) {
    struct message request = {.operation = operation, .words = {word}};
    reply = (struct message){.payload = bytes, .payload_capacity = sizeof bytes};
    return machine_call(client, handle, &request, &reply);
}

static bool reads(uint64_t wanted, const char *text) {
    return ask(CONSOLE_READ, wanted) == OK && reply.status == OK &&
           reply.payload_size == strlen(text) && memcmp(bytes, text, reply.payload_size) == 0;
}

static void type(const char *text) {
    machine_type(text, strlen(text));
}

static void writes(const char *text) {
    struct message request = {.operation = CONSOLE_WRITE,
                              .payload = (void *)(uintptr_t)text,
                              .payload_size = (uint32_t)strlen(text)};
    reply = (struct message){};
    CHECK(machine_call(client, handle, &request, &reply) == OK);
    CHECK(reply.words[0] == strlen(text));
}

static void test_lines(void) {
    writes("one\ntwo\n\nno end");
    CHECK(machine_written("one\r\ntwo\r\n\r\nno end"));
    CHECK(ask(CONSOLE_INFO, 0) == OK && reply.words[0] == CONSOLE_TERMINAL);
    type("hello\r");
    CHECK(ask(CONSOLE_READY, CONSOLE_READY_READ) == OK && reply.words[0] == 6);
    CHECK(machine_written("hello\r\n"));
    CHECK(reads(3, "hel") && reads(100, "lo\n"));
    /* editing: two erased, one of them of two bytes; a control character; a line dropped */
    type("ab\x7F\xC3\xA9\x08y\x01\x08\t\r");
    CHECK(reads(100, "ay\t\n"));
    CHECK(machine_written("ab\b \b\xC3\xA9\b \by^A\b \b\b \b \r\n"));
    type("\x08gone\x15kept\r");
    CHECK(reads(100, "kept\n"));
    CHECK(machine_written("gone\b \b\b \b\b \b\b \bkept\r\n"));
    /* the part of a line, then the end, and it can go on */
    type("part\x04");
    CHECK(reads(100, "part"));
    type("\x04");
    CHECK(ask(CONSOLE_READY, CONSOLE_READY_READ) == OK);
    CHECK(reply.words[0] == 0 && reply.words[1] == 1);
    CHECK(reads(100, ""));
    type("more\r");
    CHECK(reads(100, "more\n"));
    CHECK(machine_written("partmore\r\n"));
}

static void test_wait(void) {
    machine_line.later_first = 0;
    machine_line.later_count = 3;
    machine_line.later[0] = "sl";
    machine_line.later[1] = "ow";
    machine_line.later[2] = "ly\r";
    CHECK(reads(100, "slowly\n") && machine_line.later_count == 0);

    /* several wait at once; the first gets what comes first */
    struct message request = {.operation = CONSOLE_READ, .words = {2}};
    unsigned busy = 0;
    for (uint64_t key = 1; key <= 17; key++) {
        CHECK(machine_send(client, handle, &request, key, DEADLINE_NOW) == OK);
    }
    struct message in = {.payload = bytes, .payload_capacity = 2};
    while (machine_receive(client, &in, DEADLINE_NOW) == OK) {
        CHECK(in.badge == 17 && in.status == ERR_BUSY);
        busy++;
    }
    CHECK(busy == 1);
    type("abcd\r");
    CHECK(machine_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 1);
    CHECK(in.payload_size == 2 && memcmp(bytes, "ab", 2) == 0);
    CHECK(machine_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 2);
    CHECK(machine_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 3);
    CHECK(in.payload_size == 1 && bytes[0] == '\n');
    /* those who still wait go away; what is typed then is for the next */
    process_destroy(client);
    client = machine_process("client");
    handle = machine_grant(client, console, 0);
    type("next\r");
    CHECK(reads(100, "next\n"));
    machine_line.written_size = 0;
}

/* Whoever asks to be told is told when there is something, and not before. */
static void test_watch(void) {
    struct message in = {.payload = bytes, .payload_capacity = sizeof bytes};
    const struct message request = {.operation = CONSOLE_WATCH, .words = {CONSOLE_READY_READ}};
    CHECK(ask(CONSOLE_WATCH, CONSOLE_READY_WRITE) == OK && reply.words[0] > 0);
    CHECK(ask(CONSOLE_WATCH, 7) == OK && reply.status == ERR_INVALID);
    CHECK(machine_send(client, handle, &request, 5, DEADLINE_NOW) == OK);
    CHECK(machine_receive(client, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
    type("line\r");
    CHECK(machine_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 5 && in.words[0] == 5);
    CHECK(ask(CONSOLE_WATCH, CONSOLE_READY_READ) == OK && reply.words[0] == 5);
    CHECK(reads(100, "line\n"));
    for (uint64_t key = 1; key <= 17; key++) { /* the oldest gives way */
        CHECK(machine_send(client, handle, &request, key, DEADLINE_NOW) == OK);
    }
    CHECK(machine_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 1 && in.words[0] == 0);
    type("x\r");
    for (unsigned i = 0; i < 16; i++) {
        CHECK(machine_receive(client, &in, DEADLINE_NOW) == OK && in.words[0] == 2);
    }
    CHECK(reads(100, "x\n"));
    machine_line.written_size = 0;
}

static void test_limits(void) {
    char line[1200];
    memset(line, 'x', sizeof line);
    machine_type(line, sizeof line);
    type("\r");
    CHECK(ask(CONSOLE_READ, UINT64_MAX) == OK && reply.payload_size == 1024);
    CHECK(bytes[1023] == '\n' && machine_line.written[1023] == '\a');
    /* more lines than the ring holds stay with the machine until someone reads */
    line[sizeof line - 1] = '\r';
    for (unsigned i = 0; i < 12; i++) {
        machine_type(line + 200, 1000);
    }
    size_t total = 0;
    CHECK(ask(CONSOLE_READY, CONSOLE_READY_READ) == OK && reply.words[0] <= 8192);
    CHECK(machine_line.arrived_size > 0);
    while (total < 12'000 && ask(CONSOLE_READ, 300) == OK && reply.payload_size > 0) {
        total += reply.payload_size;
    }
    CHECK(total == 12'000 && machine_line.arrived_size == 0);
    CHECK(ask(CONSOLE_READ, 0) == OK && reply.status == ERR_INVALID);
    CHECK(ask(CONSOLE_READY, 3) == OK && reply.status == ERR_INVALID);
    CHECK(ask(CONSOLE_READY, CONSOLE_READY_WRITE) == OK && reply.words[0] > 0);
    CHECK(ask(99, 0) == OK && reply.status == ERR_NOT_SUPPORTED);
    machine_line.written_size = 0;
}

static void writes_error(const char *text) {
    handle_t output = handle;
    handle = errors;
    writes(text);
    handle = output;
}

/* Which stream bytes belong to is told when it changes; a DLE is doubled. */
static void test_streams(void) {
    errors = machine_grant(client, console, CONSOLE_ERROR);
    writes("out");
    writes_error("\x10"
                 "e\x10\x10");
    writes_error("rror");
    writes("\n");
    CHECK(machine_written("out\x10\x02\x10\x10"
                          "e\x10\x10\x10\x10rror\x10\x01\n"));
}

static void test_framed(void) {
    machine_line.serial.kind = DEVICE_SERIAL_FRAMED;
    CHECK(ask(CONSOLE_INFO, 0) == OK && reply.words[0] == CONSOLE_STREAM);
    writes("a\nb\r\n");
    machine_type("\x00\x03\r\x10\x10\x7F\x10", 7);
    CHECK(ask(CONSOLE_READ, 100) == OK && reply.payload_size == 5);
    CHECK(memcmp(bytes, "\x00\x03\r\x10\x7F", 5) == 0);
    CHECK(machine_written("\x10\x01"
                          "a\nb\r\n")); /* no echo, nothing changed */
    type("\x10last\x10\x04");
    CHECK(reads(100, "\x10last"));
    CHECK(reads(100, "") && reads(100, "")); /* for ever */
    CHECK(ask(CONSOLE_READY, CONSOLE_READY_READ) == OK && reply.words[1] == 1);
}

int main(void) {
    CHECK(server_start_native(&server_console, &console) == OK);
    machine_line_attach(DEVICE_SERIAL_TERMINAL, console);
    client = machine_process("client");
    handle = machine_grant(client, console, CONSOLE_OUTPUT);
    test_lines();
    test_wait();
    test_watch();
    test_limits();
    test_framed();
    test_streams();
    process_destroy(client);
    process_destroy(console);
    CHECK(machine_allocated() == 0);
    return check_finish("console");
}
