/* SPDX-License-Identifier: MIT */
/*
 * See line.h. What comes while the input ring is full is taken and dropped, and counted: the next
 * reader is told. A writer who finds another one's piece under way waits until that is out, and is
 * then told that nothing was taken: he asks again.
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

static struct ring input;
static struct queue readers, writers;
static struct {
    uint8_t bytes[RING];
    uint32_t size, done; /* all of it is out: the next may come */
    handle_t reply;      /* of whom it came from */
} piece;
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

static handle_t queue_take(struct queue *queue) {
    handle_t reply = queue->places[0].reply;
    queue->count--;
    memmove(&queue->places[0], &queue->places[1], queue->count * sizeof queue->places[0]);
    return reply;
}

/* Keeps the right to answer. Whoever waits longest when there are too many may be gone since. */
static bool queue_add(struct queue *queue, struct message *request, uint32_t wanted) {
    if (request->reply == HANDLE_NONE) {
        return false;
    }
    if (queue->count == WAITING_MAX) {
        const struct message busy = {.status = ERR_BUSY};
        (void)system_reply(queue_take(queue), &busy);
    }
    queue->places[queue->count].wanted = wanted;
    queue->places[queue->count++].reply = request->reply;
    request->reply = HANDLE_NONE;
    return true;
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

static bool is_out(void) {
    return piece.done == piece.size;
}

/* Whose bytes those were learns it when all of them are the chip's: they outlive this process. */
static void put_all(const struct line_chip *chip) {
    while (!is_out() && chip->put(piece.bytes[piece.done])) {
        piece.done++;
    }
    if (is_out() && piece.reply != HANDLE_NONE) {
        const struct message answer = {.words = {piece.size}};
        (void)system_reply(piece.reply, &answer); /* who asked may be gone */
        piece.reply = HANDLE_NONE;
    }
    chip->want_room(!is_out());
}

void line_service(const struct line_chip *chip) {
    put_all(chip);
    take_all(chip);
    while (readers.count > 0 && ring_used(&input) > 0) {
        serve_reader();
    }
    while (writers.count > 0 && is_out()) {
        const struct message answer = {};
        (void)system_reply(queue_take(&writers), &answer); /* who asked may be gone */
    }
}

static void take_piece(struct message *request) {
    piece.size = request->payload_size < RING ? request->payload_size : RING;
    piece.done = 0;
    piece.reply = request->reply;
    memcpy(piece.bytes, request->payload, piece.size);
    request->reply = HANDLE_NONE;
    request_answer_status(request, OK); /* closes what came along; the answer comes later */
}

static void write(struct message *request) {
    if (is_out()) {
        take_piece(request);
    } else if (queue_add(&writers, request, 0)) {
        request_answer_status(request, OK);
    } else {
        request_answer_word(request, 0);
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
        write(request);
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
