/* SPDX-License-Identifier: MIT */
/* The Raspberry Pi's controllers over memory that keeps what is written. */
#include <chip/bcm2836.h>
#include <string.h>
#include <test/check.h>

static struct {
    uint32_t local[0x100 / 4], devices[0x28 / 4];
} model;

static void start(void) {
    memset(&model, 0, sizeof(model));
    model.local[0x0C / 4] = 3;
    bcm2836_init((uintptr_t)model.local, (uintptr_t)model.devices);
}

static void test_init(void) {
    start();
    CHECK(model.devices[0x1C / 4] == UINT32_MAX && model.devices[0x20 / 4] == UINT32_MAX &&
          model.devices[0x24 / 4] == UINT32_MAX && model.devices[0x0C / 4] == 0);
    CHECK(model.local[0x0C / 4] == 0);
}

/* Calls interrupt, stops do so fast; what was sent before is taken back. There are four cores. */
static void test_cores(void) {
    start();
    CHECK(bcm2836.core_start(2) && !bcm2836.core_start(4));
    CHECK(model.local[0x58 / 4] == (1 | 1 << 5) && model.local[0x48 / 4] == 1 << 3);
    CHECK(model.local[0xE0 / 4] == UINT32_MAX && model.local[0xE4 / 4] == UINT32_MAX &&
          model.local[0xE8 / 4] == 0 && model.local[0x50 / 4] == 0);
    bcm2836.signal(3);
    bcm2836.signal_stop(1);
    CHECK(model.local[0xB0 / 4] == 1 && model.local[0x94 / 4] == 1 && model.local[0x90 / 4] == 0);
    bcm2836.quiet();
    CHECK(model.local[0x58 / 4] == 0 && model.local[0x48 / 4] == 0);
}

static void test_lines(void) {
    start();
    CHECK(bcm2836.unmask(29) && model.devices[0x10 / 4] == 1u << 29);
    CHECK(bcm2836.unmask(57) && model.devices[0x14 / 4] == 1u << 25);
    CHECK(!bcm2836.unmask(64));
}

/* A call is over when it was claimed; then the timer; then the lowest line, if any is up. */
static void test_claims(void) {
    uint32_t token;
    start();
    CHECK(bcm2836.claim(1, &token) == INTERRUPT_NONE);
    model.local[0x64 / 4] = 1 << 4 | 1 << 3 | 1 << 8;
    CHECK(bcm2836.claim(1, &token) == INTERRUPT_CALL && model.local[0xD0 / 4] == UINT32_MAX);
    model.local[0x64 / 4] = 1 << 3 | 1 << 8;
    CHECK(bcm2836.claim(1, &token) == INTERRUPT_TIMER);
    model.local[0x60 / 4] = 1 << 8;
    CHECK(bcm2836.claim(0, &token) == INTERRUPT_NONE);
    model.devices[0x08 / 4] = 1u << 25;
    CHECK(bcm2836.claim(0, &token) == 57);
    model.devices[0x04 / 4] = 1u << 29 | 1u << 30;
    CHECK(bcm2836.claim(0, &token) == 29);
    bcm2836.end(token);
}

int main(void) {
    test_init();
    test_cores();
    test_lines();
    test_claims();
    return check_finish("bcm2836");
}
