/* SPDX-License-Identifier: MIT */
/* The control channel from bytes to answers: what is asked, what people type meanwhile, what breaks
 * off, and hostile bytes, which must end in nothing worse than an answer. */
#include "pretend.h"
#include <kernel/control.h>
#include <string.h>
#include <test/check.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;

static uint64_t state;

static uint32_t random_below(uint32_t limit) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % limit;
}

static struct {
    uint8_t types[64];
    uint32_t last_value;
    char last_text[256];
    unsigned count;
} answers;

static void take_answer(void *context, const struct frame *frame, bool sound) {
    CHECK(sound && frame->size < sizeof(answers.last_text) && frame->type >= CONTROL_HAVE);
    answers.types[answers.count++ % 64] = frame->type;
    answers.last_value = frame->value;
    memcpy(answers.last_text, frame->payload, frame->size);
    answers.last_text[frame->size] = 0;
}

static void take_plain(void *context, const uint8_t *bytes, size_t size) {
    CHECK(size == 0);
}

/* What came out since the last time must be frames. */
static void read_answers(void) {
    static struct frame_reader reader = {.plain = take_plain, .frame = take_answer};
    answers.count = 0;
    frame_reader_put(&reader, pretend.out, pretend.out_size);
    pretend.out_size = 0;
}

static void arrive(const void *bytes, size_t size) {
    pretend.in = bytes;
    pretend.in_size = size;
    control_poll();
    read_answers();
}

static void ask(uint8_t type, uint8_t kind, uint32_t value, const void *payload, size_t size) {
    uint8_t bytes[FRAME_SIZE_MAX];
    const struct frame frame = {type, kind, (uint16_t)size, value, payload};
    arrive(bytes, frame_write(&frame, bytes));
}

/* One answer, of this type. */
static bool answered(uint8_t type) {
    return answers.count == 1 && answers.types[0] == type;
}

static void hash_of(const void *bytes, size_t size, uint8_t out[SHA256_SIZE]) {
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, bytes, size);
    sha256_get(&hash, out);
}

static void quiet(void) {
    pretend.now_ns += 3 * SECOND_NS;
}

static bool typed_is(const char *wanted) {
    uint8_t bytes[256];
    size_t size = control_read(bytes, sizeof(bytes));
    return size == strlen(wanted) && memcmp(bytes, wanted, size) == 0;
}

static void test_files(void) {
    uint8_t hashes[2 * SHA256_SIZE];
    hash_of("a kernel", 8, hashes);
    hash_of("CONFIG", 6, hashes + SHA256_SIZE);
    ask(CONTROL_BEGIN, CONTROL_KERNEL, 8, hashes, SHA256_SIZE);
    CHECK(answered(CONTROL_HAVE) && answers.last_value == 0);
    ask(CONTROL_DATA, CONTROL_KERNEL, 0, "a ker", 5);
    CHECK(answered(CONTROL_HAVE) && answers.last_value == 5);
    ask(CONTROL_DATA, CONTROL_KERNEL, 6, "el", 2);
    CHECK(answered(CONTROL_MISSING) && answers.last_value == 5);
    ask(CONTROL_SWITCH, 0, 1, hashes, SHA256_SIZE);
    CHECK(answered(CONTROL_REFUSED) && pretend.switches == 0);
    ask(CONTROL_DATA, CONTROL_KERNEL, 5, "nel", 3);
    CHECK(answered(CONTROL_VERIFIED));
    ask(CONTROL_BEGIN, CONTROL_CONFIG, 6, hashes + SHA256_SIZE, SHA256_SIZE);
    ask(CONTROL_DATA, CONTROL_CONFIG, 0, "CONFIG", 6);
    CHECK(answered(CONTROL_VERIFIED));
    ask(CONTROL_SWITCH, 0, 5, hashes, sizeof(hashes));
    CHECK(pretend.switches == 1 && pretend.set == 5);
    CHECK(answers.count == 2 && answers.types[0] == CONTROL_SWITCHING);
    CHECK(answers.types[1] == CONTROL_REFUSED && strcmp(answers.last_text, "pretended") == 0);
    CHECK(strcmp(pretend.files[0], "a kernel") == 0 && strcmp(pretend.files[2], "CONFIG") == 0);
    CHECK(pretend.allocated == 0);
    ask(CONTROL_SWITCH, 0, 5, hashes, sizeof(hashes));
    CHECK(answered(CONTROL_REFUSED));
    pretend.running = 5;
    ask(CONTROL_SWITCH, 0, 5, hashes, sizeof(hashes));
    CHECK(answered(CONTROL_SWITCHING) && pretend.switches == 1);
    pretend.running = 0;
}

static void test_wrong(void) {
    uint8_t hash[SHA256_SIZE] = {};
    ask(CONTROL_BEGIN, CONTROL_KERNEL, 8, hash, SHA256_SIZE - 1);
    CHECK(answered(CONTROL_REFUSED));
    ask(CONTROL_BEGIN, 7, 8, hash, SHA256_SIZE);
    CHECK(answered(CONTROL_REFUSED));
    ask(CONTROL_BEGIN, CONTROL_INITRD, 2 << 20, hash, SHA256_SIZE);
    CHECK(answered(CONTROL_REFUSED) && strstr(answers.last_text, "memory") != nullptr);
    ask(CONTROL_DATA, CONTROL_INITRD, 0, "x", 1);
    CHECK(answered(CONTROL_REFUSED));
    ask(0, 0, 0, nullptr, 0);
    CHECK(answers.count == 0);
    ask(99, 0, 0, "x", 1);
    CHECK(answers.count == 0);
    ask(CONTROL_HAVE, 0, 0, nullptr, 0);
    CHECK(answers.count == 0);
}

static void test_levels(void) {
    quiet();
    ask(CONTROL_LOG, 0, 0, "info", 4);
    CHECK(answered(CONTROL_DONE));
    ask(CONTROL_LOG, 0, 0, "inf", 3);
    CHECK(answered(CONTROL_REFUSED) && strstr(answers.last_text, "character 4") != nullptr);
    arrive("typed", 5);
    CHECK(typed_is("typed"));
}

static void test_typing(void) {
    uint8_t bytes[FRAME_SIZE_MAX], hash[SHA256_SIZE] = {1};
    const struct frame frame = {CONTROL_BEGIN, 0, SHA256_SIZE, 4, hash};
    size_t size = frame_write(&frame, bytes);
    quiet();
    arrive("before", 6);
    arrive(bytes, size);
    CHECK(answered(CONTROL_HAVE));
    arrive("during", 6);
    CHECK(typed_is("before"));
    quiet();
    arrive("after", 5);
    CHECK(typed_is("after"));
    /* Broken off: the rest is no typing, whenever it comes; what follows a silence is. */
    arrive(bytes, size - 8);
    quiet();
    arrive("rest of", 7);
    CHECK(typed_is(""));
    quiet();
    arrive("person", 6);
    CHECK(typed_is("person"));
    arrive(bytes, size);
    CHECK(answered(CONTROL_HAVE));
    quiet();
}

/* More than fits waits where it is. */
static void test_flood(void) {
    static uint8_t text[10'000];
    uint8_t got[64];
    size_t total = 0, size;
    memset(text, 'x', sizeof(text));
    quiet();
    arrive(text, sizeof(text));
    CHECK(pretend.in_size > 0);
    while ((size = control_read(got, sizeof(got))) > 0) {
        total += size;
    }
    CHECK(total == sizeof(text) && pretend.in_size == 0);
}

/* Frames of all kinds, damaged in all ways, among anything. */
static void test_hostile(void) {
    static uint8_t bytes[64 * 1024];
    for (unsigned round = 0; round < 300; round++) {
        size_t size = 0;
        state = round;
        while (size < sizeof(bytes) - 2 * FRAME_SIZE_MAX) {
            uint8_t payload[FRAME_PAYLOAD_MAX] = {(uint8_t)round};
            const struct frame frame = {
                .type = (uint8_t)(random_below(6)),
                .kind = (uint8_t)random_below(4),
                .size = (uint16_t)(random_below(3) ? SHA256_SIZE : random_below(4097)),
                .value = random_below(3) ? random_below(100) : (uint32_t)random_below(1u << 31) * 2,
                .payload = payload,
            };
            size += frame_write(&frame, bytes + size);
            for (unsigned junk = random_below(4) ? 0 : random_below(50); junk > 0; junk--) {
                bytes[size++] = (uint8_t)random_below(256);
            }
            if (random_below(3) == 0) {
                bytes[size - 1 - random_below((uint32_t)(size < 60 ? size : 60))] ^= 4;
            }
        }
        for (size_t at = 0; at < size;) {
            uint8_t out[300];
            size_t step = 1 + random_below(2000);
            step = step < size - at ? step : size - at;
            pretend.now_ns += random_below(20) ? 1000 : 5 * SECOND_NS;
            arrive(bytes + at, step);
            while (control_read(out, sizeof(out)) > 0) {
            }
            CHECK(pretend.in_size == 0 && pretend.allocated <= pretend.memory_limit);
            at += step;
        }
    }
}

static void told(void *data) {
}

int main(void) {
    control_poll(); /* before anything is started */
    control_start(&pretend.uart);
    CHECK(control_port() == &pretend.uart);
    control_share(told, nullptr);
    test_files();
    test_wrong();
    test_levels();
    test_typing();
    test_flood();
    test_hostile();
    return check_finish("kernel/reload/control");
}
