/* SPDX-License-Identifier: MIT */
/*
 * Many moves at once: arguments into their registers. Registers among themselves first, each only
 * when nobody reads its destination any more; a cycle is opened through a temporary. Constants and
 * memory come last, when all destinations are free. There are at most as many moves as argument
 * registers.
 */
#include "compiler.h"

constexpr uint32_t MOVES_MAX = 2 * TARGET_PARAMETERS_MAX;

struct move {
    enum value_type type;
    uint8_t to, from;
};

static bool is_read(const struct move *moves, uint32_t count, uint8_t reg) {
    for (uint32_t i = 0; i < count; i++) {
        if (moves[i].from == reg) {
            return true;
        }
    }
    return false;
}

/* Performs one move whose destination nobody reads; false: only cycles are left. */
static bool move_one(struct compiler *compiler, struct move *moves, uint32_t *count) {
    for (uint32_t i = 0; i < *count; i++) {
        struct move move = moves[i];
        moves[i] = moves[*count - 1]; /* it may read its own destination */
        if (is_read(moves, *count - 1, move.to)) {
            moves[i] = move;
            continue;
        }
        --*count;
        if (move.to != move.from) {
            register_written(compiler, move.to);
            compiler->target->move(&compiler->assembler, move.type, move.to, move.from);
        }
        return true;
    }
    return false;
}

/* The source of the first goes to a temporary, which takes its place. */
static void open_cycle(struct compiler *compiler, struct move *moves, uint32_t count) {
    const struct target *target = compiler->target;
    uint8_t from = moves[0].from;
    bool is_float = from >= REGISTER_FLOAT;
    uint8_t temporary = is_float ? target->temporary_float : target->temporary_integer;
    target->move(&compiler->assembler, is_float ? TYPE_F64 : TYPE_I64, temporary, from);
    for (uint32_t i = 0; i < count; i++) {
        if (moves[i].from == from) {
            moves[i].from = temporary;
        }
    }
}

static uint8_t source_of(const struct compiler *compiler, const struct value *value) {
    if (value->kind == VALUE_REGISTER) {
        return value->reg;
    }
    if (value->kind != VALUE_LOCAL) {
        return REGISTER_NONE;
    }
    uint8_t home = compiler->locals[value->local].reg;
    return compiler->absent & set_of(home) ? REGISTER_NONE : home;
}

void registers_assign(struct compiler *compiler, uint32_t count, const struct value *values,
                      const uint8_t *to) {
    struct move moves[MOVES_MAX];
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t from = source_of(compiler, &values[i]);
        if (from != REGISTER_NONE) {
            ensure(left < MOVES_MAX);
            moves[left++] = (struct move){values[i].type, to[i], from};
        }
    }
    while (left > 0) {
        if (!move_one(compiler, moves, &left)) {
            open_cycle(compiler, moves, left);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (source_of(compiler, &values[i]) == REGISTER_NONE) {
            value_to(compiler, &values[i], to[i]);
        }
    }
}
