/* SPDX-License-Identifier: MIT */
/*
 * The protocols that a process may serve, and what the names behind a dot stand for. Badges of a
 * protocol's handles are what proto/ says; where that gives none, a handle has badge 1.
 */
#include "reader.h"
#include <abi/birth.h>
#include <base/format.h>
#include <proto/console.h>

constexpr uint64_t ROOT_BADGE = 1; /* FILES_ROOT of <user/files.h> */

static const struct protocol_badge CONSOLE_BADGES[] = {{"input", CONSOLE_INPUT},
                                                       {"output", CONSOLE_OUTPUT},
                                                       {"error", CONSOLE_ERROR},
                                                       {"owner", CONSOLE_OWNER}};
static const struct protocol_badge FILE_BADGES[] = {{"root", ROOT_BADGE}};

static const struct protocol_name PROTOCOLS[] = {
    {"console", PROTOCOL_CONSOLE, 0, CONSOLE_BADGES, 4},
    {"clock", PROTOCOL_CLOCK, 1, nullptr, 0},
    {"random", PROTOCOL_RANDOM, 1, nullptr, 0},
    {"file", PROTOCOL_FILE, 0, FILE_BADGES, 1},
    {"socket", PROTOCOL_SOCKET, 1, nullptr, 0},
    {"stream", PROTOCOL_STREAM, 1, nullptr, 0},
    {"keys", PROTOCOL_KEYS, 1, nullptr, 0},
    {"screen", PROTOCOL_SCREEN, 1, nullptr, 0},
    {"log", PROTOCOL_LOG, 1, nullptr, 0},
};
constexpr size_t COUNT = sizeof PROTOCOLS / sizeof PROTOCOLS[0];

const struct protocol_name *protocol_find(struct text name) {
    for (size_t i = 0; i < COUNT; i++) {
        if (text_equal(name, text_of(PROTOCOLS[i].name))) {
            return &PROTOCOLS[i];
        }
    }
    return nullptr;
}

const struct protocol_name *protocol_of(uint32_t protocol) {
    for (size_t i = 0; i < COUNT; i++) {
        if (PROTOCOLS[i].protocol == protocol) {
            return &PROTOCOLS[i];
        }
    }
    return nullptr;
}

bool protocol_badge_find(const struct protocol_name *protocol, struct text name, uint64_t *out) {
    if (name.size == 0) {
        *out = protocol->badge;
        return protocol->badge != 0;
    }
    for (size_t i = 0; i < protocol->badge_count; i++) {
        if (text_equal(name, text_of(protocol->badges[i].name))) {
            *out = protocol->badges[i].badge;
            return true;
        }
    }
    return false;
}

static void append(char *to, size_t capacity, const char *name) {
    size_t size = strlen(to);
    (void)format_buffer(to + size, capacity - size, "%s%s", size > 0 ? ", " : "", name);
}

void protocol_list(char *to, size_t capacity) {
    *to = 0;
    for (size_t i = 0; i < COUNT; i++) {
        append(to, capacity, PROTOCOLS[i].name);
    }
}

void protocol_badge_list(const struct protocol_name *protocol, char *to, size_t capacity) {
    *to = 0;
    for (size_t i = 0; i < protocol->badge_count; i++) {
        append(to, capacity, protocol->badges[i].name);
    }
}
