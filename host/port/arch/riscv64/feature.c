/* SPDX-License-Identifier: MIT */
/*
 * riscv64: extensions are found by trying an instruction of each, whose result is looked at, too. A
 * handler steps over one that is undefined. Only while the process starts, on one thread; the cores
 * of a machine are taken to be alike.
 */
#include <engine/port.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

static void step_over(int number, siginfo_t *info, void *data) {
    ucontext_t *user = data;
    user->uc_mcontext.__gregs[REG_PC] += 4;
}

/* An instruction that makes a0 of a0 and a1. */
#define TRY(name, word)                                                                            \
    static uint64_t try_##name(uint64_t left, uint64_t right) {                                    \
        register uint64_t a0 __asm__("a0") = left;                                                 \
        register uint64_t a1 __asm__("a1") = right;                                                \
        __asm__ volatile(".4byte " #word : "+r"(a0) : "r"(a1));                                    \
        return a0;                                                                                 \
    }

TRY(zba, 0x08B5053B)    /* add.uw a0, a0, a1 */
TRY(zbb, 0x60051513)    /* clz a0, a0 */
TRY(zicond, 0x0EB55533) /* czero.eqz a0, a0, a1 */

static const struct probe {
    const char *name;
    uint64_t (*function)(uint64_t left, uint64_t right);
    uint64_t left, right, result;
} probes[] = {
    {"zba", try_zba, 0x5'0000'0003, 0x1'0000'0004, 0x1'0000'0007},
    {"zbb", try_zbb, 0x1'0000, 0, 47},
    {"zicond", try_zicond, 5, 0, 0},
};

static bool works(const struct probe *probe) {
    struct sigaction action = {.sa_sigaction = step_over, .sa_flags = SA_SIGINFO}, before;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGILL, &action, &before) != 0) {
        return false;
    }
    uint64_t result = probe->function(probe->left, probe->right);
    sigaction(SIGILL, &before, nullptr);
    return result == probe->result;
}

bool port_cpu_has(const char *extension) {
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        if (strcmp(probes[i].name, extension) == 0) {
            return works(&probes[i]);
        }
    }
    return false;
}
