/* SPDX-License-Identifier: MIT */
/*
 * See line.h. What comes while the input ring is full is taken and dropped, and counted: the next
 * reader is told. A writer who finds the output ring full is answered when half of it is empty.
 */
#include "line.h"
#include <base/string.h>
#include <proto/stream.h>
#include <user/request.h>

constexpr uint32_t RING = 4096; /* a power of two */
constexpr uint32_t WAITING_MAX = 16;

struct ring {
    uint8_t bytes[RING];
    uint32_t head, tail; /* ever put in, and taken out */
};

/* Reply handles of those who wait, oldest first. */
struct queue {
    struct {
        handle_t reply;
        uint32_t wanted;
    } places[WAITING_MAX];
    uint32_t count;
};

static struct ring input, output;
static struct queue readers, writers;
static uint64_t lost;

static uint32_t ring_used(const struct ring *ring) {
    return ring->head - ring->tail;
}

static void ring_put(struct ring *ring, uint8_t byte) {
    ring->bytes[ring->head++ % RING] = byte;
}

static uint8_t ring_peek(const struct ring *ring, uint32_t at) {
    return ring->bytes[(ring->tail + at) % RING];
}

/* Keeps the right to answer. */
static bool queue_add(struct queue *queue, struct message *request, uint32_t wanted) {
    if (queue->count == WAITING_MAX || request->reply == HANDLE_NONE) {
        return false;
    }
    queue->places[queue->count].wanted = wanted;
    queue->places[queue->count++].reply = request->reply;
    request->reply = HANDLE_NONE;
    return true;
}

static handle_t queue_take(struct queue *queue) {
    handle_t reply = queue->places[0].reply;
    queue->count--;
    memmove(&queue->places[0], &queue->places[1], queue->count * sizeof queue->places[0]);
    return reply;
}

/* What a reader does not get, because it is gone, the next one gets. */
static void serve_reader(void) {
    static uint8_t bytes[RING];
    uint32_t size = ring_used(&input);
    size = size < readers.places[0].wanted ? size : readers.places[0].wanted;
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = ring_peek(&input, i);
    }
    struct message answer = {.words = {lost}, .payload = bytes, .payload_size = size};
    if (system_reply(queue_take(&readers), &answer) == OK) {
        input.tail += size;
        lost = 0;
    }
}

static void take_all(const struct line_chip *chip) {
    uint8_t byte;
    for (uint32_t i = 0; i < 4 * RING && chip->take(&byte); i++) { /* not for ever */
        if (ring_used(&input) < RING) {
            ring_put(&input, byte);
        } else {
            lost++;
        }
    }
}

static void put_all(const struct line_chip *chip) {
    while (ring_used(&output) > 0 && chip->put(ring_peek(&output, 0))) {
        output.tail++;
    }
    chip->want_room(ring_used(&output) > 0);
}

void line_service(const struct line_chip *chip) {
    put_all(chip);
    take_all(chip);
    while (readers.count > 0 && ring_used(&input) > 0) {
        serve_reader();
    }
    while (writers.count > 0 && ring_used(&output) <= RING / 2) {
        const struct message answer = {};
        (void)system_reply(queue_take(&writers), &answer); /* who asked may be gone */
    }
}

static void write(const struct line_chip *chip, struct message *request) {
    const uint8_t *bytes = request->payload;
    uint32_t taken = 0;
    put_all(chip);
    while (taken < request->payload_size && ring_used(&output) < RING) {
        ring_put(&output, bytes[taken++]);
    }
    if (taken == 0 && request->payload_size > 0 && queue_add(&writers, request, 0)) {
        request_answer_status(request, OK); /* closes what came along; the answer comes later */
    } else {
        request_answer_word(request, taken);
    }
}

static void read(struct message *request) {
    uint32_t wanted = request->words[0] < RING ? (uint32_t)request->words[0] : RING;
    if (wanted == 0) {
        request_answer_status(request, ERR_INVALID);
    } else if (queue_add(&readers, request, wanted)) {
        request_answer_status(request, OK);
    } else {
        request_answer_status(request, ERR_BUSY);
    }
}

void line_request(const struct line_chip *chip, struct message *request) {
    switch (request->operation) {
    case STREAM_WRITE:
        write(chip, request);
        break;
    case STREAM_READ:
        read(request);
        break;
    default:
        request_answer_status(request, ERR_NOT_SUPPORTED);
        break;
    }
    line_service(chip);
}
