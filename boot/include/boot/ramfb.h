/* SPDX-License-Identifier: MIT */
/*
 * A display of virtual machines that shows whatever memory it is told to: QEMU's ramfb, which is
 * told by a file of its firmware configuration device (fw_cfg), by DMA.
 *
 * Sources: QEMU, docs/specs/fw_cfg.rst; hw/display/ramfb.c (the file's 28 bytes).
 */
#pragma once
#include <boot/firmware.h>

/* `registers`: of a configuration device that is reached in memory. Takes memory for so many pixels
 * of 32 bits, or for 640x480 where there is not enough. out->address is 0 when there is no such
 * display. */
void ramfb_start(uint64_t registers, uint32_t width, uint32_t height, struct framebuffer *out);
