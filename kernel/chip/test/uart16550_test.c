/* SPDX-License-Identifier: MIT */
/*
 * The UART against a made-up one: its settings, that input keeps order and none is lost when the
 * ring is full (the sender is held off and goes on later), that a dead transmitter is given up.
 */
#include <base/ensure.h>
#include <chip/uart16550.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static struct model {
    uint8_t registers[8];
    uint8_t divisor[2];
    uint8_t fifo[16];
    unsigned fifo_count;
    uint32_t to_come, came; /* the sender's next byte, and how many it has */
    uint8_t sent[64];
    size_t sent_count;
    bool stuck, absent;
} model;

/* The sender fills the FIFO whenever it may. */
static void feed(void) {
    while ((model.registers[4] & 2) && model.fifo_count < 16 && model.came < model.to_come) {
        model.fifo[model.fifo_count++] = (uint8_t)(model.came * 7);
        model.came++;
    }
}

static uint8_t model_read(uintptr_t base, unsigned index) {
    if (model.absent) {
        return 0xFF;
    }
    feed();
    if (index == 5) {
        return (uint8_t)((model.stuck ? 0 : 0x60) | (model.fifo_count > 0));
    }
    if (index == 0 && model.fifo_count > 0) {
        uint8_t byte = model.fifo[0];
        memmove(model.fifo, model.fifo + 1, --model.fifo_count);
        return byte;
    }
    return model.registers[index];
}

static void model_write(uintptr_t base, unsigned index, uint8_t value) {
    if (index < 2 && (model.registers[3] & 0x80)) {
        model.divisor[index] = value;
    } else if (index == 2) {
        model.fifo_count = (model.registers[2] ^ value) & 1 ? 0 : model.fifo_count;
        model.registers[2] = value;
    } else if (index == 0 && model.sent_count < sizeof(model.sent)) {
        model.sent[model.sent_count++] = value;
    } else {
        model.registers[index] = value;
    }
}

static uint8_t ring[UART_RING_SIZE];
static struct uart16550 uart = {.read = model_read, .write = model_write, .ring = ring};

static void test_settings(void) {
    model = (struct model){0};
    uart16550_init(&uart);
    CHECK(uart.present);
    CHECK(model.divisor[0] == 1 && model.divisor[1] == 0);
    CHECK(model.registers[3] == 0x03 && model.registers[1] == 0);
    uart16550_listen(&uart);
    CHECK(model.registers[1] == 1);
    CHECK(uart16550_write(&uart, "copper boots, in more than one FIFO", 35) == 35);
    CHECK(model.sent_count == 35 && memcmp(model.sent, "copper boots", 12) == 0);
}

/* What came in before the kernel looked is not lost. */
static void test_early(void) {
    uint8_t bytes[8];
    model = (struct model){.fifo = {'e'}, .fifo_count = 1};
    uart16550_init(&uart);
    CHECK(!(model.registers[2] & 1) && uart.burst == 1);
    uart16550_pump(&uart);
    CHECK(uart16550_read(&uart, bytes, 8) == 1 && bytes[0] == 'e');
    model = (struct model){.fifo = "already", .fifo_count = 7, .registers = {[2] = 0xC1}};
    uart16550_init(&uart);
    uart16550_pump(&uart);
    CHECK(uart16550_available(&uart) == 7 && uart.burst == 16);
}

static void test_absent(void) {
    model = (struct model){.absent = true};
    uart16550_init(&uart);
    CHECK(!uart.present);
    uart16550_write(&uart, "x", 1);
    uart16550_pump(&uart);
    CHECK(model.sent_count == 0 && uart16550_available(&uart) == 0);
}

static void test_stuck(void) {
    model = (struct model){.stuck = true};
    uart16550_init(&uart);
    CHECK(uart16550_write(&uart, "never leaves", 12) < 12);
    CHECK(model.sent_count == 0);
}

static void test_flow(void) {
    model = (struct model){0};
    uart16550_init(&uart);
    uart16550_listen(&uart);
    model.to_come = 5 * UART_RING_SIZE + 3;
    uint32_t got = 0;
    bool held = false, in_order = true;
    while (got < model.to_come) {
        for (unsigned i = 0; i < 4; i++) {
            uart16550_pump(&uart);
        }
        held |= uart.held;
        uint8_t bytes[1000];
        size_t count = uart16550_read(&uart, bytes, sizeof(bytes));
        for (size_t i = 0; i < count; i++) {
            in_order &= bytes[i] == (uint8_t)(got++ * 7);
        }
        if (count == 0 && model.came == model.to_come && model.fifo_count == 0) {
            break;
        }
    }
    CHECK(held);
    CHECK(in_order && got == model.to_come);
    CHECK(!uart.held && model.registers[1] == 1);
}

int main(void) {
    test_settings();
    test_early();
    test_absent();
    test_stuck();
    test_flow();
    return check_finish("uart16550");
}
