/* SPDX-License-Identifier: MIT */
/*
 * Frames among other bytes: whole, cut, damaged and hostile, in parts of any size. What is not a
 * frame comes out as it went in.
 */
#include <base/frame.h>
#include <string.h>
#include <test/check.h>

static uint64_t state;

static uint32_t random_below(uint32_t limit) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % limit;
}

static struct {
    uint8_t plain[64 * 1024];
    size_t plain_size;
    unsigned frames, damaged;
    uint8_t payload[FRAME_PAYLOAD_MAX];
    struct frame last;
} seen;

static void on_plain(void *context, const uint8_t *bytes, size_t size) {
    CHECK(size > 0 && seen.plain_size + size <= sizeof(seen.plain));
    memcpy(seen.plain + seen.plain_size, bytes, size);
    seen.plain_size += size;
}

static void on_frame(void *context, const struct frame *frame, bool sound) {
    if (!sound) {
        seen.damaged++;
        return;
    }
    seen.frames++;
    seen.last = *frame;
    memcpy(seen.payload, frame->payload, frame->size);
}

static struct frame_reader reader;

static void start(void) {
    memset(&seen, 0, sizeof(seen));
    reader = (struct frame_reader){.plain = on_plain, .frame = on_frame};
}

/* In parts of random sizes. */
static void put(const uint8_t *bytes, size_t size) {
    while (size > 0) {
        size_t step = 1 + random_below(300);
        step = step < size ? step : size;
        frame_reader_put(&reader, bytes, step);
        bytes += step;
        size -= step;
    }
}

static size_t make(uint8_t type, uint8_t kind, uint32_t value, const void *payload, size_t size,
                   uint8_t *to) {
    const struct frame frame = {type, kind, (uint16_t)size, value, payload};
    return frame_write(&frame, to);
}

static void test_whole(void) {
    static const size_t sizes[] = {0, 1, 15, 32, 4095, 4096};
    uint8_t bytes[FRAME_SIZE_MAX], payload[FRAME_PAYLOAD_MAX];
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(payload, (int)i, sizeof(payload));
        start();
        size_t size = make(3, 2, 0xFEDCBA98, payload, sizes[i], bytes);
        put((const uint8_t *)"before", 6);
        put(bytes, size);
        put((const uint8_t *)"after", 5);
        CHECK(seen.frames == 1 && seen.damaged == 0);
        CHECK(seen.last.type == 3 && seen.last.kind == 2 && seen.last.value == 0xFEDCBA98);
        CHECK(seen.last.size == sizes[i] && memcmp(seen.payload, payload, sizes[i]) == 0);
        CHECK(seen.plain_size == 11 && memcmp(seen.plain, "beforeafter", 11) == 0);
    }
}

/* Whatever begins like a frame and is none comes out, in order. */
static void test_not_frames(void) {
    static const uint8_t mark[] = {0xF9, 'C', 'u', 0xFA};
    uint8_t bytes[4096];
    for (unsigned round = 0; round < 200; round++) {
        state = round;
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = random_below(3) > 0 ? mark[random_below(4)] : (uint8_t)random_below(256);
        }
        start();
        put(bytes, sizeof(bytes));
        frame_reader_flush(&reader);
        CHECK(seen.frames == 0 && seen.damaged == 0);
        CHECK(seen.plain_size == sizeof(bytes) && memcmp(seen.plain, bytes, sizeof(bytes)) == 0);
    }
}

/* Text goes through at once, without waiting for more. */
static void test_typing(void) {
    static const uint8_t text[] = "ls\r\x10\x05\x1b[A\xC3\xA4";
    start();
    for (size_t i = 0; i < sizeof(text); i++) {
        frame_reader_put(&reader, text + i, 1);
        CHECK(seen.plain_size == i + 1);
    }
    CHECK(memcmp(seen.plain, text, sizeof(text)) == 0);
}

/* A frame that has lost a byte does not take the next one with it. */
static void test_lost_byte(void) {
    uint8_t bytes[2 * FRAME_SIZE_MAX], payload[500];
    for (unsigned round = 0; round < 516; round++) {
        memset(payload, 'x', sizeof(payload));
        start();
        size_t first = make(1, 0, 1, payload, sizeof(payload), bytes);
        size_t size = first + make(2, 0, 2, payload, sizeof(payload), bytes + first);
        CHECK(round < first);
        memmove(bytes + round, bytes + round + 1, size - round - 1);
        put(bytes, size - 1);
        CHECK(seen.frames == 1 && seen.last.type == 2);
    }
}

static void test_flush(void) {
    uint8_t bytes[FRAME_SIZE_MAX];
    size_t size = make(1, 0, 0, "hello", 5, bytes);
    start();
    put(bytes, size - 1);
    CHECK(frame_reader_flush(&reader) && seen.plain_size == 0);
    put(bytes, 3);
    CHECK(seen.plain_size == 0 && !frame_reader_flush(&reader));
    CHECK(seen.plain_size == 3 && memcmp(seen.plain, bytes, 3) == 0);
    put(bytes, size);
    CHECK(seen.frames == 1);
}

/* Streams of frames with bits flipped, bytes lost and doubled: no frame is ever told whose payload
 * was never sent. */
static void test_damage(void) {
    static uint8_t bytes[16 * FRAME_SIZE_MAX];
    for (unsigned round = 0; round < 400; round++) {
        state = 1000 + round;
        size_t size = 0;
        uint8_t payload[300];
        for (unsigned i = 0; i < 16; i++) {
            memset(payload, (int)i, sizeof(payload));
            size += make(1, (uint8_t)i, i, payload, random_below(sizeof(payload)), bytes + size);
        }
        for (unsigned hits = random_below(30); hits > 0; hits--) {
            size_t at = random_below((uint32_t)size - 1);
            if (random_below(2) > 0) {
                bytes[at] ^= (uint8_t)(1 << random_below(8));
            } else {
                memmove(bytes + at, bytes + at + 1, --size - at);
            }
        }
        start();
        put(bytes, size);
        CHECK(seen.frames <= 16);
        if (seen.frames > 0) {
            CHECK(seen.last.kind == seen.last.value);
            for (size_t i = 0; i < seen.last.size; i++) {
                CHECK(seen.payload[i] == seen.last.kind);
            }
        }
    }
}

int main(void) {
    test_whole();
    test_not_frames();
    test_typing();
    test_lost_byte();
    test_flush();
    test_damage();
    return check_finish("base/frame");
}
