/* SPDX-License-Identifier: MIT */
/*
 * What the firmware in the graphics core is asked, by its mailbox: messages of tags in memory,
 * which that core reads past our caches. Source: Raspberry Pi firmware wiki, "Accessing mailboxes"
 * and "Mailbox property interface".
 *
 *     size, 0 | tag, size of its values, 0, values ... | 0
 */
#include "pi.h"
#include "bare.h"
#include <abi/spin.h>
#include <base/checked.h>
#include <boot/device.h>

constexpr unsigned MAILBOX = 0xB880, READ = 0x00, STATUS
= 0x18, WRITE = 0x20;
constexpr uint32_t FULL = 1u << 31, EMPTY = 1u << 30, CHANNEL = 8;
constexpr uint32_t UNCACHED = 0xC000'0000, BUS_MASK = 0x3FFF'FFFF, DONE = 0x8000'0000;
constexpr unsigned PATIENCE = 10'000'000;
constexpr uint64_t SPIN_TABLE = 0xD8; /* a word per core */
constexpr unsigned PI_CORES = 4;

enum : uint32_t {
    TAG_CLOCK = 0x0003'0002,
    TAG_MEMORY = 0x0001'0005,
    TAG_SIZE = 0x0004'8003,
    TAG_VIRTUAL_SIZE = 0x0004'8004,
    TAG_DEPTH = 0x0004'8005,
    TAG_ORDER = 0x0004'8006,
    TAG_ALLOCATE = 0x0004'0001,
    TAG_PITCH = 0x0004'0008,
};

struct [[gnu::aligned(64)]] message {
    uint32_t words[64];
    size_t count;
};

static void cache_clean(const struct message *message) {
    for (uintptr_t at = (uintptr_t)message; at < (uintptr_t)(message + 1); at += 64) {
        __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
    }
    device_barrier();
}

static void message_begin(struct message *message) {
    *message = (struct message){.count = 2};
}

/* Returns where its values lie. */
static size_t tag_add(struct message *message, uint32_t tag, uint32_t first, uint32_t second) {
    const uint32_t words[] = {tag, 8, 0, first, second};
    size_t at = message->count + 3;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        message->words[message->count++] = words[i];
    }
    return at;
}

static bool wait(unsigned offset, uint32_t flag) {
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (!(device_read32(bare_mmio + MAILBOX + offset) & flag)) {
            return true;
        }
    }
    return false;
}

/* Answers to others are not ours, and nobody else's here. */
static bool message_send(struct message *message) {
    uint32_t address = (uint32_t)(uintptr_t)message | UNCACHED | CHANNEL;
    message->words[0] = (uint32_t)((message->count + 1) * 4);
    cache_clean(message);
    if (!wait(STATUS, FULL)) {
        return false;
    }
    device_write32(bare_mmio + MAILBOX + WRITE, address);
    for (unsigned i = 0; i < 16; i++) {
        if (!wait(STATUS, EMPTY)) {
            return false;
        }
        if (device_read32(bare_mmio + MAILBOX + READ) == address) {
            cache_clean(message);
            return message->words[1] == DONE;
        }
    }
    return false;
}

bool pi_memory(struct device_region *out) {
    static struct message message;
    message_begin(&message);
    size_t at = tag_add(&message, TAG_MEMORY, 0, 0);
    if (!message_send(&message)) {
        return false;
    }
    *out = (struct device_region){message.words[at], message.words[at + 1]};
    return out->size > 0 && range_within(out->address, out->size, bare_mmio);
}

uint32_t pi_card_clock(void) {
    constexpr uint32_t CARD = 1, USUAL_HZ = 50'000'000;
    static struct message message;
    message_begin(&message);
    size_t at = tag_add(&message, TAG_CLOCK, CARD, 0);
    bool known = message_send(&message) && message.words[at + 1] != 0;
    return known ? message.words[at + 1] : USUAL_HZ;
}

void pi_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    static struct message message;
    width = width > 0 ? width : 1024;
    height = height > 0 ? height : 768;
    message_begin(&message);
    size_t size = tag_add(&message, TAG_SIZE, width, height);
    tag_add(&message, TAG_VIRTUAL_SIZE, width, height);
    size_t depth = tag_add(&message, TAG_DEPTH, 32, 0);
    size_t order = tag_add(&message, TAG_ORDER, 0, 0); /* red highest: ARGB in our words */
    size_t frame = tag_add(&message, TAG_ALLOCATE, 4096, 0);
    size_t pitch = tag_add(&message, TAG_PITCH, 0, 0);
    if (!message_send(&message) || message.words[depth] != 32 || message.words[frame] == 0) {
        return;
    }
    *out = (struct framebuffer){
        .address = message.words[frame] & BUS_MASK,
        .size = message.words[frame + 1],
        .width = message.words[size],
        .height = message.words[size + 1],
        .scanline = message.words[pitch],
        .type = message.words[order] == 0 ? BOOTINFO_ARGB : BOOTINFO_ABGR,
    };
}

/* Pins 14 and 15 to the PL011, which the firmware has started, or nobody needs. */
void pi_start(void) {
    constexpr unsigned PINS = 0x20'0000, SELECT_1 = 0x04, SERIAL = 0x20'1000;
    uint32_t select = device_read32(bare_mmio + PINS + SELECT_1);
    select = (select & ~(UINT32_C(077) << 12)) | UINT32_C(044) << 12;
    device_write32(bare_mmio + PINS + SELECT_1, select);
    if ((device_read32(bare_mmio + SERIAL + 0x30) & 0x301) != 0x301) {
        device_write32(bare_mmio + SERIAL + 0x30, 0);
        device_write32(bare_mmio + SERIAL + 0x24, 26); /* 48 MHz / 16 / 115200 */
        device_write32(bare_mmio + SERIAL + 0x28, 3);
        device_write32(bare_mmio + SERIAL + 0x2C, 0x70);
        device_write32(bare_mmio + SERIAL + 0x30, 0x301);
    }
    for (unsigned i = 0; i < PI_CORES; i++) {
        spin_cores[i] = (struct spin_core){i, SPIN_TABLE + i * UINT64_C(8)};
    }
    spin_core_count = PI_CORES;
}
