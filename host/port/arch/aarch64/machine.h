/* SPDX-License-Identifier: MIT */
/* Little pieces of aarch64 code for the port's test. */
#pragma once
#include <stdint.h>

static const uint8_t machine_landing[] = {0xC0, 0x03, 0x5F, 0xD6}; /* ret, with x0 as it is */
static const uint8_t machine_load[] = {0x00, 0x00, 0x40, 0xF9,     /* ldr x0, [x0] */
                                       0xC0, 0x03, 0x5F, 0xD6};    /* ret */
static const uint8_t machine_store[] = {0x00, 0x00, 0x00, 0xF9,    /* str x0, [x0] */
                                        0xC0, 0x03, 0x5F, 0xD6};   /* ret */
static const uint8_t machine_undefined[] = {0x00, 0x00, 0x00, 0x00, 0xC0, 0x03, 0x5F, 0xD6};
/* An exception of another kind: brk 0; ret */
static const uint8_t machine_other[] = {0x00, 0x00, 0x20, 0xD4, 0xC0, 0x03, 0x5F, 0xD6};
