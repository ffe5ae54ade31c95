/* SPDX-License-Identifier: MIT */
/* See events.h. */
#include "events.h"
#include <base/string.h>
#include <user/request.h>

constexpr uint32_t RING = 512; /* events; a power of two */
constexpr uint32_t WAITING_MAX = 4;

static struct key_event ring[RING];
static uint32_t head, tail; /* ever put in, and taken out */
static uint64_t lost;

static struct {
    handle_t reply;
    uint32_t wanted;
} waiting[WAITING_MAX]; /* oldest first */
static uint32_t waiting_count;

void events_put(uint16_t kind, uint16_t code, int32_t value) {
    if (head - tail == RING) {
        lost++;
    } else {
        ring[head++ % RING] = (struct key_event){kind, code, value};
    }
}

/* What one does not get, because it is gone, the next one gets. */
static void serve_first(void) {
    static struct key_event events[RING];
    uint32_t count = head - tail;
    count = count < waiting[0].wanted ? count : waiting[0].wanted;
    for (uint32_t i = 0; i < count; i++) {
        events[i] = ring[(tail + i) % RING];
    }
    struct message answer = {.words = {lost},
                             .payload = events,
                             .payload_size = count * (uint32_t)sizeof(struct key_event)};
    handle_t reply = waiting[0].reply;
    waiting_count--;
    memmove(&waiting[0], &waiting[1], waiting_count * sizeof waiting[0]);
    if (system_reply(reply, &answer) == OK) {
        tail += count;
        lost = 0;
    }
}

void events_serve(void) {
    while (waiting_count > 0 && head != tail) {
        serve_first();
    }
}

void events_request(struct message *request) {
    if (request->operation != KEYS_READ) {
        request_answer_status(request, ERR_NOT_SUPPORTED);
    } else if (request->words[0] == 0) {
        request_answer_status(request, ERR_INVALID);
    } else if (waiting_count == WAITING_MAX || request->reply == HANDLE_NONE) {
        request_answer_status(request, ERR_BUSY);
    } else {
        waiting[waiting_count].wanted =
            request->words[0] < RING ? (uint32_t)request->words[0] : RING;
        waiting[waiting_count++].reply = request->reply;
        request->reply = HANDLE_NONE;
        request_answer_status(request, OK); /* closes what came along; the answer comes later */
    }
    events_serve();
}
