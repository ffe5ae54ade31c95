/* SPDX-License-Identifier: MIT */
/* A Raspberry Pi 2 or 3: its firmware in the graphics core, and its card. */
#pragma once
#include <boot/firmware.h>
#include <tree/device_tree.h>

/* Pins and the serial port; where the other cores wait. */
void pi_start(void);
/* The memory that is the CPU's. */
bool pi_memory(struct device_region *out);
void pi_screen(uint32_t width, uint32_t height, struct framebuffer *out);
/* False: no card. */
bool pi_card(struct disk *out);
