/* SPDX-License-Identifier: MIT */
/*
 * See serial.h. Registers are those of National Semiconductor's PC16550D (data sheet, chapter 8),
 * as far as a driver can tell: there is no speed, and the transmitter is always empty. What is sent
 * is collected, and goes out when the driver looks at the line's status, or nobody runs.
 *
 *   Linux --SIGIO, or ppoll() while all sleep--> line raised --> driver takes bytes --> lowered
 *
 * The signal's handler only looks whether there is something and raises the line; all else is done
 * by whoever runs, so that nothing here is shared with it but the line, and `enabled`.
 */
#include "serial.h"
#include "../port/device.h"
#include "../port/sleep.h"
#include <base/ensure.h>
#include <errno.h>
#include <fcntl.h>
#include <kernel/device.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum : unsigned {
    DATA,
    ENABLE,
    IDENTIFY,
    LINE_CONTROL,
    MODEM_CONTROL,
    LINE_STATUS,
    MODEM,
    SCRATCH
};
constexpr uint16_t FIRST_PORT = 0x3F8;
constexpr unsigned LINE = 4, REGISTERS = 8;
constexpr uint8_t ENABLE_RECEIVED = 1, ENABLE_ROOM = 2, FIFO_ON = 1, DIVISOR = 0x80;
constexpr uint8_t IS_NOTHING = 1, IS_ROOM = 2, IS_RECEIVED = 4, FIFO_THERE = 0xC0;
constexpr uint8_t STATUS_RECEIVED = 1, STATUS_EMPTY = 0x60;
constexpr uint8_t MODEM_THERE = 0xB0; /* carrier, data set ready, clear to send */
constexpr size_t IN_MAX = 1024, OUT_MAX = 256;

static_assert(LINE < DEVICE_LINES_LATCHED);

static int input, output;
static void (*is_over)(void);
static volatile sig_atomic_t enabled; /* ENABLE */
static uint8_t kept[REGISTERS];       /* what was written and only reads back */
static uint8_t divisor[2];
static bool fifo, room_due, ended;
static unsigned ends;
static uint8_t in[IN_MAX], out[OUT_MAX];
static size_t in_first, in_size, out_size;

/* ---- Linux ---- */

/* At the end of input, too. */
static bool is_readable(void) {
    struct pollfd file = {.fd = input, .events = POLLIN};
    return poll(&file, 1, 0) > 0;
}

static void fill(void) {
    if (in_size > 0 || ended || !is_readable()) {
        return;
    }
    ssize_t got = read(input, in, sizeof in);
    in_first = 0;
    in_size = got > 0 ? (size_t)got : 0;
    ended = got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/* Nobody at the other end: what is sent is lost, as on any line. */
void serial_flush(void) {
    size_t done = 0;
    while (done < out_size) {
        ssize_t put = write(output, out + done, out_size - done);
        struct pollfd file = {.fd = output, .events = POLLOUT};
        if (put < 0 && errno != EINTR && (errno != EAGAIN || poll(&file, 1, -1) < 0)) {
            break;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    out_size = 0;
}

/* ---- the chip ---- */

static void update(void) {
    bool received = (enabled & ENABLE_RECEIVED) != 0 && in_size > 0;
    bool room = (enabled & ENABLE_ROOM) != 0 && room_due;
    if (received || room) {
        device_line_raise(LINE);
    } else {
        device_line_lower(LINE);
    }
}

static uint8_t take(void) {
    fill();
    if (in_size == 0) {
        return 0;
    }
    in_size--;
    return in[in_first++];
}

static void put(uint8_t byte) {
    if (out_size == sizeof out) {
        serial_flush();
    }
    out[out_size++] = byte;
    room_due = true;
}

/* The most urgent of what the driver wants to know; to have been told of room is enough. */
static uint8_t identify(void) {
    uint8_t fifos = fifo ? FIFO_THERE : 0;
    fill();
    if ((enabled & ENABLE_RECEIVED) != 0 && in_size > 0) {
        return fifos | IS_RECEIVED;
    }
    if ((enabled & ENABLE_ROOM) != 0 && room_due) {
        room_due = false;
        return fifos | IS_ROOM;
    }
    return fifos | IS_NOTHING;
}

static uint8_t status(void) {
    serial_flush();
    fill();
    return STATUS_EMPTY | (in_size > 0 ? STATUS_RECEIVED : 0);
}

static uint8_t get(unsigned number) {
    bool divides = (kept[LINE_CONTROL] & DIVISOR) != 0;
    if (divides && number <= ENABLE) {
        return divisor[number];
    }
    switch (number) {
    case DATA:
        return take();
    case ENABLE:
        return (uint8_t)enabled;
    case IDENTIFY:
        return identify();
    case LINE_STATUS:
        return status();
    case MODEM:
        return MODEM_THERE;
    default:
        return kept[number];
    }
}

static void set(unsigned number, uint8_t value) {
    bool divides = (kept[LINE_CONTROL] & DIVISOR) != 0;
    if (divides && number <= ENABLE) {
        divisor[number] = value;
    } else if (number == DATA) {
        put(value);
    } else if (number == ENABLE) {
        room_due = room_due || (value & ~enabled & ENABLE_ROOM) != 0;
        enabled = value & 0x0F;
    } else if (number == IDENTIFY) {
        fifo = (value & FIFO_ON) != 0;
    } else if (number != LINE_STATUS && number != MODEM) {
        kept[number] = value;
    }
}

static uint8_t port_read(unsigned number) {
    uint8_t value = get(number);
    update();
    return value;
}

static void port_write(unsigned number, uint8_t value) {
    set(number, value);
    update();
}

/* ---- interrupts, and sleep ---- */

static void arrived(int number) {
    int error = errno;
    if ((enabled & ENABLE_RECEIVED) != 0 && is_readable()) {
        device_line_raise(LINE);
    }
    errno = error;
}

/* Nobody types any more, and nothing else can happen: whoever waits for input is told so. */
static void type_end(void) {
    if (ends++ == SERIAL_ENDS) {
        is_over();
    }
    in[0] = SERIAL_END;
    in_first = 0;
    in_size = 1;
    update();
}

/* SIGIO is blocked until the process sleeps: else it could come just before. */
static void sleep_listening(const struct timespec *timeout) {
    constexpr time_t EVER = 1 << 28; /* seconds: nobody has a deadline */
    struct pollfd file = {.fd = input, .events = POLLIN};
    sigset_t io, before;
    serial_flush();
    sigemptyset(&io);
    sigaddset(&io, SIGIO);
    sigprocmask(SIG_BLOCK, &io, &before);
    bool listens = !ended && !device_line_is_masked(LINE);
    if (ended && in_size == 0 && timeout->tv_sec > EVER && !devices_are_due()) {
        type_end();
    } else if (!devices_are_due() && ppoll(&file, listens ? 1 : 0, timeout, &before) > 0) {
        fill();
        update();
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
}

static void listen_to(int file) {
    struct sigaction action = {.sa_handler = arrived, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGALRM);
    ensure(sigaction(SIGIO, &action, nullptr) == 0);
    int flags = fcntl(file, F_GETFL);
    if (fcntl(file, F_SETOWN, getpid()) == 0 && flags >= 0) {
        (void)fcntl(file, F_SETFL, flags | O_ASYNC); /* a file cannot, and is there anyway */
    }
    port_sleep_set(sleep_listening);
}

status_t serial_create(int from, int to, void (*over)(void), struct device **device) {
    static const struct device_ports ports = {FIRST_PORT, REGISTERS, port_read, port_write};
    static const struct device_info info = {
        .kind = "16550",
        .resource_count = 2,
        .facts = {0, 0, 8},
        .resources = {{DEVICE_PORTS, 0, FIRST_PORT, REGISTERS}, {DEVICE_LINE, 0, LINE, 1}},
    };
    input = from;
    output = to;
    is_over = over;
    device_ports_set(&ports);
    status_t result = device_create(&info, device);
    if (result == OK) {
        listen_to(from);
    }
    return result;
}
