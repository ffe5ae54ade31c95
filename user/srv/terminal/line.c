/* SPDX-License-Identifier: MIT */
/*
 * See line.h. Each line takes from one ring at its own pace; the slowest decides how much room
 * there is. A line that is gone holds nobody up. One that was restarted is written to again from
 * where it last said that it had taken bytes: what it still had in its own ring is lost with it.
 */
#include "line.h"
#include <base/string.h>
#include <proto/stream.h>
#include <user/birth.h>
#include <user/key.h>

constexpr uint32_t RING = 16384; /* a power of two */
constexpr uint32_t PIECE = 2048; /* bytes of one request */
constexpr uint32_t LINES = 4;

enum : uint8_t { KEY_READ = 1, KEY_WRITE = 2, KEY_KINDS = 4 }; /* line * KINDS + kind */

struct line {
    handle_t handle;    /* HANDLE_NONE: there is none, or it is gone */
    bool reads, writes; /* a question is under way */
    uint32_t tail;      /* of the ring: what it has taken */
};

static struct line lines[LINES];
static uint8_t ring[RING];
static uint32_t head; /* ever put in */

/* Bytes that the slowest line has not taken. */
static uint32_t lines_waiting(void) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < LINES; i++) {
        uint32_t waiting = lines[i].handle != HANDLE_NONE ? head - lines[i].tail : 0;
        most = waiting > most ? waiting : most;
    }
    return most;
}

uint32_t lines_room(void) {
    return RING - lines_waiting();
}

uint32_t lines_position(void) {
    return head;
}

bool lines_have_taken(uint32_t position) {
    return head - position >= lines_waiting();
}

void lines_put(const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    for (size_t i = 0; i < size; i++) {
        ring[head++ % RING] = from[i];
    }
}

/* With a place for the answer. The driver is more urgent, so this waits for nobody. */
static bool ask(struct line *line, uint8_t kind, const struct message *request) {
    uint64_t key = key_make((uint8_t)((line - lines) * KEY_KINDS + kind));
    bool asked = system_send(line->handle, request, key, DEADLINE_NEVER) == OK;
    if (!asked) {
        (void)system_handle_close(line->handle);
        line->handle = HANDLE_NONE;
    }
    return asked;
}

static void ask_read(struct line *line) {
    const struct message request = {.operation = STREAM_READ, .words = {PIECE}};
    if (line->handle != HANDLE_NONE && !line->reads) {
        line->reads = ask(line, KEY_READ, &request);
    }
}

static void ask_write(struct line *line) {
    uint32_t at = line->tail % RING, size = head - line->tail;
    size = size < RING - at ? size : RING - at;
    const struct message request = {.operation = STREAM_WRITE,
                                    .payload = ring + at,
                                    .payload_size = size < PIECE ? size : PIECE};
    if (line->handle != HANDLE_NONE && !line->writes && size > 0) {
        line->writes = ask(line, KEY_WRITE, &request);
    }
}

void lines_flush(void) {
    for (uint32_t i = 0; i < LINES; i++) {
        ask_write(&lines[i]);
    }
}

static void has_written(struct line *line, uint64_t count) {
    uint32_t waiting = head - line->tail;
    line->tail += count < waiting ? (uint32_t)count : waiting;
}

/* Restarted, it is asked again; with any other complaint it is of no use. */
static void complained(struct line *line, int32_t status) {
    if (status != ERR_RESTARTED && line->handle != HANDLE_NONE) {
        (void)system_handle_close(line->handle);
        line->handle = HANDLE_NONE;
    }
}

void lines_answer(const struct message *answer) {
    uint8_t kind;
    if (!key_is_ours(answer->badge, &kind)) {
        return;
    }
    struct line *line = &lines[kind / KEY_KINDS];
    bool read = kind % KEY_KINDS == KEY_READ;
    *(read ? &line->reads : &line->writes) = false;
    if (answer->status != OK) {
        complained(line, answer->status);
    } else if (read) {
        line_came(answer->payload, answer->payload_size);
    } else {
        has_written(line, answer->words[0]);
    }
    ask_read(line);
}

void lines_start(void) {
    char name[] = "line2";
    lines[0].handle = birth_find(PROTOCOL_STREAM, "line");
    for (uint32_t i = 1; i < LINES; i++) {
        name[4] = (char)('1' + i);
        lines[i].handle = birth_find(PROTOCOL_STREAM, name);
    }
    for (uint32_t i = 0; i < LINES; i++) {
        ask_read(&lines[i]);
    }
}
