/* SPDX-License-Identifier: MIT */
/* A command to copy: doc/programs.md. It says what time a clock tells, and ends: with
 * 1 when the clock does not answer, with 2 when there is no console to say it to. */
#include <abi/birth.h>
#include <base/format.h>
#include <proto/clock.h>
#include <proto/console.h>
#include <user/ask.h>
#include <user/birth.h>

static bool clock_read(uint64_t *out) {
    handle_t clock = birth_find(PROTOCOL_CLOCK, "clock");
    struct message request = {.operation = CLOCK_GET, .words = {CLOCK_MONOTONIC}};
    struct message reply = {.payload = nullptr};
    status_t status = ask_again(clock, &request, &reply);
    *out = reply.words[0];
    return status == OK;
}

/* A console may take less than it is given. */
static bool write_all(handle_t console, char *bytes, size_t size) {
    while (size > 0) {
        struct message request = {
            .operation = CONSOLE_WRITE, .payload = bytes, .payload_size = (uint32_t)size};
        struct message reply = {.payload = nullptr};
        if (ask_once(console, &request, &reply) != OK || reply.words[0] == 0 ||
            reply.words[0] > size) {
            return false;
        }
        bytes += reply.words[0];
        size -= reply.words[0];
    }
    return true;
}

[[clang::export_name("_start")]] void command_start(void);

void command_start(void) {
    char line[64];
    uint64_t now_ns;
    if (!clock_read(&now_ns)) {
        system_exit(1);
    }
    size_t size = format_buffer(line, sizeof line, "The clock says %llu us.\n",
                                (unsigned long long)now_ns / 1000);
    if (!write_all(birth_find(PROTOCOL_CONSOLE, "stdout"), line, size)) {
        system_exit(2);
    }
}
