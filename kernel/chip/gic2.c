/* SPDX-License-Identifier: MIT */
/*
 * GICv2. Source: Arm Generic Interrupt Controller Architecture Specification, version 2.0 (IHI
 * 0048), chapters 2 to 4.
 *
 * Interrupts are of group 1, and come as such; the one by which all cores are stopped is of group 0
 * and so a fast one, which nobody masks. Where we are not let into group 0 (there is a secure
 * world) those bits read as zero, and it is an interrupt like others.
 */
#include <arch/core.h>
#include <chip/gic2.h>
#include <chip/mmio.h>

enum : unsigned { /* of the distributor */
                  D_CONTROL = 0x000,
                  D_TYPE = 0x004,
                  D_GROUP = 0x080,
                  D_ENABLE = 0x100,
                  D_DISABLE = 0x180,
                  D_PRIORITY = 0x400,
                  D_TARGET = 0x800,
                  D_SOFTWARE = 0xF00,
};
enum : unsigned { /* of each core's interface */
                  C_CONTROL = 0x00,
                  C_PRIORITY = 0x04,
                  C_CLAIM = 0x0C,
                  C_END = 0x10,
};

constexpr uint32_t D_ON = 3;   /* both groups */
constexpr uint32_t C_ON = 0xF; /* both groups, either claimed by one register, group 0 fast */
constexpr uint32_t EVERY_PRIORITY = 0xFF, MIDDLE_PRIORITIES = 0xA0A0'A0A0;
constexpr uint32_t SOFTWARE_GROUP_1 = 1 << 15;
constexpr unsigned CALL = 0, STOP = 1;                 /* software-generated interrupts */
constexpr unsigned LINES_START = 32, LINES_END = 1020; /* above are answers */
constexpr uint32_t NUMBER = 0x3FF;

static uintptr_t distributor, interface;
static unsigned timer_number, count;
static uint8_t targets[CORES_MAX]; /* each core's bit, as the distributor knows it */

static void d_set(unsigned offset, uint32_t value) {
    mmio_write32(distributor, offset, value);
}

void gic2_init(uintptr_t d, uintptr_t cpu, unsigned timer) {
    distributor = d;
    interface = cpu;
    timer_number = timer;
    count = ((mmio_read32(d, D_TYPE) & 31) + 1) * 32;
    count = count < LINES_END ? count : LINES_END;
    d_set(D_CONTROL, 0);
    for (unsigned at = LINES_START; at < count; at += 32) {
        d_set(D_DISABLE + at / 8, UINT32_MAX);
        d_set(D_GROUP + at / 8, UINT32_MAX);
    }
    for (unsigned at = LINES_START; at < count; at += 4) {
        d_set(D_PRIORITY + at, MIDDLE_PRIORITIES);
    }
    d_set(D_CONTROL, D_ON);
}

/* The first 32 interrupts are each core's own, and so are their registers. */
static bool core_start(unsigned index) {
    targets[index] = (uint8_t)mmio_read32(distributor, D_TARGET);
    d_set(D_DISABLE, UINT32_MAX);
    d_set(D_GROUP, ~(UINT32_C(1) << STOP));
    for (unsigned at = 0; at < LINES_START; at += 4) {
        d_set(D_PRIORITY + at, MIDDLE_PRIORITIES);
    }
    d_set(D_PRIORITY, MIDDLE_PRIORITIES & ~(UINT32_C(0xFF) << (8 * STOP)));
    d_set(D_ENABLE, UINT32_C(1) << timer_number | 1 << CALL | 1 << STOP);
    mmio_write32(interface, C_PRIORITY, EVERY_PRIORITY);
    mmio_write32(interface, C_CONTROL, C_ON);
    return true;
}

static bool unmask(unsigned line) {
    if (line < LINES_START || line >= count) {
        return false;
    }
    uint32_t others = mmio_read32(distributor, D_TARGET + line / 4 * 4);
    uint32_t shift = line % 4 * 8;
    d_set(D_TARGET + line / 4 * 4,
          (others & ~(UINT32_C(0xFF) << shift)) | (uint32_t)targets[0] << shift);
    d_set(D_ENABLE + line / 32 * 4, UINT32_C(1) << (line % 32));
    return true;
}

static void mask(unsigned line) {
    if (line >= LINES_START && line < count) {
        d_set(D_DISABLE + line / 32 * 4, UINT32_C(1) << (line % 32));
    }
}

static void quiet(void) {
    d_set(D_CONTROL, 0);
}

static unsigned claim(unsigned index, uint32_t *token) {
    *token = mmio_read32(interface, C_CLAIM);
    unsigned number = *token & NUMBER;
    return number >= LINES_END      ? INTERRUPT_NONE
           : number == timer_number ? INTERRUPT_TIMER
           : number == CALL         ? INTERRUPT_CALL
           : number == STOP         ? INTERRUPT_STOP
                                    : number;
}

static void end(uint32_t token) {
    mmio_write32(interface, C_END, token);
}

static void signal(unsigned index) {
    d_set(D_SOFTWARE, (uint32_t)targets[index] << 16 | SOFTWARE_GROUP_1 | CALL);
}

static void signal_stop(unsigned index) {
    d_set(D_SOFTWARE, (uint32_t)targets[index] << 16 | STOP);
}

const struct interrupt_chip gic2 = {
    .name = "GICv2",
    .core_start = core_start,
    .unmask = unmask,
    .mask = mask,
    .quiet = quiet,
    .claim = claim,
    .end = end,
    .signal = signal,
    .signal_stop = signal_stop,
};
