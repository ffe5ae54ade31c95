/* SPDX-License-Identifier: MIT */
/*
 * The serial port against a model of one: registers, the FIFOs of both ways, what interrupts, and a
 * line that takes bytes when the test says so.
 */
#include <base/ensure.h>
#include <base/string.h>
#include <chip/uart16550.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static struct model {
    uint8_t registers[8], divisor[2];
    bool absent, deaf /* no loopback */, old /* no FIFOs */;
    bool stuck; /* the line takes nothing */
    bool slow;  /* only what line_takes() takes */
    uint8_t fifo[16];
    unsigned fifo_count;
    uint32_t to_come, came; /* byte i is i * 7 */
    uint8_t sent[8 * UART_RING_SIZE];
    unsigned sent_count, in_transmitter;
    bool room_interrupt; /* the transmitter has become empty */
    bool overrun;        /* it was given more than it takes */
} model;

/* The sender fills the FIFO whenever it may. */
static void fill(void) {
    while ((model.registers[4] & 2) && model.fifo_count < 16 && model.came < model.to_come) {
        model.fifo[model.fifo_count++] = (uint8_t)(model.came * 7);
        model.came++;
    }
}

static void line_takes(void) {
    if (model.in_transmitter > 0 && !model.stuck) {
        model.in_transmitter = 0;
        model.room_interrupt = true;
    }
}

static bool received_interrupt(void) {
    return (model.registers[1] & 1) && model.fifo_count > 0;
}

static bool interrupts(void) {
    return received_interrupt() || ((model.registers[1] & 2) && model.room_interrupt);
}

/* Reading what interrupts takes the transmitter's interrupt back, if it is that. */
static uint8_t identify(void) {
    uint8_t fifo = !model.old && (model.registers[2] & 1) ? 0xC0 : 0;
    if (!interrupts()) {
        return fifo | 1;
    }
    if (received_interrupt()) {
        return fifo | 4;
    }
    model.room_interrupt = false;
    return fifo | 2;
}

static uint8_t modem_status(void) {
    uint8_t modem = model.registers[4];
    bool loops = (modem & 0x10) && !model.deaf;
    return loops ? (uint8_t)((modem & 2) << 3 | (modem & 1) << 5 | (modem & 0x0C) << 4) : 0xB0;
}

static uint32_t model_read(uintptr_t base, unsigned index) {
    if (model.absent) {
        return 0xFF;
    }
    fill();
    if (!model.slow) {
        line_takes();
    }
    if (index == 5) {
        return (uint8_t)((model.in_transmitter > 0 || model.stuck ? 0 : 0x60) |
                         (model.fifo_count > 0));
    }
    if (index == 0 && model.fifo_count > 0) {
        uint8_t byte = model.fifo[0];
        memmove(model.fifo, model.fifo + 1, --model.fifo_count);
        return byte;
    }
    return index == 2 ? identify() : index == 6 ? modem_status() : model.registers[index];
}

static void send(uint8_t byte) {
    model.overrun |= model.in_transmitter == (model.old ? 1 : 16) || model.stuck;
    model.in_transmitter++;
    model.room_interrupt = false;
    if (model.sent_count < sizeof(model.sent)) {
        model.sent[model.sent_count++] = byte;
    }
}

static void model_write(uintptr_t base, unsigned index, uint32_t wide) {
    uint8_t value = (uint8_t)wide;
    if (model.absent) {
        return;
    }
    if (index < 2 && (model.registers[3] & 0x80)) {
        model.divisor[index] = value;
    } else if (index == 2) {
        model.fifo_count = (model.registers[2] ^ value) & 1 ? 0 : model.fifo_count;
        model.registers[2] = value;
    } else if (index == 0) {
        send(value);
    } else {
        model.registers[index] = value;
    }
}

static uint8_t ring[UART_RING_SIZE], out[UART_RING_SIZE];
static struct uart uart = {
    .wiring = {.chip = &uart16550, .read = model_read, .write = model_write, .clock_hz = 1843200},
    .ring = ring,
    .out = out,
};

static void start(struct model with) {
    model = with;
    uart_init(&uart);
}

static void test_settings(void) {
    start((struct model){0});
    CHECK(uart.present && uart.burst == 16);
    CHECK(model.divisor[0] == 1 && model.divisor[1] == 0);
    CHECK(model.registers[3] == 0x03 && model.registers[1] == 0 && model.registers[4] == 0x0B);
    uart_listen(&uart);
    CHECK(model.registers[1] == 1);
    CHECK(uart_write(&uart, "copper boots, in more than one FIFO", 35) == 35);
    CHECK(model.sent_count == 35 && memcmp(model.sent, "copper boots", 12) == 0);
    CHECK(!model.overrun);
}

/* What came in before the kernel looked is not lost. */
static void test_early(void) {
    uint8_t bytes[8];
    start((struct model){.fifo = {'e'}, .fifo_count = 1, .deaf = true});
    CHECK(uart.present && !(model.registers[2] & 1) && uart.burst == 1);
    uart_service(&uart);
    CHECK(uart_read(&uart, bytes, 8) == 1 && bytes[0] == 'e');
    start((struct model){.fifo = "already", .fifo_count = 7, .registers = {[2] = 0xC1}});
    uart_service(&uart);
    CHECK(uart_available(&uart) == 7 && uart.burst == 16);
}

static void test_absent(void) {
    for (unsigned deaf = 0; deaf < 2; deaf++) {
        start((struct model){.absent = !deaf, .deaf = deaf});
        CHECK(!uart.present);
        uart_listen(&uart);
        CHECK(uart_write(&uart, "x", 1) == 0 && uart_queue(&uart, "x", 1) == 0);
        uart_service(&uart);
        uart_drain(&uart);
        CHECK(model.sent_count == 0 && uart_available(&uart) == 0);
    }
}

/* A chip without FIFOs takes a byte at a time. */
static void test_old(void) {
    start((struct model){.old = true, .slow = true});
    uart_listen(&uart);
    CHECK(uart.burst == 1 && uart_queue(&uart, "one by one", 10) == 10);
    for (unsigned i = 0; i < 10; i++) {
        CHECK(model.sent_count == i + 1);
        line_takes();
        uart_service(&uart);
    }
    CHECK(!model.overrun && memcmp(model.sent, "one by one", 10) == 0);
    CHECK(model.registers[1] == 1 && uart_queued(&uart) == 0);
}

/* It is given up, and goes on when it goes on. */
static void test_stuck(void) {
    start((struct model){.stuck = true});
    CHECK(uart_write(&uart, "never leaves", 12) < 12);
    CHECK(uart.stuck && uart_write(&uart, "neither", 7) == 0);
    uart_drain(&uart);
    CHECK(model.sent_count == 0);
    model.stuck = false;
    CHECK(uart_write(&uart, "but this", 8) == 8 && !uart.stuck);
    CHECK(model.sent_count == 8 && memcmp(model.sent, "but this", 8) == 0);
}

/* Queued bytes leave in their order, by interrupts alone, and these end with the bytes. */
static void test_queue(void) {
    static uint8_t bytes[UART_RING_SIZE];
    start((struct model){.slow = true});
    uart_listen(&uart);
    unsigned queued = 0, taken = 0;
    for (unsigned round = 0; round < 3000; round++) {
        size_t size = (size_t)rand() % 200;
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)((queued + i) * 11);
        }
        size_t room = uart_queue_room(&uart);
        size_t count = queued < sizeof(model.sent) / 2 ? uart_queue(&uart, bytes, size) : 0;
        CHECK(count == (size < room ? size : room) || queued >= sizeof(model.sent) / 2);
        queued += (unsigned)count;
        line_takes();
        if (interrupts()) {
            uart_service(&uart);
        }
    }
    while (model.sent_count < queued && taken++ < queued) {
        line_takes();
        if (interrupts()) {
            uart_service(&uart);
        }
    }
    bool in_order = true;
    for (unsigned i = 0; i < queued; i++) {
        in_order &= model.sent[i] == (uint8_t)(i * 11);
    }
    CHECK(in_order && queued > 4 * UART_RING_SIZE / 2 && model.sent_count == queued);
    CHECK(!model.overrun && model.registers[1] == 1);
}

/* Full, it takes no more; whoever writes by hand comes after what is queued. */
static void test_by_hand(void) {
    static uint8_t bytes[2 * UART_RING_SIZE];
    start((struct model){.slow = true});
    uart_listen(&uart);
    memset(bytes, 'q', sizeof(bytes));
    size_t count = uart_queue(&uart, bytes, sizeof(bytes));
    CHECK(count == UART_RING_SIZE && model.sent_count == 16);
    CHECK(uart_queue(&uart, bytes, 100) == 16 && uart_queue(&uart, bytes, 100) == 0);
    model.slow = false;
    CHECK(uart_write(&uart, "panic", 5) == 5);
    CHECK(model.sent_count == UART_RING_SIZE + 16 + 5);
    CHECK(memcmp(model.sent + model.sent_count - 6, "qpanic", 6) == 0);
    CHECK(uart_queue(&uart, "drained", 7) == 7);
    uart_drain(&uart);
    CHECK(memcmp(model.sent + model.sent_count - 7, "drained", 7) == 0 && !model.overrun);
}

static void test_flow(void) {
    start((struct model){0});
    uart_listen(&uart);
    model.to_come = 5 * UART_RING_SIZE + 3;
    uint32_t got = 0;
    bool held = false, in_order = true;
    while (got < model.to_come) {
        for (unsigned i = 0; i < 40; i++) {
            uart_service(&uart);
        }
        held |= uart.held;
        uint8_t bytes[1000];
        size_t count = uart_read(&uart, bytes, sizeof(bytes));
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
    srand(5);
    test_settings();
    test_early();
    test_absent();
    test_old();
    test_stuck();
    test_queue();
    test_by_hand();
    test_flow();
    return check_finish("uart16550");
}
