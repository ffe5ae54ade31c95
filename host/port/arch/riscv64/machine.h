/* SPDX-License-Identifier: MIT */
/* Little pieces of riscv64 code for the port's test. */
#pragma once
#include <stdint.h>

static const uint8_t machine_landing[] = {0x82, 0x80};               /* ret, with a0 as it is */
static const uint8_t machine_load[] = {0x08, 0x61, 0x82, 0x80};      /* ld a0, 0(a0); ret */
static const uint8_t machine_store[] = {0x08, 0xE1, 0x82, 0x80};     /* sd a0, 0(a0); ret */
static const uint8_t machine_undefined[] = {0x00, 0x00, 0x82, 0x80}; /* unimp; ret */
/* An exception of another kind: ebreak; ret */
static const uint8_t machine_other[] = {0x02, 0x90, 0x82, 0x80};
