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
/* What the card's controller divides its clock from. */
uint32_t pi_card_clock(void);
/* False: no card. */
bool pi_card(struct disk *out);
