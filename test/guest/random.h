/* SPDX-License-Identifier: MIT */
/*
 * What hostile programs of the tests throw at the kernel and at servers: numbers, handles and
 * messages at random, half of them shaped as somebody may like them. Payloads lie within the
 * program's memory; all else may be anything.
 */
#pragma once
#include <base/string.h>
#include <user/system.h>

constexpr uint32_t POOL = 24;
constexpr uint32_t ROOM = 128 * 1024; /* twice what a payload may have */

static uint64_t state; /* not 0 */
static handle_t pool[POOL];
static uint8_t room[ROOM];

static inline uint32_t pick(uint32_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

/* Small, or near a power of two, or anything. */
static inline uint64_t number(void) {
    switch (pick(4)) {
    case 0:
        return (UINT64_C(1) << pick(64)) + pick(5) - 2;
    case 1:
        return (uint64_t)pick(UINT32_MAX) << 32 | pick(UINT32_MAX);
    default:
        return pick(40);
    }
}

static inline handle_t some_handle(void) {
    return pick(16) == 0 ? (handle_t)number() : pool[pick(POOL)];
}

static inline void keep(handle_t handle) {
    if (handle != HANDLE_NONE) {
        pool[pick(POOL)] = handle;
    }
}

/* Looks like paths, most of the time. */
static inline void scribble(uint8_t *to, uint32_t size) {
    static const char letters[] = "ab/..", prefix[] = "tmp/";
    for (uint32_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(pick(99) == 0 ? number() : (uint8_t)letters[pick(sizeof letters - 1)]);
    }
    if (size > 4 && pick(2) == 0) {
        memcpy(to, prefix, 4);
    }
}

static inline struct message some_message(void) {
    struct message message = {
        .operation = (uint32_t)(pick(8) == 0 ? number() : pick(25)),
        .status = (int32_t)number(),
        .badge = number(),
        .payload_capacity = pick(3) == 0 ? pick(MESSAGE_PAYLOAD_MAX + 9) : pick(4200),
        .flags = (uint32_t)(pick(16) == 0 ? number() : pick(2)),
        .reply = some_handle(),
        .handle_count = pick(8) != 0 ? 0 : pick(MESSAGE_HANDLES + 2),
    };
    message.payload_size = pick(8) == 0 ? pick(MESSAGE_PAYLOAD_MAX + 9) : pick(9);
    message.payload = room + pick(ROOM - MESSAGE_PAYLOAD_MAX - 9);
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++) {
        message.words[i] = pick(3) == 0 ? number() : pick(4);
    }
    for (uint32_t i = 0; i < MESSAGE_HANDLES; i++) {
        message.handles[i] = some_handle();
    }
    scribble(message.payload, message.payload_size < 60 ? message.payload_size : 60);
    return message;
}

static inline void keep_all(const struct message *message) {
    keep(message->reply);
    for (uint32_t i = 0; i < message->handle_count && i < MESSAGE_HANDLES; i++) {
        keep(message->handles[i]);
    }
}
