/* SPDX-License-Identifier: MIT */
/* Samples at every instruction, by the trap flag: an exception after each one, in C too. */
constexpr bool STEPS_IN_C = true;
#include "../../../compile/test/sample.h"
#include <signal.h>
#include <ucontext.h>

static volatile bool stepping;

static void handle(int number, siginfo_t *info, void *data) {
    const greg_t *registers = ((const ucontext_t *)data)->uc_mcontext.gregs;
    if (stepping) {
        look(
            &(struct interrupted){(uintptr_t)registers[REG_RIP], (uintptr_t)registers[REG_RSP], 0});
    }
}

static void stepping_start(struct engine *engine) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGTRAP, &action, nullptr) == 0);
    stepping = true;
    __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq" ::: "memory", "cc");
}

static void stepping_stop(void) {
    stepping = false;
    __asm__ volatile("pushfq\n andq $~0x100, (%%rsp)\n popfq" ::: "memory", "cc");
}

int main(void) {
    test_samples();
    return check_finish("engine/target/x86_64/sample");
}
