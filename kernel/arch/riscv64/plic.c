/* SPDX-License-Identifier: MIT */
/*
 * Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.0. The controller knows
 * contexts, not harts: which is which tells the order of interrupts-extended, where a hart's
 * supervisor is its interrupt 9.
 */
#include "plic.h"
#include "io.h"
#include "platform.h"
#include "registers.h"

constexpr uintptr_t ENABLES = 0x2000, ENABLES_STEP = 0x80;
constexpr uintptr_t CONTEXTS = 0x20'0000, CONTEXTS_STEP = 0x1000, CLAIM = 4;

static uintptr_t registers, context, enables; /* addresses */
static unsigned lines;

struct search {
    const struct device_tree *tree;
    uint64_t hart;
    unsigned at, found;
    bool good;
};

/* A hart's interrupt controller lies in its node. */
static bool look(void *data, const struct device_interrupt *interrupt) {
    struct search *search = data;
    uint64_t hart;
    device_node_t cpu = device_tree_parent(search->tree, interrupt->controller);
    if (interrupt->cells[0] == INTERRUPT_EXTERNAL &&
        device_tree_number(search->tree, cpu, "reg", &hart) && hart == search->hart) {
        search->found = search->at;
        search->good = true;
    }
    search->at++;
    return !search->good;
}

static device_node_t plic_find(const struct device_tree *tree) {
    device_node_t node = device_tree_find_compatible(tree, DEVICE_NODE_NONE, "sifive,plic-1.0.0");
    return node >= 0 ? node : device_tree_find_compatible(tree, DEVICE_NODE_NONE, "riscv,plic0");
}

void plic_quiet(void) {
    for (unsigned i = 0; registers != 0 && i <= lines / 32; i++) {
        io_write32(enables + i * 4, 0);
    }
}

bool plic_start(uint64_t hart) {
    const struct device_tree *tree = platform_tree();
    struct search search = {.tree = tree, .hart = hart};
    uint64_t count;
    if (tree == nullptr) {
        return false;
    }
    device_node_t node = plic_find(tree);
    device_tree_visit_interrupts(tree, node, look, &search);
    uintptr_t base = search.good ? platform_registers(node, 0) : 0;
    if (base == 0 || !device_tree_number(tree, node, "riscv,ndev", &count)) {
        return false;
    }
    registers = base;
    lines = count < PLIC_LINES ? (unsigned)count : PLIC_LINES - 1;
    enables = base + ENABLES + search.found * ENABLES_STEP;
    context = base + CONTEXTS + search.found * CONTEXTS_STEP;
    plic_quiet();
    io_write32(context, 0); /* every priority passes */
    return true;
}

/* Of priority 0 it never interrupts. It stays enabled from its first unmasking on, because of a
 * line that is not the controller would not hear that it has been served. */
bool plic_unmask(unsigned line) {
    if (registers == 0 || line == 0 || line > lines) {
        return false;
    }
    uintptr_t at = enables + line / 32 * 4;
    io_write32(registers + line * 4, 1);
    if ((io_read32(at) >> line % 32 & 1) == 0) {
        io_write32(at, io_read32(at) | 1u << line % 32);
    }
    return true;
}

void plic_mask(unsigned line) {
    if (registers != 0 && line > 0 && line <= lines) {
        io_write32(registers + line * 4, 0);
    }
}

unsigned plic_claim(void) {
    return registers != 0 ? io_read32(context + CLAIM) : 0;
}

void plic_end(unsigned line) {
    io_write32(context + CLAIM, line);
}
