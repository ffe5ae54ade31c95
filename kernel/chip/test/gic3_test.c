/* SPDX-License-Identifier: MIT */
/* GICv3 over memory that keeps what is written, and a core whose registers note what they are told.
 */
#include <arch/core.h>
#include <chip/gic3.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

constexpr size_t STRIDE = GIC3_REDISTRIBUTOR_SIZE;
constexpr uint32_t ONE_STATE = 1 << 6;

static uint8_t *distributor, *redistributors;
static uint32_t here, claimed, ended;
static uint64_t sent, sent_fast;
static unsigned started, started_fast;

static uint32_t affinity(void) {
    return here;
}

static void start(bool fast) {
    started++;
    started_fast += fast;
}

static uint32_t claim(void) {
    return claimed;
}

static void end(uint32_t number) {
    ended = number;
}

static void send(uint64_t message) {
    sent = message;
}

static void send_fast(uint64_t message) {
    sent_fast = message;
}

static const struct gic3_interface interface = {affinity, start, claim, end, send, send_fast};

static uint32_t get(const uint8_t *base, size_t offset) {
    uint32_t value;
    memcpy(&value, base + offset, 4);
    return value;
}

static void put(uint8_t *base, size_t offset, uint32_t value) {
    memcpy(base + offset, &value, 4);
}

/* Three redistributors in two regions, the second of the wider kind. They are allocated to the
 * byte, so that a search that goes on beyond them is found. */
static struct gic3_wiring build(uint32_t control) {
    free(distributor);
    free(redistributors);
    distributor = calloc(1, GIC3_DISTRIBUTOR_SIZE);
    redistributors = calloc(4, STRIDE);
    CHECK(distributor != nullptr && redistributors != nullptr);
    put(distributor, 0x0, control);
    put(distributor, 0x4, 2); /* 96 interrupts */
    put(redistributors, 0x8, 1 << 1);
    put(redistributors, 0xC, 0x000000);
    put(redistributors, 2 * STRIDE + 0x8, 1 << 4);
    put(redistributors, 2 * STRIDE + 0xC, 0x010002);
    put(redistributors, 2 * STRIDE + 0x14, 1 << 1);
    put(redistributors, 3 * STRIDE + 0xC, 0x02010013);
    return (struct gic3_wiring){
        .distributor = (uintptr_t)distributor,
        .regions = {{(uintptr_t)redistributors, 3 * STRIDE},
                    {(uintptr_t)redistributors + 3 * STRIDE, STRIDE}},
        .region_count = 2,
        .interface = &interface,
        .timer = 27,
    };
}

/* What the distributor says of its security decides whether group 0 is touched. */
static void test_start(void) {
    struct gic3_wiring wiring = build(ONE_STATE);
    gic3_init(&wiring);
    CHECK(get(distributor, 0x0) == (1 << 4 | 3));
    CHECK(get(distributor, 0x180) == 0 && get(distributor, 0x184) == UINT32_MAX &&
          get(distributor, 0x188) == UINT32_MAX && get(distributor, 0x18C) == 0);
    CHECK(get(distributor, 0x420) == 0xA0A0A0A0 && get(distributor, 0x45C) == 0xA0A0A0A0 &&
          get(distributor, 0x460) == 0);
    wiring = build(0);
    gic3_init(&wiring);
    CHECK(get(distributor, 0x0) == (1 << 4 | 2));
    here = 0;
    CHECK(gic3.core_start(0) && started == 1 && started_fast == 0);
    CHECK(get(redistributors, 0x10080) == UINT32_MAX);
}

static void test_cores(void) {
    struct gic3_wiring wiring = build(ONE_STATE);
    const uint8_t *second = redistributors + 2 * STRIDE;
    gic3_init(&wiring);
    started = started_fast = 0;
    here = 0x010002;
    CHECK(gic3.core_start(1) && started == 1 && started_fast == 1);
    CHECK(get(second, 0x14) == 0 && get(second, 0x10080) == ~(1u << 1));
    CHECK(get(second, 0x10100) == (1u << 27 | 1 << 0 | 1 << 1));
    CHECK(get(second, 0x10400) == 0xA0A000A0 && get(second, 0x1041C) == 0xA0A0A0A0);
    CHECK(get(redistributors, 0x10100) == 0);
    here = 0x02010013;
    CHECK(gic3.core_start(2) && started == 2);
    here = 0x010003; /* nobody's */
    CHECK(!gic3.core_start(3) && started == 2);
}

/* Messages name affinities 3, 2 and 1, sixteen cores, and one of them. */
static void test_signals(void) {
    gic3.signal(1);
    CHECK(sent == (UINT64_C(1) << 32 | UINT64_C(0) << 24 | 1 << 2));
    gic3.signal_stop(2);
    CHECK(sent_fast == (UINT64_C(2) << 48 | UINT64_C(1) << 44 | UINT64_C(1) << 32 | 1u << 24 |
                        0u << 16 | 1 << 3));
    struct gic3_wiring wiring = build(0);
    gic3_init(&wiring);
    sent = sent_fast = 0;
    gic3.signal_stop(1);
    CHECK(sent == (UINT64_C(1) << 32 | 1u << 24 | 1 << 2) && sent_fast == 0);
}

static void test_lines(void) {
    struct gic3_wiring wiring = build(ONE_STATE);
    put(redistributors, 0xC, 0x03000101);
    gic3_init(&wiring);
    here = 0x03000101;
    CHECK(gic3.core_start(0));
    CHECK(gic3.unmask(33) && get(distributor, 0x104) == 2);
    CHECK(get(distributor, 0x6000 + 33 * 8) == 0x000101 && get(distributor, 0x6004 + 33 * 8) == 3);
    CHECK(!gic3.unmask(31) && !gic3.unmask(96));
}

static void test_claims(void) {
    static const struct {
        uint32_t number;
        unsigned what;
    } cases[] = {{1023, INTERRUPT_NONE}, {1020, INTERRUPT_NONE}, {27, INTERRUPT_TIMER},
                 {0, INTERRUPT_CALL},    {1, INTERRUPT_STOP},    {33, 33}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t token;
        claimed = cases[i].number;
        CHECK(gic3.claim(0, &token) == cases[i].what);
        gic3.end(token);
        CHECK(ended == cases[i].number);
    }
}

/* Strides that are told, and regions that end before a redistributor does. */
static void test_regions(void) {
    struct gic3_wiring wiring = build(ONE_STATE);
    wiring.stride = 3 * STRIDE;
    gic3_init(&wiring);
    here = 0x010002;
    CHECK(!gic3.core_start(1));
    wiring.stride = STRIDE;
    gic3_init(&wiring);
    CHECK(gic3.core_start(1));
    wiring.stride = 0;
    wiring.regions[0].size = 3 * STRIDE - 1;
    gic3_init(&wiring);
    CHECK(!gic3.core_start(1));
}

int main(void) {
    test_start();
    test_cores();
    test_signals();
    test_lines();
    test_claims();
    test_regions();
    free(distributor);
    free(redistributors);
    return check_finish("gic3");
}
