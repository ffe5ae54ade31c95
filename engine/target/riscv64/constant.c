/* SPDX-License-Identifier: MIT */
/*
 * Constants. What fits 32 bits with sign is lui and addiw; more is made from the top: the rest
 * without its lowest 12 bits and the zeros above them, a shift, an addition. A constant with zeros
 * in front may be shorter as one without, shifted right.
 */
#include "encode.h"

constexpr uint32_t STEPS_MAX = 9;

struct step {
    uint32_t code;
    int32_t number;
};

struct steps {
    uint32_t count;
    struct step items[STEPS_MAX];
};

static void add_step(struct steps *steps, uint32_t code, int32_t number) {
    steps->items[steps->count++] = (struct step){code, number};
}

static int32_t low_12(uint64_t bits) {
    return (int32_t)((bits & 0xFFF) ^ 0x800) - 0x800;
}

static bool fits_32(uint64_t bits) {
    return (uint64_t)(int64_t)(int32_t)bits == bits;
}

static void plan_32(struct steps *steps, uint64_t bits) {
    int32_t low = low_12(bits);
    uint32_t high = ((uint32_t)bits - (uint32_t)low) >> 12;
    if (high == 0) {
        add_step(steps, DO_ADDI, low);
        return;
    }
    add_step(steps, DO_LUI, (int32_t)high);
    if (low != 0) {
        add_step(steps, DO_ADDIW, low);
    }
}

/* What remains above the lowest 12 bits, and by how much to shift it: outermost first. */
static struct steps plan(uint64_t bits) {
    struct {
        uint32_t shift;
        int32_t low;
    } layers[STEPS_MAX];
    uint32_t depth = 0;
    while (!fits_32(bits)) {
        int32_t low = low_12(bits);
        uint64_t rest = bits - (uint64_t)(int64_t)low;
        uint32_t shift = (uint32_t)__builtin_ctzll(rest);
        layers[depth].shift = shift;
        layers[depth++].low = low;
        bits = (uint64_t)((int64_t)rest >> shift);
    }
    struct steps steps = {0};
    plan_32(&steps, bits);
    while (depth-- > 0) {
        add_step(&steps, DO_SLLI, (int32_t)layers[depth].shift);
        if (layers[depth].low != 0) {
            add_step(&steps, DO_ADDI, layers[depth].low);
        }
    }
    return steps;
}

static struct steps plan_best(uint64_t bits) {
    struct steps best = plan(bits);
    if (best.count <= 2 || bits >> 63 != 0) {
        return best;
    }
    uint32_t zeros = (uint32_t)__builtin_clzll(bits);
    const uint64_t fillings[] = {bits << zeros, ~(~bits << zeros)}; /* with zeros; with ones */
    for (uint32_t i = 0; i < 2; i++) {
        struct steps other = plan(fillings[i]);
        if (other.count + 1 < best.count) {
            add_step(&other, DO_SRLI, (int32_t)zeros);
            best = other;
        }
    }
    return best;
}

void riscv64_constant(struct assembler *assembler, uint8_t to, uint64_t bits) {
    struct steps steps = plan_best(bits);
    for (uint32_t i = 0; i < steps.count; i++) {
        const struct step *step = &steps.items[i];
        if (step->code == DO_LUI) {
            riscv64_upper(assembler, DO_LUI, to, (uint32_t)step->number);
        } else {
            riscv64_number(assembler, step->code, to, i == 0 ? ZERO : to, step->number);
        }
    }
}

void riscv64_add_number(struct assembler *assembler, uint8_t to, uint8_t from, int64_t number) {
    if (riscv64_fits(number)) {
        if (number != 0 || to != from) {
            riscv64_number(assembler, DO_ADDI, to, from, (int32_t)number);
        }
        return;
    }
    riscv64_constant(assembler, to, (uint64_t)number);
    riscv64_register(assembler, DO_ADD, to, to, from);
}
