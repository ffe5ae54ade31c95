/* SPDX-License-Identifier: MIT */
/* x86-64 under Linux: registers in the ucontext of a signal. The first C argument is in rdi. */
#include "../../registers.h"

const uint8_t code_filler = 0xCC; /* int3 */

struct interrupted registers_locate(const ucontext_t *user) {
    const greg_t *registers = user->uc_mcontext.gregs;
    return (struct interrupted){.pc = (uintptr_t)registers[REG_RIP],
                                .sp = (uintptr_t)registers[REG_RSP]};
}

uintptr_t registers_argument(const ucontext_t *user) {
    return (uintptr_t)user->uc_mcontext.gregs[REG_RDI];
}

void registers_resume(ucontext_t *user, const struct resume *resume) {
    greg_t *registers = user->uc_mcontext.gregs;
    registers[REG_RIP] = (greg_t)resume->pc;
    registers[REG_RSP] = (greg_t)resume->sp;
    registers[REG_RDI] = (greg_t)resume->argument;
    /* The C convention wants the direction flag clear. */
    registers[REG_EFL] &= ~(greg_t)0x400;
}
