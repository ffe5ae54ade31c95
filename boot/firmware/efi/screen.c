/* SPDX-License-Identifier: MIT */
/* The screen by UEFI's graphics output protocol: the mode of 32 bits per pixel nearest to what is
 * asked for, none when there is no linear frame buffer. */
#include "efi.h"
#include <boot/firmware.h>

static const struct efi_guid graphics_guid = {
    0x9042'A9DE, 0x23DC, 0x4A38, {0x96, 0xFB, 0x7A, 0xDE, 0xD0, 0x80, 0x51, 0x6A}};

constexpr uint32_t FORMAT_RGB = 0, FORMAT_BGR = 1, FORMAT_MASKS = 2, NO_MODE = UINT32_MAX;

/* How far a mode is from the wish: a larger one is worse than any that fits. */
static uint64_t distance(const struct efi_mode *mode, uint32_t width, uint32_t height) {
    uint64_t wanted = (uint64_t)width * height, have = (uint64_t)mode->width * mode->height;
    bool fits = mode->width <= width && mode->height <= height;
    return fits ? wanted - have : wanted + have;
}

static uint32_t mode_choose(struct efi_graphics *graphics, uint32_t width, uint32_t height) {
    uint32_t best = NO_MODE;
    uint64_t best_distance = UINT64_MAX;
    for (uint32_t i = 0; i < graphics->current->count; i++) {
        const struct efi_mode *mode;
        size_t size;
        if (graphics->query(graphics, i, &size, &mode) == 0 && mode->format <= FORMAT_MASKS &&
            distance(mode, width, height) < best_distance) {
            best = i;
            best_distance = distance(mode, width, height);
        }
    }
    return best;
}

static enum bootinfo_framebuffer type_of(const struct efi_mode *mode) {
    uint32_t red = mode->format == FORMAT_RGB   ? 0xFF
                   : mode->format == FORMAT_BGR ? 0xFF'0000
                                                : mode->red;
    return (red & 0xFF) != 0          ? BOOTINFO_ABGR
           : (red & 0xFF00) != 0      ? BOOTINFO_BGRA
           : (red & 0xFF00'0000) != 0 ? BOOTINFO_RGBA
                                      : BOOTINFO_ARGB;
}

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    void *found;
    *out = (struct framebuffer){};
    if (efi_system->boot->locate_protocol(&graphics_guid, nullptr, &found) != 0) {
        return;
    }
    struct efi_graphics *graphics = found;
    uint32_t number = mode_choose(graphics, width, height);
    if (number == NO_MODE || graphics->set(graphics, number) != 0) {
        return;
    }
    const struct efi_mode *mode = graphics->current->mode;
    *out = (struct framebuffer){
        .address = graphics->current->address,
        .size = mode->scanline_pixels * 4 * mode->height,
        .width = mode->width,
        .height = mode->height,
        .scanline = mode->scanline_pixels * 4,
        .type = type_of(mode),
    };
}
