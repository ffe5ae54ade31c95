/* SPDX-License-Identifier: MIT */
/* The PL011 against a model of one: its FIFOs, what it masks, and a line that is as it is left. */
#include <base/ensure.h>
#include <base/string.h>
#include <chip/pl011.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static struct {
    uint32_t registers[0x50 / 4];
    uint8_t sent[256], come[64];
    unsigned sent_count, in_fifo, come_count;
    bool absent, slow;
    bool overrun, torn; /* given too much; its line changed while it was on */
} model;

static uint32_t flags(void) {
    return (model.come_count == 0 ? 1u << 4 : 0) | (model.in_fifo == 16 ? 1u << 5 : 0) |
           (model.in_fifo == 0 ? 1u << 7 : 1u << 3);
}

static uint32_t raw(void) {
    return (model.come_count > 0 ? 1u << 4 : 0) | (model.in_fifo <= 4 ? 1u << 5 : 0);
}

static uint32_t model_read(uintptr_t base, unsigned offset) {
    static const uint32_t identity[] = {0x0D, 0xF0, 0x05, 0xB1};
    if (model.absent) {
        return UINT32_MAX;
    }
    if (!model.slow) {
        model.in_fifo = 0;
    }
    if (offset >= 0xFF0) {
        return identity[(offset - 0xFF0) / 4];
    }
    if (offset == 0 && model.come_count > 0) {
        uint8_t byte = model.come[0];
        memmove(model.come, model.come + 1, --model.come_count);
        return byte;
    }
    return offset == 0x18   ? flags()
           : offset == 0x40 ? raw() & model.registers[0x38 / 4]
                            : model.registers[offset / 4];
}

static void model_write(uintptr_t base, unsigned offset, uint32_t value) {
    if (offset == 0) {
        model.overrun |= model.in_fifo == 16 || model.sent_count == sizeof(model.sent);
        model.in_fifo++;
        model.sent[model.sent_count++ % sizeof(model.sent)] = (uint8_t)value;
        return;
    }
    model.torn |=
        (offset == 0x24 || offset == 0x28 || offset == 0x2C) && (model.registers[0x30 / 4] & 1);
    model.registers[offset / 4] = value;
}

static uint8_t ring[UART_RING_SIZE], out[UART_RING_SIZE];
static struct uart uart;

static void start(uint32_t clock_hz, bool on) {
    memset(&model, 0, sizeof(model));
    model.registers[0x30 / 4] = on ? 0x301 : 0;
    model.registers[0x2C / 4] = on ? 0x70 : 0;
    uart = (struct uart){.wiring = {&pl011, model_read, model_write, .clock_hz = clock_hz},
                         .ring = ring,
                         .out = out};
    memcpy(model.come, "kept", 4);
    model.come_count = 4;
    uart_init(&uart);
}

static void test_settings(void) {
    start(48'000'000, false);
    CHECK(uart.present && model.registers[0x24 / 4] == 26 && model.registers[0x28 / 4] == 2);
    CHECK(model.registers[0x2C / 4] == 0x70 && model.registers[0x30 / 4] == 0xF01 && !model.torn);
    start(0, true); /* on, and nobody knows its clock: only what is not the line's changes */
    CHECK(uart.present && model.registers[0x24 / 4] == 0 && !model.torn);
    model.absent = true;
    uart_init(&uart);
    CHECK(!uart.present && uart_write(&uart, "x", 1) == 0);
}

static void test_bytes(void) {
    uint8_t bytes[8];
    start(0, true);
    uart_listen(&uart);
    CHECK(model.registers[0x38 / 4] == (1u << 4 | 1u << 6));
    uart_service(&uart);
    CHECK(uart_read(&uart, bytes, 8) == 4 && memcmp(bytes, "kept", 4) == 0);
    model.slow = true;
    CHECK(uart_queue(&uart, "more than one FIFO takes at a time", 34) == 34);
    CHECK(model.sent_count == 16 && (model.registers[0x38 / 4] & 1u << 5) != 0);
    for (unsigned i = 0; i < 4; i++) {
        model.in_fifo = model.in_fifo < 12 ? 0 : model.in_fifo - 12;
        uart_service(&uart);
    }
    CHECK(memcmp(model.sent, "more than one FIFO takes at a time", 34) == 0 && !model.overrun);
    CHECK(model.sent_count == 34 && (model.registers[0x38 / 4] & 1u << 5) == 0);
}

int main(void) {
    test_settings();
    test_bytes();
    return check_finish("pl011");
}
