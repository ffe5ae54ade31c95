/* SPDX-License-Identifier: MIT */
/*
 * The card of a Raspberry Pi, read block by block through the Arasan controller, by hand.
 *
 * Sources: BCM2835 ARM Peripherals, 5 (EMMC) and 6.1 (pins); SD Specifications Part 1, Physical
 * Layer Simplified Specification 3.01: 4.2 (identification), 4.7.4 (commands), 5.3 (CSD). The
 * controller loses a write that comes within two of the card's clocks after another.
 */
#include "bare.h"
#include "pi.h"
#include <base/format.h>
#include <boot/device.h>

constexpr unsigned CONTROLLER = 0x30'0000, PINS = 0x20'0000;
enum : unsigned {
    BLOCKS = 0x04,
    ARGUMENT = 0x08,
    COMMAND = 0x0C,
    RESPONSE = 0x10,
    DATA = 0x20,
    STATUS = 0x24,
    CONTROL_0 = 0x28,
    CONTROL_1 = 0x2C,
    EVENTS = 0x30,
    EVENTS_SEEN = 0x34,
    EVENTS_SIGNALLED = 0x38,
};

constexpr uint32_t STATUS_BUSY = 1 << 0 | 1 << 1;
constexpr uint32_t RESET = 1 << 24, RESET_LINES = 3 << 25, LONGEST_TIMEOUT = 14 << 16;
constexpr uint32_t CLOCK_INTERNAL = 1 << 0, CLOCK_STABLE = 1 << 1, CLOCK_ON = 1 << 2;
constexpr uint32_t DONE = 1 << 0, DATA_DONE = 1 << 1, READABLE = 1 << 5, ERRORS = 0xFFFF'8000;

/* A command: its number, and what comes back. */
constexpr uint32_t LONG = 1 << 16, SHORT = 2 << 16, BUSY = 3 << 16, CHECKED = 3 << 19;
constexpr uint32_t DATA_FOLLOWS = 1 << 21, FROM_CARD = 1 << 4, MANY = 1 << 5, COUNTED = 1 << 1;
constexpr uint32_t THEN_STOP = 1 << 2;
enum : uint32_t {
    GO_IDLE = 0u << 24,
    SEND_ALL_IDS = 2u << 24 | LONG,
    SEND_ADDRESS = 3u << 24 | SHORT | CHECKED,
    SELECT = 7u << 24 | BUSY | CHECKED,
    SEND_CONDITION = 8u << 24 | SHORT | CHECKED,
    SEND_DATA_OF_CARD = 9u << 24 | LONG,
    SET_BLOCK_SIZE = 16u << 24 | SHORT | CHECKED,
    READ_MANY = 18u << 24 | SHORT | CHECKED | DATA_FOLLOWS | FROM_CARD | MANY | COUNTED | THEN_STOP,
    APPLICATION = 55u << 24 | SHORT | CHECKED,
    OPERATE = 41u << 24 | SHORT, /* an application's */
};

constexpr uint32_t SECTOR = 512, SECTORS_MOST = 0xFFFF;
constexpr uint32_t CONDITION = 0x1AA, VOLTAGES = 0x00FF'8000, WIDE_CAPACITY = 1 << 30;
constexpr uint32_t POWERED_UP = 1u << 31;
constexpr uint32_t SLOW_HZ = 400'000, FAST_HZ = 25'000'000;
constexpr unsigned SECOND_US = 1'000'000;

static struct {
    bool opened, good;
    bool by_sector; /* addresses are of sectors, not bytes */
    uint32_t address, clock_hz;
    uint64_t sector_count;
} card;

/* ---- registers ---- */

static void wait_us(unsigned us) {
    for (uint64_t start = bare_now_us(); bare_now_us() - start < us;) {
    }
}

static uint32_t get(unsigned offset) {
    return device_read32(bare_mmio + CONTROLLER + offset);
}

static void set(unsigned offset, uint32_t value) {
    device_write32(bare_mmio + CONTROLLER + offset, value);
    wait_us(card.clock_hz <= SLOW_HZ ? 2 * SECOND_US / SLOW_HZ + 1 : 1);
}

/* Waits until all of these are 0, or any is 1. */
static bool await(unsigned offset, uint32_t bits, bool wanted) {
    for (uint64_t start = bare_now_us(); bare_now_us() - start < SECOND_US;) {
        if (((get(offset) & bits) != 0) == wanted) {
            return true;
        }
    }
    return false;
}

/* Waits for an event, and takes it back; false when an error comes first, or nothing. */
static bool await_event(uint32_t event) {
    bool came = await(EVENTS, event | ERRORS, true);
    bool good = came && !(get(EVENTS) & ERRORS);
    set(EVENTS, good ? event : UINT32_MAX);
    return good;
}

/* ---- commands ---- */

static bool command(uint32_t what, uint32_t argument) {
    if (!await(STATUS, STATUS_BUSY, false)) {
        return false;
    }
    set(EVENTS, UINT32_MAX);
    set(ARGUMENT, argument);
    set(COMMAND, what);
    if (await_event(DONE)) {
        return true;
    }
    set(CONTROL_1, get(CONTROL_1) | RESET_LINES);
    (void)await(CONTROL_1, RESET_LINES, false);
    return false;
}

static bool application(uint32_t what, uint32_t argument) {
    return command(APPLICATION, card.address) && command(what, argument);
}

static bool clock_set(uint32_t base_hz, uint32_t hz) {
    uint32_t half = (base_hz + 2 * hz - 1) / (2 * hz);
    half = half < 1023 ? half : 1023;
    uint32_t control = get(CONTROL_1) & ~(UINT32_C(0xFFC0) | CLOCK_ON);
    set(CONTROL_1, control);
    wait_us(10);
    control |= (half & 0xFF) << 8 | half >> 8 << 6 | CLOCK_INTERNAL | LONGEST_TIMEOUT;
    set(CONTROL_1, control);
    if (!await(CONTROL_1, CLOCK_STABLE, true)) {
        return false;
    }
    set(CONTROL_1, control | CLOCK_ON);
    wait_us(10);
    card.clock_hz = hz;
    return true;
}

/* ---- start ---- */

/* Pins 48 to 53 to this controller, pulled up but for the clock; 34 to 39, to which the firmware
 * has led it for radio, to nothing. */
static void pins_set(void) {
    constexpr unsigned SELECT_3 = 0x0C, SELECT_4 = 0x10, SELECT_5 = 0x14, PULL = 0x94;
    constexpr unsigned PULL_CLOCK_1 = 0x9C;
    uintptr_t pins = bare_mmio + PINS;
    device_write32(pins + SELECT_3, device_read32(pins + SELECT_3) & ~(UINT32_C(0777777) << 12));
    device_write32(pins + SELECT_4,
                   (device_read32(pins + SELECT_4) & ~(UINT32_C(077) << 24)) | UINT32_C(077) << 24);
    device_write32(pins + SELECT_5, (device_read32(pins + SELECT_5) & ~UINT32_C(07777)) | 07777);
    device_write32(pins + PULL, 2);
    wait_us(5);
    device_write32(pins + PULL_CLOCK_1, UINT32_C(0x3E) << 16);
    wait_us(5);
    device_write32(pins + PULL, 0);
    device_write32(pins + PULL_CLOCK_1, 0);
}

static bool controller_start(uint32_t base_hz) {
    card.clock_hz = SLOW_HZ;
    set(CONTROL_0, 0);
    set(CONTROL_1, RESET);
    if (!await(CONTROL_1, RESET, false)) {
        return false;
    }
    set(EVENTS_SIGNALLED, 0);
    set(EVENTS_SEEN, UINT32_MAX);
    return clock_set(base_hz, SLOW_HZ);
}

/* Those that do not know the question are of the first version, and small. */
static bool card_power_up(void) {
    if (!command(GO_IDLE, 0)) {
        return false;
    }
    bool second = command(SEND_CONDITION, CONDITION) && (get(RESPONSE) & 0xFFF) == CONDITION;
    uint32_t wish = VOLTAGES | (second ? WIDE_CAPACITY : 0);
    for (uint64_t start = bare_now_us(); bare_now_us() - start < 2 * SECOND_US;) {
        if (!application(OPERATE, wish)) {
            return false;
        }
        if (get(RESPONSE) & POWERED_UP) {
            card.by_sector = get(RESPONSE) & WIDE_CAPACITY;
            return true;
        }
        wait_us(1000);
    }
    return false;
}

/* Bits of the card's own description, which comes without its lowest byte. */
static uint32_t csd_bits(unsigned from, unsigned count) {
    uint64_t at = from - 8, word = at / 32, value = get(RESPONSE + 4 * (unsigned)word);
    if (word < 3) {
        value |= (uint64_t)get(RESPONSE + 4 * (unsigned)word + 4) << 32;
    }
    return (uint32_t)(value >> at % 32 & ((UINT64_C(1) << count) - 1));
}

static uint64_t sectors_read(void) {
    if (csd_bits(126, 2) == 1) {
        return ((uint64_t)csd_bits(48, 22) + 1) * 1024;
    }
    uint64_t blocks = ((uint64_t)csd_bits(62, 12) + 1) << (csd_bits(47, 3) + 2);
    unsigned block_log = csd_bits(80, 4);
    return block_log >= 9 && block_log <= 11 ? blocks << (block_log - 9) : 0;
}

static bool card_open(void) {
    uint32_t base_hz = pi_card_clock();
    pins_set();
    if (!controller_start(base_hz) || !card_power_up() || !command(SEND_ALL_IDS, 0) ||
        !command(SEND_ADDRESS, 0)) {
        return false;
    }
    card.address = get(RESPONSE) & 0xFFFF'0000;
    if (!command(SEND_DATA_OF_CARD, card.address)) {
        return false;
    }
    card.sector_count = sectors_read();
    return card.sector_count > 0 && command(SELECT, card.address) &&
           command(SET_BLOCK_SIZE, SECTOR) && clock_set(base_hz, FAST_HZ);
}

/* ---- use ---- */

static bool run_read(uint64_t sector, uint32_t count, uint8_t *to) {
    uint64_t at = card.by_sector ? sector : sector * SECTOR;
    set(BLOCKS, count << 16 | SECTOR);
    if (at > UINT32_MAX || !command(READ_MANY, (uint32_t)at)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!await_event(READABLE)) {
            return false;
        }
        for (uint32_t word = 0; word < SECTOR / 4; word++) {
            uint32_t value = get(DATA);
            memcpy(to, &value, 4);
            to += 4;
        }
    }
    return await_event(DATA_DONE);
}

static bool read(void *context, uint64_t sector, uint32_t count, void *to) {
    uint8_t *at = to;
    if (sector > card.sector_count || count > card.sector_count - sector) {
        return false;
    }
    while (count > 0) {
        uint32_t part = count < SECTORS_MOST ? count : SECTORS_MOST;
        if (!run_read(sector, part, at)) {
            return false;
        }
        sector += part;
        at += (size_t)part * SECTOR;
        count -= part;
    }
    return true;
}

bool pi_card(struct disk *out) {
    if (!card.opened) {
        card.opened = true;
        card.good = card_open();
    }
    *out = (struct disk){.sector_count = card.sector_count, .read = read};
    format_buffer(out->name, sizeof out->name, "card");
    return card.good;
}
