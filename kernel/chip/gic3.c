/* SPDX-License-Identifier: MIT */
/*
 * See chip/gic3.h; chapters 4 (groups), 12 (registers: 12.9 distributor, 12.11 redistributors).
 *
 * One distributor leads lines to cores by their affinities; each core has a redistributor for its
 * own interrupts, to be found among others by what it says of itself. Interrupts are of group 1.
 * The one by which all cores are stopped is of group 0, and so a fast one which nobody masks, where
 * there is one security state, which the distributor tells; else group 0 belongs to the secure
 * world, whose registers are not to be touched, and it is an interrupt like others.
 */
#include <arch/core.h>
#include <chip/gic3.h>
#include <chip/mmio.h>

enum : unsigned { /* of the distributor */
                  D_CONTROL = 0x0000,
                  D_TYPE = 0x0004,
                  D_GROUP = 0x0080,
                  D_ENABLE = 0x0100,
                  D_DISABLE = 0x0180,
                  D_PRIORITY = 0x0400,
                  D_GROUP_MODIFIER = 0x0D00,
                  D_ROUTE = 0x6000, /* 8 bytes each */
};
enum : unsigned { /* of each redistributor; what is like the distributor's is in its second part */
                  R_CONTROL = 0x0000,
                  R_TYPE = 0x0008,
                  R_WAKER = 0x0014,
                  R_OWN = 0x10000,
};

constexpr uint32_t D_GROUP_0 = 1 << 0, D_GROUP_1 = 1 << 1, D_BY_AFFINITY = 1 << 4;
constexpr uint32_t D_ONE_STATE = 1 << 6, D_WRITING = UINT32_C(1) << 31, R_WRITING = 1 << 3;
constexpr uint32_t R_FOUR_FRAMES = 1 << 1, R_LAST = 1 << 4;
constexpr uint32_t R_ASLEEP = 1 << 1, R_CHILDREN_ASLEEP = 1 << 2;
constexpr uint32_t MIDDLE_PRIORITIES = 0xA0A0'A0A0;
constexpr unsigned CALL = 0, STOP = 1; /* software-generated interrupts */
constexpr unsigned LINES_START = 32, LINES_END = 1020;
constexpr unsigned PATIENCE = 10'000'000; /* reads; it takes a few */

static struct gic3_wiring wiring;
static unsigned count;
static bool fast;
static uint32_t affinities[CORES_MAX];

static void d_set(unsigned offset, uint32_t value) {
    mmio_write32(wiring.distributor, offset, value);
}

static void settle(uintptr_t base, unsigned offset, uint32_t bits) {
    for (unsigned i = 0; i < PATIENCE && (mmio_read32(base, offset) & bits) != 0; i++) {
    }
}

void gic3_init(const struct gic3_wiring *told) {
    wiring = *told;
    count = ((mmio_read32(wiring.distributor, D_TYPE) & 31) + 1) * 32;
    count = count < LINES_END ? count : LINES_END;
    fast = mmio_read32(wiring.distributor, D_CONTROL) & D_ONE_STATE;
    d_set(D_CONTROL, 0);
    settle(wiring.distributor, D_CONTROL, D_WRITING);
    d_set(D_CONTROL, D_BY_AFFINITY);
    settle(wiring.distributor, D_CONTROL, D_WRITING);
    for (unsigned at = LINES_START; at < count; at += 32) {
        d_set(D_DISABLE + at / 8, UINT32_MAX);
        d_set(D_GROUP + at / 8, UINT32_MAX);
        d_set(D_GROUP_MODIFIER + at / 8, 0);
    }
    for (unsigned at = LINES_START; at < count; at += 4) {
        d_set(D_PRIORITY + at, MIDDLE_PRIORITIES);
    }
    settle(wiring.distributor, D_CONTROL, D_WRITING);
    d_set(D_CONTROL, D_BY_AFFINITY | D_GROUP_1 | (fast ? D_GROUP_0 : 0));
    settle(wiring.distributor, D_CONTROL, D_WRITING);
}

static uint64_t stride_of(uint32_t type) {
    return wiring.stride != 0     ? wiring.stride
           : type & R_FOUR_FRAMES ? 2 * GIC3_REDISTRIBUTOR_SIZE
                                  : GIC3_REDISTRIBUTOR_SIZE;
}

/* 0: not in this region. */
static uintptr_t find_within(const struct gic3_region *region, uint32_t affinity) {
    uint64_t at = 0;
    while (region->size >= GIC3_REDISTRIBUTOR_SIZE &&
           at <= region->size - GIC3_REDISTRIBUTOR_SIZE) {
        uintptr_t base = region->base + at;
        uint32_t type = mmio_read32(base, R_TYPE);
        if (mmio_read32(base, R_TYPE + 4) == affinity) {
            return base;
        }
        if (type & R_LAST) {
            break;
        }
        at += stride_of(type);
    }
    return 0;
}

static uintptr_t redistributor_find(uint32_t affinity) {
    uintptr_t found = 0;
    for (size_t i = 0; i < wiring.region_count && found == 0; i++) {
        found = find_within(&wiring.regions[i], affinity);
    }
    return found;
}

static bool core_start(unsigned index) {
    uint32_t affinity = wiring.interface->affinity();
    uintptr_t base = redistributor_find(affinity);
    if (base == 0) {
        return false;
    }
    uintptr_t own = base + R_OWN;
    affinities[index] = affinity;
    mmio_write32(base, R_WAKER, mmio_read32(base, R_WAKER) & ~R_ASLEEP);
    settle(base, R_WAKER, R_CHILDREN_ASLEEP);
    mmio_write32(own, D_DISABLE, UINT32_MAX);
    settle(base, R_CONTROL, R_WRITING);
    mmio_write32(own, D_GROUP, fast ? ~(UINT32_C(1) << STOP) : UINT32_MAX);
    mmio_write32(own, D_GROUP_MODIFIER, 0);
    for (unsigned at = 0; at < LINES_START; at += 4) {
        mmio_write32(own, D_PRIORITY + at, MIDDLE_PRIORITIES);
    }
    mmio_write32(own, D_PRIORITY, MIDDLE_PRIORITIES & ~(UINT32_C(0xFF) << (8 * STOP)));
    mmio_write32(own, D_ENABLE, UINT32_C(1) << wiring.timer | 1 << CALL | 1 << STOP);
    settle(base, R_CONTROL, R_WRITING);
    wiring.interface->start(fast);
    return true;
}

/* The route's halves: affinity 3 is the upper one. */
static bool unmask(unsigned line) {
    if (line < LINES_START || line >= count) {
        return false;
    }
    d_set(D_ROUTE + line * 8, affinities[0] & 0xFF'FFFF);
    d_set(D_ROUTE + line * 8 + 4, affinities[0] >> 24);
    d_set(D_ENABLE + line / 32 * 4, UINT32_C(1) << (line % 32));
    return true;
}

static void mask(unsigned line) {
    if (line >= LINES_START && line < count) {
        d_set(D_DISABLE + line / 32 * 4, UINT32_C(1) << (line % 32));
        settle(wiring.distributor, D_CONTROL, D_WRITING);
    }
}

static void quiet(void) {
    d_set(D_CONTROL, D_BY_AFFINITY);
    settle(wiring.distributor, D_CONTROL, D_WRITING);
}

static unsigned claim(unsigned index, uint32_t *token) {
    unsigned number = *token = wiring.interface->claim();
    return number >= LINES_END      ? INTERRUPT_NONE
           : number == wiring.timer ? INTERRUPT_TIMER
           : number == CALL         ? INTERRUPT_CALL
           : number == STOP         ? INTERRUPT_STOP
                                    : number;
}

static void end(uint32_t token) {
    wiring.interface->end(token);
}

/* One core among the 16 that share all else: affinities 3, 2 and 1, and the upper half of 0. */
static uint64_t message(unsigned index, unsigned number) {
    uint64_t affinity = affinities[index];
    return (affinity >> 24 & 0xFF) << 48 | (affinity >> 4 & 15) << 44 |
           (affinity >> 16 & 0xFF) << 32 | (uint64_t)number << 24 | (affinity >> 8 & 0xFF) << 16 |
           UINT64_C(1) << (affinity & 15);
}

static void signal(unsigned index) {
    wiring.interface->send(message(index, CALL));
}

static void signal_stop(unsigned index) {
    (fast ? wiring.interface->send_fast : wiring.interface->send)(message(index, STOP));
}

const struct interrupt_chip gic3 = {
    .name = "GICv3",
    .core_start = core_start,
    .unmask = unmask,
    .mask = mask,
    .quiet = quiet,
    .claim = claim,
    .end = end,
    .signal = signal,
    .signal_stop = signal_stop,
};
