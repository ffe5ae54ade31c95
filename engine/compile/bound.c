/* SPDX-License-Identifier: MIT */
/*
 * Bounds of memory accesses in checked mode, and of an imported memory. An access goes to the
 * lesser of its index and the memory's size (target->bind). If those differ it faults, and nothing
 * comes after it: so the lesser is the index, wherever it is looked at again. It is made once and
 * serves the accesses that follow, whatever their offsets, and those through what is made of it by
 * adding a constant.
 *
 * An index in a scratch register becomes the lesser where it is. That of a local at home stays as
 * it is and gets a stand-in, a scratch register that is free: the comparison would else be part of
 * each step of a pointer from one round of a loop to the next. The stand-in is given up when the
 * register is wanted for something else.
 *
 * Always holds: stand_in[reg] of a register of assembler->bound_registers has its value, and is at
 * most the size of memory 0 plus `excess` of it, also where the CPU runs ahead of a mispredicted
 * branch or of a fault. Whoever emits something that writes a register calls register_written();
 * labels and calls take everything back.
 */
#include "compiler.h"
#include <engine/instance.h>

static_assert(BOUND_OFFSET_MAX + sizeof(uint64_t) <= BOUND_GUARD);

/* A constant position that the smallest size of the memory covers needs no check: a memory never
 * shrinks. */
static bool is_within(const struct compiler *compiler, uint32_t memory,
                      const struct address *address, uint32_t width) {
    uint64_t least = (uint64_t)compiler->module->memories[memory].limits.minimum * PAGE_SIZE_WASM;
    return address->reg == REGISTER_NONE && address->offset + width <= least;
}

static bool is_bound(const struct compiler *compiler, uint8_t reg) {
    return (compiler->assembler.bound_registers & set_of(reg)) != 0;
}

void bounds_forget(struct compiler *compiler, register_set registers) {
    struct assembler *assembler = &compiler->assembler;
    assembler->bound_registers &= ~(uint32_t)registers;
    for (register_set left = registers & assembler->stand_ins; left != 0; left &= left - 1) {
        uint8_t reg = (uint8_t)__builtin_ctzll(left);
        assembler->bound_registers &= ~(uint32_t)set_of(assembler->stands_for[reg]);
    }
    assembler->stand_ins &= ~(uint32_t)registers;
}

static void note(struct compiler *compiler, uint8_t reg, uint8_t stand_in, uint32_t excess) {
    struct assembler *assembler = &compiler->assembler;
    assembler->bound_registers |= (uint32_t)set_of(reg);
    assembler->stand_in[reg] = stand_in;
    assembler->excess[reg] = excess;
    if (stand_in != reg) {
        assembler->stand_ins |= (uint32_t)set_of(stand_in);
        assembler->stands_for[stand_in] = reg;
    }
}

void register_bound(struct compiler *compiler, uint8_t reg, uint64_t excess) {
    if (compiler->binds && excess <= BOUND_OFFSET_MAX && is_scratch(compiler, reg)) {
        note(compiler, reg, reg, (uint32_t)excess);
    }
}

uint64_t register_excess(const struct compiler *compiler, uint8_t reg) {
    return is_bound(compiler, reg) ? compiler->assembler.excess[reg] : EXCESS_UNKNOWN;
}

uint8_t register_stand_in(const struct compiler *compiler, uint8_t reg) {
    return is_bound(compiler, reg) ? compiler->assembler.stand_in[reg] : reg;
}

/* A free register for the lesser of this index, the last ones first: expressions start with the
 * first. Where there is none, the index itself. */
static uint8_t stand_in_take(struct compiler *compiler, uint8_t index) {
    register_set free = compiler->allocatable & UINT32_MAX & ~compiler->used & ~compiler->pinned;
    register_set idle = free & ~(register_set)compiler->assembler.stand_ins;
    register_set choice = idle != 0 ? idle : free;
    if (is_scratch(compiler, index) || choice == 0) {
        return index;
    }
    uint8_t reg = (uint8_t)(63 - __builtin_clzll(choice));
    register_written(compiler, reg);
    return reg;
}

static void make_lesser(struct compiler *compiler, uint32_t memory, struct address *address) {
    uint8_t index = address->reg;
    uint8_t lesser = stand_in_take(compiler, index);
    compiler->target->bind(&compiler->assembler, lesser, address);
    address->reg = lesser;
    address->bound_kind = BOUND_NONE;
    if (memory == 0) {
        note(compiler, index, lesser, 0);
    }
}

/* Is it bound already? */
static bool find_lesser(const struct compiler *compiler, uint32_t memory, struct address *address) {
    uint8_t index = address->reg;
    if (memory != 0 || !is_bound(compiler, index) ||
        compiler->assembler.excess[index] + address->offset > BOUND_OFFSET_MAX) {
        return false;
    }
    address->reg = compiler->assembler.stand_in[index];
    return true;
}

/* Must this memory's accesses be checked? */
static bool is_checked(const struct module *module, uint32_t memory) {
    return memory < module->imported_memories || module->memory_mode == MEMORY_CHECKED;
}

void bounds_begin(struct compiler *compiler) {
    const struct module *module = compiler->module;
    compiler->binds = module->memory_count > 0 && is_checked(module, 0);
}

void bind_address(struct compiler *compiler, uint32_t memory, struct address *address,
                  uint32_t width) {
    const struct module *module = compiler->module;
    bool imported = memory < module->imported_memories;
    if (!is_checked(module, memory) || is_within(compiler, memory, address, width)) {
        return;
    }
    if (find_lesser(compiler, memory, address)) {
        compiler->pinned |= compiler->allocatable & set_of(address->reg);
        return;
    }
    address->bound_kind = imported ? BOUND_MEMORY : BOUND_INSTANCE;
    address->bound = imported
                         ? layout_entry(compiler->layout->memories, memory)
                         : layout_own_memory(compiler->layout, memory - module->imported_memories,
                                             offsetof(struct memory, size));
    if (address->reg != REGISTER_NONE && address->offset <= BOUND_OFFSET_MAX) {
        make_lesser(compiler, memory, address);
        compiler->pinned |= compiler->allocatable & set_of(address->reg);
    } /* else the access itself sees to it */
}

/* What a right side that is a constant says of the result; else, that nothing is known. */
uint64_t binary_excess(const struct compiler *compiler, enum opcode opcode, uint8_t left,
                       const struct operand *right) {
    if (!compiler->binds || right->kind != OPERAND_CONSTANT) {
        return EXCESS_UNKNOWN;
    }
    uint32_t number = (uint32_t)right->bits;
    switch (opcode) {
    case OPCODE_i32_add:
        return register_excess(compiler, left) + number;
    case OPCODE_i32_and:
        return number;
    case OPCODE_i32_shr_u:
        return UINT32_MAX >> (number & 31);
    default:
        return EXCESS_UNKNOWN;
    }
}
