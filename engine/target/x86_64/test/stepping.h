/* SPDX-License-Identifier: MIT */
/* Steps by the trap flag: an exception after each instruction, in C too. */
#pragma once
#include "../../../compile/test/harness.h"
#include <engine/sample.h>
#include <signal.h>
#include <ucontext.h>

constexpr bool STEPS_IN_C = true;
constexpr greg_t TRAP_FLAG = 0x100;
constexpr uint32_t PREEMPTED_FLAGS = 16; /* in context->registers: preempt.c */

static bool look(void *user, const struct interrupted *at);

static volatile bool stepping;

static void handle(int number, siginfo_t *info, void *data) {
    greg_t *registers = ((ucontext_t *)data)->uc_mcontext.gregs;
    const struct interrupted at = {(uintptr_t)registers[REG_RIP], (uintptr_t)registers[REG_RSP], 0};
    if (stepping && look(data, &at)) {
        registers[REG_EFL] &= ~TRAP_FLAG;
    }
}

static void trap_flag_set(void) {
    __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq" ::: "memory", "cc");
}

static void stepping_start(struct engine *engine) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGTRAP, &action, nullptr) == 0);
    stepping = true;
    trap_flag_set();
}

static void stepping_stop(void) {
    stepping = false;
    __asm__ volatile("pushfq\n andq $~0x100, (%%rsp)\n popfq" ::: "memory", "cc");
}

/* This context goes on next, out of C. */
[[maybe_unused]] static void stepping_follow(struct context *next) {
    if (next->trap_pc != 0) {
        next->registers[PREEMPTED_FLAGS] |= (uint64_t)TRAP_FLAG;
    } else {
        trap_flag_set();
    }
}
