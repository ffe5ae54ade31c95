/* SPDX-License-Identifier: MIT */
/*
 * A pipe: bytes from writers to readers, in order, through a ring. It serves the console protocol
 * (proto/console.def) at both ends, which badges tell apart, and ends when both are closed.
 *
 * Who reads when there is nothing waits for bytes, or for the last writer to go; who writes when
 * there is no room waits for some, having left his first bytes, or for the last reader to go.
 */
#include <base/string.h>
#include <proto/console.h>
#include <proto/pipe.h>
#include <user/request.h>
#include <user/server.h>

constexpr uint32_t RING = 65536; /* a power of two */
constexpr uint32_t WAITING_MAX = 16;
constexpr uint32_t HELD = 64;

struct waiter {
    handle_t reply;
    uint32_t size; /* readers: most bytes; writers: bytes held; watchers: what they watch */
    uint8_t held[HELD];
};

struct queue {
    struct waiter places[WAITING_MAX];
    uint32_t first, count;
};

static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};
static uint8_t ring[RING], copy[RING];
static uint32_t head, tail; /* ever put in, and taken out */
static bool closed[PIPE_WRITER + 1];
static struct queue readers, writers, watchers;

static uint32_t used(void) {
    return head - tail;
}

static uint32_t put(const uint8_t *bytes, uint32_t size) {
    size = size < RING - used() ? size : RING - used();
    for (uint32_t i = 0; i < size; i++) {
        ring[head++ % RING] = bytes[i];
    }
    return size;
}

static struct waiter *queue_add(struct queue *queue, struct message *request) {
    struct waiter *waiter = &queue->places[(queue->first + queue->count) % WAITING_MAX];
    queue->count++;
    waiter->reply = request->reply;
    request->reply = HANDLE_NONE;
    return waiter;
}

static struct waiter *queue_take(struct queue *queue) {
    struct waiter *first = &queue->places[queue->first];
    queue->first = (queue->first + 1) % WAITING_MAX;
    queue->count--;
    return first;
}

static bool may_wait(const struct queue *queue, struct message *request) {
    bool may = queue->count < WAITING_MAX && request->reply != HANDLE_NONE;
    if (!may) {
        request_answer_status(request, ERR_BUSY);
    }
    return may;
}

/* ---- who waits ---- */

/* What one does not get, because it is gone, the next one gets. */
static void serve_readers(void) {
    while (readers.count > 0 && (used() > 0 || closed[PIPE_WRITER])) {
        const struct waiter *reader = queue_take(&readers);
        uint32_t size = used() < reader->size ? used() : reader->size;
        for (uint32_t i = 0; i < size; i++) {
            copy[i] = ring[(tail + i) % RING];
        }
        struct message answer = {.payload = copy, .payload_size = size};
        if (system_reply(reader->reply, &answer) == OK) {
            tail += size;
        }
    }
}

static void serve_writers(void) {
    while (writers.count > 0 && (RING - used() >= HELD || closed[PIPE_READER])) {
        const struct waiter *writer = queue_take(&writers);
        struct message answer = {.status = ERR_CLOSED};
        if (!closed[PIPE_READER]) {
            answer = (struct message){.words = {put(writer->held, writer->size)}};
        }
        (void)system_reply(writer->reply, &answer); /* who wrote may be gone */
    }
}

static struct message ready(uint32_t what) {
    bool reads = what == CONSOLE_READY_READ;
    return (struct message){
        .words = {reads ? used() : RING - used(),
                  reads ? closed[PIPE_WRITER] && used() == 0 : closed[PIPE_READER]}};
}

static bool is_ready(const struct message *answer) {
    return answer->words[0] > 0 || answer->words[1] > 0;
}

/* All are told when anybody can be: "rarely, before: then look again". */
static void serve_watchers(void) {
    for (uint32_t left = watchers.count; left > 0; left--) {
        const struct waiter *watcher = queue_take(&watchers);
        struct message answer = ready(watcher->size);
        (void)system_reply(watcher->reply, &answer);
    }
}

static void serve(void) {
    serve_readers();
    serve_writers(); /* for whom readers have made room */
    serve_readers();
}

/* ---- what is asked ---- */

static void answer_write(struct message *request) {
    if (closed[PIPE_READER]) {
        request_answer_status(request, ERR_CLOSED);
        return;
    }
    uint32_t size = request->payload_size;
    uint32_t taken = writers.count == 0 ? put(request->payload, size) : 0;
    if (taken > 0 || size == 0) {
        request_answer_word(request, taken);
    } else if (may_wait(&writers, request)) {
        struct waiter *writer = queue_add(&writers, request);
        writer->size = size < HELD ? size : HELD;
        memcpy(writer->held, request->payload, writer->size);
    }
}

static void answer_read(struct message *request) {
    uint64_t wanted = request->words[0];
    uint64_t most = wanted < MESSAGE_PAYLOAD_MAX ? wanted : MESSAGE_PAYLOAD_MAX;
    if (wanted == 0) {
        request_answer_status(request, ERR_INVALID);
    } else if (may_wait(&readers, request)) {
        queue_add(&readers, request)->size = (uint32_t)most;
    }
}

static bool names_a_side(uint64_t word) {
    return word == CONSOLE_READY_READ || word == CONSOLE_READY_WRITE;
}

static void answer_ready(struct message *request) {
    struct message answer = ready((uint32_t)request->words[0]);
    if (names_a_side(request->words[0])) {
        (void)request_answer(request, &answer);
    } else {
        request_answer_status(request, ERR_INVALID);
    }
}

static void answer_watch(struct message *request) {
    struct message now = ready((uint32_t)request->words[0]);
    if (!names_a_side(request->words[0]) || is_ready(&now)) {
        answer_ready(request);
    } else if (may_wait(&watchers, request)) {
        queue_add(&watchers, request)->size = (uint32_t)request->words[0];
    }
}

static void answer_info(struct message *request) {
    request_answer_word(request, CONSOLE_STREAM);
}

static const struct {
    uint32_t operation;
    uint8_t badge; /* of the end that may ask; 0: both */
    void (*answer)(struct message *request);
} operations[] = {
    {CONSOLE_WRITE, PIPE_WRITER, answer_write},
    {CONSOLE_READ, PIPE_READER, answer_read},
    {CONSOLE_INFO, 0, answer_info},
    {CONSOLE_READY, 0, answer_ready},
    {CONSOLE_WATCH, 0, answer_watch},
};

static void answer(struct message *request) {
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i].operation == request->operation) {
            if (operations[i].badge == 0 || operations[i].badge == request->badge) {
                operations[i].answer(request);
            } else {
                request_answer_status(request, ERR_DENIED);
            }
        }
    }
    request_answer_status(request, ERR_NOT_SUPPORTED); /* unless it has an answer, or waits */
}

static void released(uint64_t badge) {
    if (badge == PIPE_READER || badge == PIPE_WRITER) {
        closed[badge] = true;
    }
    if (closed[PIPE_READER] && closed[PIPE_WRITER]) {
        system_exit(0);
    }
}

static void handle(struct message *message) {
    uint32_t before_head = head, before_tail = tail;
    if (message->operation == MESSAGE_RELEASED) {
        released(message->badge);
    } else {
        answer(message);
    }
    serve();
    if (head != before_head || tail != before_tail || message->operation == MESSAGE_RELEASED) {
        serve_watchers();
    }
}

static struct message *start(void) {
    return &buffer;
}

SERVER(pipe, start, handle)
