/* SPDX-License-Identifier: MIT */
/*
 * The client of a driver of a line of bytes: says what it is given back what it reads, in brackets,
 * until it reads "q". It leaves with 0, or with 100 plus a status that it did not expect.
 */
#include <base/string.h>
#include <proto/stream.h>
#include <user/driver.h>

static handle_t line;

static void check(status_t status) {
    if (status != OK) {
        system_exit(100 - (uint32_t)status);
    }
}

static void say(const char *bytes, uint32_t size) {
    while (size > 0) {
        struct message request = {
            .operation = STREAM_WRITE, .payload = (void *)bytes, .payload_size = size};
        struct message reply = {};
        check(system_call(line, &request, &reply));
        check(reply.status);
        bytes += reply.words[0];
        size -= (uint32_t)reply.words[0];
    }
}

static uint32_t hear(char *to, uint32_t capacity) {
    struct message request = {.operation = STREAM_READ, .words = {capacity}};
    struct message reply = {.payload = to, .payload_capacity = capacity};
    check(system_call(line, &request, &reply));
    check(reply.status);
    return reply.payload_size;
}

/* More than rings and FIFOs hold. */
static void say_much(void) {
    static char text[20'000];
    for (uint32_t i = 0; i < sizeof text; i++) {
        text[i] = i % 64 == 63 ? '\n' : (char)('a' + i / 64 % 26);
    }
    say(text, sizeof text);
}

[[clang::export_name("_start")]] void program_start(void);
void program_start(void) {
    char bytes[100];
    line = birth_find(PROTOCOL_STREAM, nullptr);
    say_much();
    say("ready\n", 6);
    for (;;) {
        uint32_t size = hear(bytes, sizeof bytes);
        say("[", 1);
        say(bytes, size);
        say("]\n", 2);
        for (uint32_t i = 0; i < size; i++) {
            if (bytes[i] == 'q') {
                system_exit(0);
            }
        }
    }
}
