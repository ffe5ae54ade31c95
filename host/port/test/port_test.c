/* SPDX-License-Identifier: MIT */
/*
 * The host port: reservations fault until they are committed, code runs where it cannot be written,
 * and each kind of CPU exception reaches context_fault() and goes on where that says. This test
 * stands in for the engine: its context_fault() knows one pc.
 */
#include "machine.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <engine/context.h>
#include <engine/port.h>
#include <kernel/port.h>
#include <string.h>
#include <test/check.h>
#include <unistd.h>

static struct context context;
static struct fault seen;
static unsigned faults;
static uintptr_t go_on;

bool context_fault(struct context *which, const struct fault *fault, struct resume *resume) {
    seen = *fault;
    faults++;
    *resume = (struct resume){.pc = go_on, .sp = fault->sp, .argument = 42};
    return which == &context;
}

bool context_preempt(struct context *which, struct resume *registers) {
    return false;
}

static void *place(void *arena, size_t offset, const uint8_t *code, size_t size) {
    uint8_t *to = (uint8_t *)arena + offset;
    CHECK(port_code_write(to, code, size) == OK);
    CHECK(memcmp(to, code, size) == 0);
    return to;
}

/* Runs code that faults, with one argument; what the landing pad returned. */
static uint64_t run(void *code, uint64_t argument) {
    uint64_t (*function)(uint64_t);
    memcpy(&function, &code, sizeof(function));
    port_context_set(&context);
    uint64_t result = function(argument);
    port_context_set(nullptr);
    return result;
}

static void test_exceptions(void *arena) {
    uint8_t *region = port_region_reserve(1 << 20);
    go_on = (uintptr_t)place(arena, 0, machine_landing, sizeof(machine_landing));
    void *load = place(arena, 64, machine_load, sizeof(machine_load));

    CHECK(region != nullptr);
    CHECK(run(load, (uintptr_t)region + 4096) == 42 && faults == 1);
    CHECK(seen.memory && seen.address == (uintptr_t)region + 4096 && seen.pc == (uintptr_t)load);
    CHECK(port_region_commit(region + 4096, 4096) == OK);
    CHECK(run(load, (uintptr_t)region + 4096) == 0 && faults == 1);
    memset(region + 4096, 0xA5, 4096);
    port_region_clear(region + 4096, 4096);
    CHECK(run(load, (uintptr_t)region + 4096) == 0 && faults == 1);
    CHECK(run(load, (uintptr_t)region + 8192) == 42 && faults == 2);
    CHECK(run(load, (uintptr_t)region) == 42 && faults == 3);
    port_region_release(region, 1 << 20);

    void *undefined = place(arena, 128, machine_undefined, sizeof(machine_undefined));
    CHECK(run(undefined, 0) == 42 && faults == 4 && !seen.memory &&
          seen.pc == (uintptr_t)undefined);
    void *other = place(arena, 192, machine_other, sizeof(machine_other));
    CHECK(run(other, 0) == 42 && faults == 5 && !seen.memory && seen.address == 0);
    /* Exceptions go on working: no signal stays blocked. */
    CHECK(run(other, 0) == 42 && run(undefined, 0) == 42 && faults == 7);
}

static void test_code_is_not_writable(void *arena) {
    void *store = place(arena, 256, machine_store, sizeof(machine_store));
    unsigned before = faults;
    CHECK(run(store, (uintptr_t)arena) == 42 && faults == before + 1 && seen.memory);
    CHECK(port_code_write((uint8_t *)arena + (1 << 16) - 2, "1234", 4) == ERR_INVALID);
    CHECK(port_code_write((uint8_t *)arena - 1, "1", 1) == ERR_INVALID);
}

/* A place that ran is given back, traps then, and runs what is written next. */
static void test_code_is_written_again(void *arena) {
    for (unsigned i = 0; i < 20; i++) {
        unsigned before = faults;
        void *undefined = place(arena, 4096, machine_undefined, sizeof(machine_undefined));
        CHECK(run(undefined, 0) == 42 && faults == before + 1 && !seen.memory);
        port_code_release(undefined, 4096);
        const uint8_t *bytes = undefined;
        CHECK(memcmp(bytes, bytes + 1, 4095) == 0);
        CHECK(run((uint8_t *)undefined + 4092, 0) == 42 && faults == before + 2 && !seen.memory);
        void *store = place(arena, 4096, machine_store, sizeof(machine_store));
        CHECK(run(store, (uintptr_t)arena) == 42 && faults == before + 3 && seen.memory);
        port_code_release(store, 4096);
    }
}

static void test_clock(void) {
    uint64_t before = port_time_ns();
    port_wait(before + 2'000'000);
    CHECK(port_time_ns() >= before + 2'000'000);
    port_wait(DEADLINE_NOW);
    CHECK(port_wall_time_ns() > 1'700'000'000'000'000'000);
}

static void test_random(void) {
    uint8_t a[64] = {0}, b[64] = {0};
    port_random(a, sizeof(a));
    port_random(b, sizeof(b));
    CHECK(memcmp(a, b, sizeof(a)) != 0);
}

int main(void) {
    void *arena;
    CHECK(port_code_reserve(1 << 16, &arena) == OK);
    test_exceptions(arena);
    test_code_is_not_writable(arena);
    test_code_is_written_again(arena);
    test_clock();
    test_random();
    return check_finish("host port");
}
