/* SPDX-License-Identifier: MIT */
/*
 * Sources: Broadcom, BCM2836 ARM-local peripherals (QA7 rev 3.4), 3.2 to 4.10; BCM2835 ARM
 * Peripherals, 7. Cores interrupt each other by mailboxes: 0 calls, 1 stops, as a fast interrupt.
 * Nothing has to be told when an interrupt has been served: its source has fallen silent.
 */
#include <chip/bcm2836.h>
#include <chip/mmio.h>

enum : unsigned { /* of the cores' part; a word for each core, or four (mailboxes) */
                  ROUTING = 0x0C,
                  TIMERS = 0x40,
                  MAILBOXES = 0x50,
                  SOURCES = 0x60,
                  MAILBOX_SET = 0x80,
                  MAILBOX_CLEAR = 0xC0,
};
enum : unsigned { /* of the devices' part; a word for each 32 lines */
                  PENDING = 0x04,
                  FAST = 0x0C,
                  ENABLE = 0x10,
                  DISABLE = 0x1C,
                  DISABLE_BASIC = 0x24,
};

constexpr uint32_t TIMER_VIRTUAL = 1 << 3, TIMER_SOURCE = 1 << 3;
constexpr uint32_t MAILBOX_0_INTERRUPT = 1 << 0, MAILBOX_1_FAST = 1 << 5;
constexpr uint32_t MAILBOX_SOURCE = 1 << 4, DEVICE_SOURCE = 1 << 8;
constexpr unsigned CORES = 4, LINES = 64;

static uintptr_t local, devices;

void bcm2836_init(uintptr_t local_registers, uintptr_t device_registers) {
    local = local_registers;
    devices = device_registers;
    mmio_write32(devices, FAST, 0);
    mmio_write32(devices, DISABLE, UINT32_MAX);
    mmio_write32(devices, DISABLE + 4, UINT32_MAX);
    mmio_write32(devices, DISABLE_BASIC, UINT32_MAX);
    mmio_write32(local, ROUTING, 0); /* devices interrupt core 0 */
}

static bool core_start(unsigned index) {
    if (index >= CORES) {
        return false;
    }
    mmio_write32(local, MAILBOX_CLEAR + 16 * index, UINT32_MAX);
    mmio_write32(local, MAILBOX_CLEAR + 16 * index + 4, UINT32_MAX);
    mmio_write32(local, MAILBOXES + 4 * index, MAILBOX_0_INTERRUPT | MAILBOX_1_FAST);
    mmio_write32(local, TIMERS + 4 * index, TIMER_VIRTUAL);
    return true;
}

static bool unmask(unsigned line) {
    if (line >= LINES) {
        return false;
    }
    mmio_write32(devices, ENABLE + line / 32 * 4, UINT32_C(1) << (line % 32));
    return true;
}

static void mask(unsigned line) {
    if (line < LINES) {
        mmio_write32(devices, DISABLE + line / 32 * 4, UINT32_C(1) << (line % 32));
    }
}

static void quiet(void) {
    mmio_write32(devices, DISABLE, UINT32_MAX);
    mmio_write32(devices, DISABLE + 4, UINT32_MAX);
    for (unsigned i = 0; i < CORES; i++) {
        mmio_write32(local, MAILBOXES + 4 * i, 0);
        mmio_write32(local, TIMERS + 4 * i, 0);
    }
}

static unsigned line_pending(void) {
    for (unsigned at = 0; at < LINES; at += 32) {
        uint32_t pending = mmio_read32(devices, PENDING + at / 8);
        if (pending != 0) {
            return at + (unsigned)__builtin_ctz(pending);
        }
    }
    return INTERRUPT_NONE;
}

static unsigned claim(unsigned index, uint32_t *token) {
    uint32_t sources = mmio_read32(local, SOURCES + 4 * index);
    *token = 0;
    if (sources & MAILBOX_SOURCE) {
        mmio_write32(local, MAILBOX_CLEAR + 16 * index, UINT32_MAX);
        return INTERRUPT_CALL;
    }
    if (sources & TIMER_SOURCE) {
        return INTERRUPT_TIMER;
    }
    return sources & DEVICE_SOURCE ? line_pending() : INTERRUPT_NONE;
}

static void end(uint32_t token) {
}

static void signal(unsigned index) {
    mmio_write32(local, MAILBOX_SET + 16 * index, 1);
}

static void signal_stop(unsigned index) {
    mmio_write32(local, MAILBOX_SET + 16 * index + 4, 1);
}

const struct interrupt_chip bcm2836 = {
    .name = "BCM2836",
    .core_start = core_start,
    .unmask = unmask,
    .mask = mask,
    .quiet = quiet,
    .claim = claim,
    .end = end,
    .signal = signal,
    .signal_stop = signal_stop,
};
