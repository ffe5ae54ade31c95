/* SPDX-License-Identifier: MIT */
/* The controller over memory that keeps what is written, and trees that name contexts in any order,
 * or lie. */
#include "../platform.h"
#include "../plic.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

constexpr device_node_t PLIC_NODE = 1, CONTROLLERS = 100, CPUS = 200;
constexpr uint32_t MACHINE = 11, SUPERVISOR = 9;
constexpr unsigned HARTS = 3;
constexpr size_t CONTEXT = 0x20'0000, STEP = 0x1000, ENABLES = 0x2000, ENABLES_STEP = 0x80;

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

/* Hart ids are 7, 8, 9; the first has no supervisor, as on a SiFive board. */
static struct {
    bool there, has_lines, reachable;
    const char *name;
    uint64_t lines;
    uint32_t *registers;
} model;

static const struct device_tree tree;

const struct device_tree *platform_tree(void) {
    return model.there ? &tree : nullptr;
}

uintptr_t platform_registers(device_node_t node, unsigned index) {
    CHECK(node == PLIC_NODE && index == 0);
    return model.reachable ? (uintptr_t)model.registers : 0;
}

device_node_t device_tree_find_compatible(const struct device_tree *of, device_node_t after,
                                          const char *compatible) {
    return strcmp(compatible, model.name) == 0 ? PLIC_NODE : DEVICE_NODE_NONE;
}

device_node_t device_tree_parent(const struct device_tree *of, device_node_t node) {
    return node - CONTROLLERS + CPUS;
}

bool device_tree_number(const struct device_tree *of, device_node_t node, const char *name,
                        uint64_t *out) {
    *out = node == PLIC_NODE ? model.lines : (uint64_t)(node - CPUS) + 7;
    return node != PLIC_NODE || model.has_lines;
}

void device_tree_visit_interrupts(const struct device_tree *of, device_node_t node,
                                  device_interrupt_visit *visit, void *data) {
    for (unsigned hart = 0; node == PLIC_NODE && hart < HARTS; hart++) {
        const uint32_t kinds[] = {MACHINE, SUPERVISOR};
        for (unsigned kind = 0; kind < (hart == 0 ? 1 : 2); kind++) {
            struct device_interrupt one = {CONTROLLERS + (device_node_t)hart, 1, {kinds[kind]}};
            if (!visit(data, &one)) {
                return;
            }
        }
    }
}

static uint32_t *at(size_t offset) {
    return &model.registers[offset / 4];
}

static void start(uint64_t lines) {
    memset(model.registers, 0xFF, CONTEXT + 5 * STEP);
    model.there = model.has_lines = model.reachable = true;
    model.name = "sifive,plic-1.0.0";
    model.lines = lines;
}

/* Contexts: 0 is hart 7's machine mode, 1 and 2 are hart 8's, 3 and 4 hart 9's. */
static void test_context(void) {
    start(96);
    CHECK(plic_start(9));
    CHECK(*at(CONTEXT + 4 * STEP) == 0 && *at(CONTEXT + 3 * STEP) != 0);
    for (unsigned i = 0; i <= 96 / 32; i++) {
        CHECK(*at(ENABLES + 4 * ENABLES_STEP + i * 4) == 0);
        CHECK(*at(ENABLES + 3 * ENABLES_STEP + i * 4) == UINT32_MAX);
    }
    CHECK(*at(ENABLES + 4 * ENABLES_STEP + 4 * 4) == UINT32_MAX);
    start(96);
    model.name = "riscv,plic0";
    CHECK(plic_start(8) && *at(CONTEXT + 2 * STEP) == 0);
}

static void test_lines(void) {
    start(96);
    CHECK(plic_start(8));
    plic_unmask(10);
    plic_unmask(31);
    plic_unmask(96);
    CHECK(*at(ENABLES + 2 * ENABLES_STEP) == (1u << 10 | 1u << 31));
    CHECK(*at(ENABLES + 2 * ENABLES_STEP + 12) == 1);
    CHECK(*at(10 * 4) == 1 && *at(31 * 4) == 1 && *at(96 * 4) == 1 && *at(11 * 4) == UINT32_MAX);
    *at(CONTEXT + 2 * STEP + 4) = 31;
    CHECK(plic_claim() == 31);
    *at(CONTEXT + 2 * STEP + 4) = 0;
    plic_end(31);
    CHECK(*at(CONTEXT + 2 * STEP + 4) == 31);
    plic_quiet();
    CHECK(*at(ENABLES + 2 * ENABLES_STEP) == 0 && *at(ENABLES + 2 * ENABLES_STEP + 12) == 0);
}

/* More lines than there can be: no more are touched than we have room for. */
static void test_many_lines(void) {
    start(UINT64_MAX);
    CHECK(plic_start(8));
    CHECK(*at(ENABLES + 2 * ENABLES_STEP + (PLIC_LINES - 1) / 32 * 4) == 0);
    plic_unmask(PLIC_LINES - 1);
}

static void test_refusals(void) {
    start(96);
    CHECK(!plic_start(7)); /* which has machine mode only */
    CHECK(!plic_start(1));
    model.has_lines = false;
    CHECK(!plic_start(8));
    model.has_lines = true;
    model.reachable = false;
    CHECK(!plic_start(8));
    model.reachable = true;
    model.name = "other";
    CHECK(!plic_start(8));
    model.there = false;
    CHECK(!plic_start(8));
    CHECK(*at(ENABLES + 2 * ENABLES_STEP) == UINT32_MAX);
}

int main(void) {
    model.registers = malloc(CONTEXT + 5 * STEP);
    plic_quiet();
    CHECK(model.registers != nullptr && plic_claim() == 0); /* before it is known */
    test_refusals();
    test_context();
    test_lines();
    test_many_lines();
    free(model.registers);
    return check_finish("plic");
}
