/* SPDX-License-Identifier: MIT */
/* GICv2 over memory that keeps what is written. */
#include <chip/gic2.h>
#include <string.h>
#include <test/check.h>

static struct {
    uint32_t distributor[0x1000 / 4], interface[0x2000 / 4];
} model;

static uint32_t d(unsigned offset) {
    return model.distributor[offset / 4];
}

static void start(uint32_t type) {
    memset(&model, 0, sizeof(model));
    model.distributor[0x004 / 4] = type;
    gic2_init((uintptr_t)model.distributor, (uintptr_t)model.interface, 27);
}

/* As many lines as it says, and never those that are answers. */
static void test_init(void) {
    start(2);
    CHECK(d(0x000) == 3 && d(0x180) == 0 && d(0x184) == UINT32_MAX && d(0x188) == UINT32_MAX &&
          d(0x18C) == 0);
    CHECK(d(0x080) == 0 && d(0x088) == UINT32_MAX && d(0x08C) == 0);
    CHECK(d(0x41C) == 0 && d(0x420) == 0xA0A0A0A0 && d(0x45C) == 0xA0A0A0A0 && d(0x460) == 0);
    start(31);
    CHECK(d(0x1FC) == UINT32_MAX && d(0x7F8) == 0xA0A0A0A0 && d(0x7FC) == 0);
    CHECK(!gic2.unmask(1020) && gic2.unmask(1019));
}

/* The timer, calls, and the stop, which alone is of group 0. */
static void test_core(void) {
    start(2);
    model.distributor[0x800 / 4] = 0x01010101;
    CHECK(gic2.core_start(0));
    CHECK(d(0x180) == UINT32_MAX && d(0x080) == ~2u && d(0x100) == (1u << 27 | 3));
    CHECK(d(0x400) == 0xA0A000A0 && d(0x41C) == 0xA0A0A0A0);
    CHECK(model.interface[1] == 0xFF && model.interface[0] == 0xF);
    model.distributor[0x800 / 4] = 0x04040404;
    CHECK(gic2.core_start(2));
    gic2.signal(2);
    CHECK(d(0xF00) == (4u << 16 | 1 << 15));
    gic2.signal_stop(0);
    CHECK(d(0xF00) == (1u << 16 | 1));
    gic2.quiet();
    CHECK(d(0x000) == 0);
}

/* Lines go to core 0, and leave their neighbours where they are. */
static void test_lines(void) {
    start(2);
    model.distributor[0x800 / 4] = 0x02020202;
    CHECK(gic2.core_start(0));
    model.distributor[0x820 / 4] = 0x44332211;
    CHECK(gic2.unmask(33) && d(0x820) == 0x44330211 && d(0x104) == 2);
    CHECK(!gic2.unmask(31) && !gic2.unmask(96) && gic2.unmask(95));
}

/* An answer names who asked, too, and goes back as it came. */
static void test_claims(void) {
    static const struct {
        uint32_t token;
        unsigned what;
    } cases[] = {{1023, INTERRUPT_NONE},     {1022, INTERRUPT_NONE},         {27, INTERRUPT_TIMER},
                 {3u << 10, INTERRUPT_CALL}, {2u << 10 | 1, INTERRUPT_STOP}, {33, 33}};
    start(2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t token;
        model.interface[3] = cases[i].token;
        CHECK(gic2.claim(0, &token) == cases[i].what && token == cases[i].token);
        gic2.end(token);
        CHECK(model.interface[4] == cases[i].token);
    }
}

int main(void) {
    test_init();
    test_core();
    test_lines();
    test_claims();
    return check_finish("gic2");
}
