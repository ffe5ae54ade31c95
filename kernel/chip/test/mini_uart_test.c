/* SPDX-License-Identifier: MIT */
/* The mini UART against a model of one: eight bytes each way, a status that says only "some room".
 */
#include <base/ensure.h>
#include <chip/mini_uart.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static struct {
    uint32_t enables, interrupts, line, modem, control;
    uint8_t sent[256], come[64];
    unsigned sent_count, in_fifo, come_count;
    bool absent, slow, overrun;
} model;

static uint32_t status(void) {
    return (model.come_count > 0 ? 1u : 0) | (model.in_fifo < 8 ? 1u << 5 : 0) |
           (model.in_fifo == 0 ? 1u << 6 : 0);
}

static bool pending(void) {
    return ((model.interrupts & 1) && model.come_count > 0) ||
           ((model.interrupts & 2) && model.in_fifo == 0);
}

static uint8_t come_take(void) {
    uint8_t byte = model.come[0];
    if (model.come_count > 0) {
        memmove(model.come, model.come + 1, --model.come_count);
    }
    return byte;
}

static uint32_t model_read(uintptr_t base, unsigned offset) {
    if (offset == 0x04) {
        return model.absent ? 0 : model.enables;
    }
    if (!(model.enables & 1)) {
        return 0;
    }
    if (!model.slow) {
        model.in_fifo = 0;
    }
    return offset == 0x40   ? come_take()
           : offset == 0x48 ? (pending() ? 0xC4u : 0xC1u)
           : offset == 0x54 ? status()
                            : 0;
}

static void model_write(uintptr_t base, unsigned offset, uint32_t value) {
    uint32_t *const registers[] = {&model.interrupts, nullptr, &model.line, &model.modem};
    if (offset == 0x04) {
        model.enables = value;
    } else if (offset == 0x40) {
        model.overrun |= model.in_fifo == 8 || model.sent_count == sizeof(model.sent);
        model.in_fifo++;
        model.sent[model.sent_count++ % sizeof(model.sent)] = (uint8_t)value;
    } else if (offset == 0x60) {
        model.control = value;
    } else {
        CHECK(offset >= 0x44 && offset <= 0x50 && registers[(offset - 0x44) / 4] != nullptr);
        *registers[(offset - 0x44) / 4] = value;
    }
}

static uint8_t ring[UART_RING_SIZE], out[UART_RING_SIZE];
static struct uart uart;

static void start(void) {
    memset(&model, 0, sizeof(model));
    model.enables = 6; /* the block's other two */
    uart = (struct uart){.wiring = {&mini_uart, model_read, model_write}, .ring = ring, .out = out};
    memcpy(model.come, "kept", 4);
    model.come_count = 4;
}

static void test_settings(void) {
    start();
    uart_init(&uart);
    CHECK(uart.present && model.enables == 7 && model.line == 3 && model.control == 3);
    CHECK(model.interrupts == 0 && model.modem == 0 && model.come_count == 4);
    start();
    model.absent = true;
    uart_init(&uart);
    CHECK(!uart.present && uart_write(&uart, "x", 1) == 0);
}

static void test_bytes(void) {
    static const char text[] = "more than one FIFO takes at a time";
    uint8_t bytes[8];
    start();
    uart_init(&uart);
    uart_listen(&uart);
    CHECK(model.interrupts == 1);
    uart_service(&uart);
    CHECK(uart_read(&uart, bytes, 8) == 4 && memcmp(bytes, "kept", 4) == 0);
    model.slow = true;
    CHECK(uart_queue(&uart, text, sizeof(text) - 1) == sizeof(text) - 1);
    CHECK(model.sent_count == 8 && model.interrupts == 3);
    for (unsigned i = 0; i < 16; i++) {
        model.in_fifo = model.in_fifo < 3 ? 0 : model.in_fifo - 3;
        uart_service(&uart);
    }
    CHECK(model.sent_count == sizeof(text) - 1 && !model.overrun);
    CHECK(memcmp(model.sent, text, sizeof(text) - 1) == 0 && model.interrupts == 1);
}

/* A ring that nobody empties holds the sender off; reading lets it go on. */
static void test_holding(void) {
    static uint8_t bytes[UART_RING_SIZE];
    start();
    uart_init(&uart);
    uart_listen(&uart);
    for (unsigned i = 0; i < UART_RING_SIZE && model.modem == 0; i++) {
        model.come_count = 4;
        uart_service(&uart);
    }
    CHECK(model.modem == 2 && model.interrupts == 0);
    size_t read = uart_read(&uart, bytes, sizeof(bytes));
    CHECK(read > UART_RING_SIZE / 2 && model.modem == 0 && (model.interrupts & 1));
}

int main(void) {
    test_settings();
    test_bytes();
    test_holding();
    return check_finish("mini_uart");
}
