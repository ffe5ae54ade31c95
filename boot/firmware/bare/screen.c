/* SPDX-License-Identifier: MIT */
/* The screen: a Raspberry Pi's graphics core makes one when asked; other machines have none. */
#include "bare.h"
#include "pi.h"
#include <boot/firmware.h>

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    *out = (struct framebuffer){};
    if (bare_mmio != 0) {
        pi_screen(width, height, out);
    }
}
