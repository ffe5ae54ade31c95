/* SPDX-License-Identifier: MIT */
/*
 * The control channel. Bytes come from the port's ring in order; frames are carried out one by one,
 * each with one answer at most; all other bytes wait for the console or, on a line that nobody
 * reads, are dropped.
 *
 * A damaged frame must not be typed into a program: from a damaged frame on, and while a file comes
 * in, bytes outside frames are noise, until the line has been quiet for QUIET_NS.
 */
#include "reload.h"
#include "transfer.h"
#include <base/checked.h>
#include <base/format.h>
#include <base/frame.h>
#include <base/string.h>
#include <kernel/control.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/port.h>

constexpr uint64_t QUIET_NS = 2'000'000'000;
constexpr size_t PLAIN_SIZE = 4096; /* a power of two */
constexpr size_t STEP = 512;        /* bytes that are read at once */

static struct uart *line;
static void (*arrived)(void *data); /* the console's, when it shares the port */
static void *arrived_data;
static bool busy, noise;
static uint64_t last_ns; /* when something came */
static struct frame_reader reader;
static struct transfer transfer = {reload_allocate, reload_release, {}};
static uint8_t plain[PLAIN_SIZE]; /* a ring */
static uint32_t plain_head, plain_tail;

/* ---- answers ---- */

static void answer(const struct frame *frame) {
    static uint8_t bytes[FRAME_SIZE_MAX];
    size_t size = frame_write(frame, bytes);
    serial_log(line, (const char *)bytes, size); /* whole, or not: then it is asked again */
}

static void answer_value(uint8_t type, uint8_t kind, uint32_t value) {
    answer(&(struct frame){.type = type, .kind = kind, .value = value});
}

static void refuse(const char *why) {
    size_t size = strlen(why);
    log_write(LOG_WARNING, "push", "refused: %s", why);
    answer(&(struct frame){
        .type = CONTROL_REFUSED, .size = (uint16_t)size, .payload = (const uint8_t *)why});
}

static void refuse_transfer(enum transfer_result result) {
    static const char *const reasons[] = {
        [TRANSFER_BAD_KIND] = "this system knows no such kind of file",
        [TRANSFER_BAD_SIZE] = "too large, too small or beyond what was announced",
        [TRANSFER_NO_MEMORY] = "too little memory for the file beside what runs",
        [TRANSFER_NOT_BEGUN] = "no file of this kind was begun",
        [TRANSFER_BAD_HASH] = "the file's SHA-256 is not what was announced",
    };
    refuse(reasons[result]);
}

static void answer_transfer(enum transfer_result result, uint8_t kind) {
    switch (result) {
    case TRANSFER_SILENT:
        break;
    case TRANSFER_HAVE:
        answer_value(CONTROL_HAVE, kind, transfer.files[kind].have);
        break;
    case TRANSFER_MISSING:
        answer_value(CONTROL_MISSING, kind, transfer.files[kind].have);
        break;
    case TRANSFER_VERIFIED:
        answer_value(CONTROL_VERIFIED, kind, transfer.files[kind].size);
        break;
    default:
        refuse_transfer(result);
        break;
    }
}

/* ---- what is asked ---- */

static void take_begin(const struct frame *frame) {
    enum transfer_result result = TRANSFER_BAD_SIZE;
    noise = true;
    if (frame->size == SHA256_SIZE) {
        result = transfer_begin(&transfer, frame->kind, frame->value, frame->payload);
    }
    answer_transfer(result, frame->kind);
}

static void take_data(const struct frame *frame) {
    noise = true;
    answer_transfer(
        transfer_add(&transfer, frame->kind, frame->value, bytes_init(frame->payload, frame->size)),
        frame->kind);
}

static void leave(void) {
    log_write(LOG_INFO, "push", "this system ends");
    answer_value(CONTROL_SWITCHING, 0, 0);
    serial_drain(line);
}

static void take_switch(const struct frame *frame) {
    struct reload reload = {.set = frame->value, .leaving = leave};
    struct complaint complaint;
    struct bytes hashes = bytes_init(frame->payload, frame->size);
    if (!transfer_holds(&transfer, frame->value, hashes)) {
        if (reload_is_done(frame->value, hashes)) {
            answer_value(CONTROL_SWITCHING, 0, 0); /* the old system's word was lost */
            return;
        }
        refuse("not all of it is here: send it first");
        return;
    }
    for (uint8_t kind = 0; kind < CONTROL_KINDS; kind++) {
        const struct transfer_file *file = &transfer.files[kind];
        if (frame->value >> kind & 1) {
            reload.files[kind].bytes = bytes_init(file->bytes, file->size);
            reload.files[kind].hash = file->wanted;
        }
    }
    reload_switch(&reload, &complaint);
    for (uint8_t kind = 0; kind < CONTROL_KINDS; kind++) {
        if (frame->value >> kind & 1) {
            transfer_forget(&transfer, kind);
        }
    }
    refuse(complaint.text);
}

/* As log= in CONFIG; what makes sense of it is obeyed in any case. */
static void take_log(const struct frame *frame) {
    size_t at;
    if (log_configure((const char *)frame->payload, frame->size, &at) == OK) {
        answer_value(CONTROL_DONE, 0, 0);
        return;
    }
    char why[80];
    (void)format_buffer(why, sizeof(why), "character %zu: no such level or subsystem", at + 1);
    refuse(why);
}

/* Types are counted from 1. */
static void (*const takers[])(const struct frame *frame) = {take_begin, take_data, take_switch,
                                                            take_log};

static void take_frame(void *context, const struct frame *frame, bool sound) {
    if (!sound) {
        noise = true;
        if (frame->type == CONTROL_DATA) {
            answer_transfer(transfer_damage(&transfer, frame->kind), frame->kind);
        }
    } else if (frame->type - 1u < COUNT_OF(takers)) {
        takers[frame->type - 1u](frame);
    }
}

/* ---- bytes ---- */

static size_t plain_room(void) {
    return PLAIN_SIZE - (plain_head - plain_tail);
}

static void keep_plain(void *context, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; arrived != nullptr && !noise && i < size && plain_room() > 0; i++) {
        plain[plain_head++ % PLAIN_SIZE] = bytes[i];
    }
}

/* What a sender left unfinished is over when the line was quiet. What has come by now may still
 * belong to it, if it came while nobody looked: it is noise, and so is what follows until the line
 * is quiet again. */
static void notice_quiet(void) {
    uint64_t now_ns = port_time_ns();
    if (now_ns - last_ns > QUIET_NS) {
        noise = frame_reader_flush(&reader);
    }
    last_ns = now_ns;
}

static void line_arrived(void *data) {
    if (arrived != nullptr) {
        arrived(arrived_data);
    }
}

void control_start(struct uart *uart) {
    reader = (struct frame_reader){.plain = keep_plain, .frame = take_frame};
    line = uart;
    serial_listen(uart, line_arrived, nullptr);
}

struct uart *control_port(void) {
    return line;
}

void control_share(void (*function)(void *data), void *data) {
    arrived_data = data;
    arrived = function;
}

void control_poll(void) {
    static uint8_t bytes[STEP];
    if (line == nullptr || busy || uart_available(line) == 0) {
        return;
    }
    busy = true;
    notice_quiet();
    /* What the reader holds may turn out to be plain. */
    while (arrived == nullptr || plain_room() >= STEP + FRAME_HEADER_SIZE) {
        size_t size = serial_read(line, bytes, sizeof(bytes));
        if (size == 0) {
            break;
        }
        frame_reader_put(&reader, bytes, size);
        last_ns = port_time_ns();
    }
    busy = false;
}

size_t control_read(uint8_t *to, size_t capacity) {
    control_poll();
    size_t size = 0;
    while (size < capacity && plain_tail != plain_head) {
        to[size++] = plain[plain_tail++ % PLAIN_SIZE];
    }
    return size;
}
