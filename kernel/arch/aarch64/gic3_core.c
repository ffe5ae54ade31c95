/* SPDX-License-Identifier: MIT */
/*
 * A core's part of a GICv3, in system registers. Source: IHI 0069, 12.2 (ICC_*_EL1). Assemblers
 * know them by number: those of Armv8.0 need not know their names.
 */
#include "gic3_core.h"
#include "registers.h"

#define ICC_PMR                    s3_0_c4_c6_0
#define ICC_SGI1R                  s3_0_c12_c11_5
#define ICC_SGI0R                  s3_0_c12_c11_7
#define ICC_IAR1                   s3_0_c12_c12_0
#define ICC_EOIR1                  s3_0_c12_c12_1
#define ICC_BPR1                   s3_0_c12_c12_3
#define ICC_CTLR                   s3_0_c12_c12_4
#define ICC_SRE                    s3_0_c12_c12_5
#define ICC_IGRPEN0                s3_0_c12_c12_6
#define ICC_IGRPEN1                s3_0_c12_c12_7
#define get(name)                  system_read_(name)
#define system_read_(name)         system_read(name)
#define set(name, value)           system_write_(name, value)
#define system_write_(name, value) system_write(name, value)

constexpr uint64_t EVERY_PRIORITY = 0xFF;

bool gic3_core_works(void) {
    constexpr uint64_t BY_REGISTERS = 1;
    if ((system_read(id_aa64pfr0_el1) >> 24 & 15) == 0) {
        return false;
    }
    set(ICC_SRE, get(ICC_SRE) | BY_REGISTERS);
    barrier_instructions();
    return get(ICC_SRE) & BY_REGISTERS;
}

static uint32_t affinity(void) {
    uint64_t id = system_read(mpidr_el1);
    return (uint32_t)((id >> 32 & 0xFF) << 24 | (id & 0xFF'FFFF));
}

/* An interrupt is over with one write (EOImode 0), and each priority is a group of its own. */
static void start(bool fast) {
    (void)gic3_core_works();
    set(ICC_PMR, EVERY_PRIORITY);
    set(ICC_BPR1, 0);
    set(ICC_CTLR, 0);
    set(ICC_IGRPEN1, 1);
    if (fast) {
        set(ICC_IGRPEN0, 1);
    }
    barrier_instructions();
}

/* The claim takes effect before the device is looked at. */
static uint32_t claim(void) {
    uint32_t number = (uint32_t)get(ICC_IAR1);
    barrier_all();
    return number;
}

static void end(uint32_t number) {
    set(ICC_EOIR1, number);
    barrier_instructions();
}

static void send(uint64_t message) {
    set(ICC_SGI1R, message);
    barrier_instructions();
}

static void send_fast(uint64_t message) {
    set(ICC_SGI0R, message);
    barrier_instructions();
}

const struct gic3_interface gic3_core = {
    .affinity = affinity,
    .start = start,
    .claim = claim,
    .end = end,
    .send = send,
    .send_fast = send_fast,
};
