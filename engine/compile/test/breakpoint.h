/* SPDX-License-Identifier: MIT */
/*
 * stepping_start(), stepping_stop() and stepping_follow() as "sample.h" and "step.h" want them.
 * Steps through the engine's code by breakpoints, for CPUs that do not let a program step itself:
 * one is put at each place where an instruction may lead, and taken away before that is looked at.
 * A call of C is stepped over. The includer says what its CPU's breakpoint is, and where the
 * instruction at which it was hit leads.
 */
#pragma once
#include "../../run/stub.h"
#include "harness.h"
#include <engine/sample.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Of the CPU. */
static const uint8_t breakpoint[];
static size_t breakpoint_size(void);
static struct interrupted interrupted_at(const ucontext_t *user);
/* Where the instruction at pc may lead; returns how many places. `next` is behind it. */
static size_t successors(const ucontext_t *user, uintptr_t pc, uintptr_t *next,
                         uintptr_t places[2]);
static bool is_call(uintptr_t pc);
/* Of the test. */
static bool look(void *user, const struct interrupted *at);

constexpr size_t PLANTED_MAX = 4, BREAKPOINT_MAX = 4;

static struct {
    uintptr_t at;
    uint8_t bytes[BREAKPOINT_MAX]; /* that belong there */
} planted[PLANTED_MAX];
static size_t planted_count;
static const struct engine *stepped;

static void put(uintptr_t at, const uint8_t *bytes) {
    memcpy((void *)at, bytes, breakpoint_size());
    __builtin___clear_cache((char *)at, (char *)at + breakpoint_size());
}

static void plant(uintptr_t at) {
    planted[planted_count].at = at;
    memcpy(planted[planted_count++].bytes, (const void *)at, breakpoint_size());
    put(at, breakpoint);
}

static void take_up_all(void) {
    while (planted_count > 0) {
        planted_count--;
        put(planted[planted_count].at, planted[planted_count].bytes);
    }
}

static void plant_behind(const ucontext_t *user, uintptr_t pc) {
    uintptr_t next, ways[2];
    size_t count = successors(user, pc, &next, ways);
    bool calls = is_call(pc);
    for (size_t i = 0; i < count; i++) {
        if (engine_owns(stepped, ways[i])) {
            plant(ways[i]);
        } else if (calls) {
            plant(next);
        }
    }
}

static void handle(int number, siginfo_t *info, void *data) {
    struct interrupted at = interrupted_at(data);
    take_up_all();
    if (!look(data, &at)) {
        plant_behind(data, at.pc);
    }
}

/* Breakpoints come and go, so the code can be written where it runs. An emulator of the CPU sees
 * these writes, unlike those through another view. */
static void stepping_start(struct engine *engine) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGTRAP, &action, nullptr) == 0);
    CHECK(mprotect((void *)engine->arena.base, engine->arena.size,
                   PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
    stepped = engine;
    plant((uintptr_t)engine->stubs->go);
}

/* This context goes on next, out of C. */
[[maybe_unused]] static void stepping_follow(struct context *next) {
    plant(next->trap_pc != 0 ? next->trap_pc : (uintptr_t)next->resume);
}

/* The last instruction was a return to C. */
static void stepping_stop(void) {
    CHECK(planted_count == 0);
}
