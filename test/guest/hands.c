/* SPDX-License-Identifier: MIT */
/*
 * The client of drivers of keys and screens, whichever it is given: prints each event until Q is
 * pressed; draws a few rectangles. It leaves with 0, or with 100 plus a status that it did not
 * expect.
 */
#include <base/format.h>
#include <base/string.h>
#include <proto/console.h>
#include <proto/keys.h>
#include <proto/screen.h>
#include <user/driver.h>

static handle_t output;

static void check(status_t status, status_t expected) {
    if (status != expected) {
        system_exit(100 - (uint32_t)status);
    }
}

static status_t ask(handle_t handle, const struct message *request, struct message *reply) {
    check(system_call(handle, request, reply), OK);
    return reply->status;
}

static void print(const char *line) {
    const struct message request = {.operation = CONSOLE_WRITE,
                                    .payload = (void *)line,
                                    .payload_size = (uint32_t)strlen(line)};
    check(ask(output, &request, &(struct message){}), OK);
}

static void print_event(const struct key_event *event) {
    char line[80];
    format_buffer(line, sizeof line, "event %u %u %d\n", event->kind, event->code, event->value);
    print(line);
}

static void watch(handle_t keys) {
    static struct key_event events[64];
    for (bool goes_on = true; goes_on;) {
        const struct message request = {.operation = KEYS_READ, .words = {64}};
        struct message reply = {.payload = events, .payload_capacity = sizeof events};
        check(ask(keys, &request, &reply), OK);
        for (uint32_t i = 0; i < reply.payload_size / sizeof events[0]; i++) {
            print_event(&events[i]);
            goes_on = goes_on && !(events[i].kind == KEY_EVENT_KEY && events[i].code == 16);
        }
    }
}

static uint64_t pair(uint32_t low, uint32_t high) {
    return (uint64_t)high << 32 | low;
}

static status_t fill(handle_t screen, uint64_t place, uint64_t size, uint32_t colour) {
    const struct message request = {.operation = SCREEN_FILL, .words = {place, size, colour}};
    return ask(screen, &request, &(struct message){});
}

static status_t draw(handle_t screen, uint64_t place, uint64_t size, uint32_t *pixels,
                     uint32_t count) {
    const struct message request = {.operation = SCREEN_DRAW,
                                    .words = {place, size},
                                    .payload = pixels,
                                    .payload_size = count * 4};
    return ask(screen, &request, &(struct message){});
}

static void paint(handle_t screen) {
    uint32_t pixels[] = {0xFF'0000, 0x00'FF00, 0x00'00FF, 0xFF'FFFF};
    struct message request = {.operation = SCREEN_INFO}, reply = {};
    check(ask(screen, &request, &reply), OK);
    uint64_t whole = pair((uint32_t)reply.words[0], (uint32_t)reply.words[1]);
    check(fill(screen, 0, whole, 0), OK);
    check(fill(screen, pair(10, 20), pair(100, 50), 0x11'2233), OK);
    check(draw(screen, pair(200, 300), pair(2, 2), pixels, 4), OK);
    check(draw(screen, pair(200, 300), pair(2, 2), pixels, 3), ERR_INVALID);
    check(fill(screen, pair(1, 0), whole, 1), ERR_INVALID);
    check(fill(screen, pair(UINT32_MAX, 0), pair(2, 1), 1), ERR_INVALID);
    check(fill(screen, pair(0, UINT32_MAX), pair(1, UINT32_MAX), 1), ERR_INVALID);
    request = (struct message){.operation = SCREEN_MOVE,
                               .words = {pair(10, 30), pair(10, 50), pair(10, 20)}};
    check(ask(screen, &request, &reply), OK);
    print("drawn\n");
}

[[clang::export_name("_start")]] void program_start(void);
void program_start(void) {
    output = birth_find(PROTOCOL_CONSOLE, "stdout");
    handle_t screen = birth_find(PROTOCOL_SCREEN, nullptr);
    handle_t keys = birth_find(PROTOCOL_KEYS, nullptr);
    if (screen != HANDLE_NONE) {
        paint(screen);
    }
    if (keys != HANDLE_NONE) {
        print("hands are watched\n");
        watch(keys);
    }
}
