/* SPDX-License-Identifier: MIT */
/*
 * The screen by VESA's BIOS extension: the linear mode of 32 bits per pixel nearest to what is
 * asked for, none when the card has none.
 *
 * Source: "VESA BIOS Extension Core Functions" 3.0: functions 4F00h, 4F01h, 4F02h.
 */
#include "bios.h"
#include <boot/firmware.h>

struct [[gnu::packed]] controller {
    char signature[4];
    uint16_t version;
    uint32_t name, capabilities;
    uint16_t modes_offset, modes_segment;
    uint8_t rest[512 - 18];
};
static_assert(sizeof(struct controller) == 512);

struct [[gnu::packed]] mode {
    uint16_t attributes;
    uint8_t windows[14];
    uint16_t scanline, width, height;
    uint8_t cell_width, cell_height, planes, bits, banks, model, bank_size, pages, reserved;
    uint8_t red_size, red_at, green_size, green_at, blue_size, blue_at, spare_size, spare_at;
    uint8_t direct;
    uint32_t address;
    uint8_t rest[256 - 44];
};
static_assert(sizeof(struct mode) == 256);
static_assert(offsetof(struct mode, address) == 40);

constexpr uint16_t LINEAR = 1 << 14, LISTS_END = 0xFFFF;
constexpr uint16_t USABLE = 1 << 0 | 1 << 3 | 1 << 4 | 1 << 7; /* colour, graphics, linear */
constexpr size_t MODES_MAX = 512;

static struct controller controller;
static struct mode mode;

static bool call(uint16_t function, uint16_t number, const void *to) {
    struct bios_registers registers = {
        .eax = function,
        .ebx = number,
        .ecx = number,
        .edi = bios_offset(to),
        .es = bios_segment(to),
    };
    bios_call(0x10, &registers);
    return (registers.eax & 0xFFFF) == 0x004F;
}

static bool mode_read(uint16_t number) {
    return call(0x4F01, number, &mode) && (mode.attributes & USABLE) == USABLE && mode.bits == 32 &&
           (mode.model == 4 || mode.model == 6) && mode.address != 0;
}

/* How far a mode is from the wish: a larger one is worse than any that fits. */
static uint64_t distance(uint32_t width, uint32_t height) {
    uint64_t wanted = (uint64_t)width * height, have = (uint64_t)mode.width * mode.height;
    bool fits = mode.width <= width && mode.height <= height;
    return fits ? wanted - have : wanted + have;
}

static uint16_t mode_choose(uint32_t width, uint32_t height) {
    const uint16_t *list = (const uint16_t *)(uintptr_t)((uint32_t)controller.modes_segment * 16 +
                                                         controller.modes_offset);
    uint16_t best = LISTS_END;
    uint64_t best_distance = UINT64_MAX;
    for (size_t i = 0; i < MODES_MAX && list[i] != LISTS_END; i++) {
        if (mode_read(list[i]) && distance(width, height) < best_distance) {
            best = list[i];
            best_distance = distance(width, height);
        }
    }
    return best;
}

static enum bootinfo_framebuffer type_of(uint8_t red_at) {
    return red_at == 0    ? BOOTINFO_ABGR
           : red_at == 8  ? BOOTINFO_BGRA
           : red_at == 24 ? BOOTINFO_RGBA
                          : BOOTINFO_ARGB;
}

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    *out = (struct framebuffer){};
    controller = (struct controller){.signature = "VBE2"};
    if (!call(0x4F00, 0, &controller)) {
        return;
    }
    uint16_t number = mode_choose(width, height);
    if (number == LISTS_END || !mode_read(number) || !call(0x4F02, number | LINEAR, &mode)) {
        return;
    }
    *out = (struct framebuffer){
        .address = mode.address,
        .size = (uint32_t)mode.scanline * mode.height,
        .width = mode.width,
        .height = mode.height,
        .scanline = mode.scanline,
        .type = type_of(mode.red_at),
    };
}
