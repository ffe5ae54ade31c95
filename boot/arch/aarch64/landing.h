/* SPDX-License-Identifier: MIT */
/* What landing_code.S and landing.c share: the layout of the landing's data, and how cores start.
 */
#pragma once

#define LANDING_CORES      64
#define LANDING_SIZE       8192 /* code and data, then vectors */
#define LANDING_VECTORS    6144
#define LANDING_DATA       1024
#define LANDING_PAGES      LANDING_DATA
#define LANDING_ENTRY      (LANDING_DATA + 8)
#define LANDING_STACK_SIZE (LANDING_DATA + 16)
#define LANDING_COUNT      (LANDING_DATA + 24)
#define LANDING_IDS        (LANDING_DATA + 64)
#define LANDING_GO         (LANDING_IDS + 8 * LANDING_CORES) /* a cache line's distance from others */
#define LANDING_ARRIVED    (LANDING_GO + 256)
