/* SPDX-License-Identifier: MIT */
/* riscv64 under Linux: registers in the ucontext of a signal. The first C argument is in a0. */
#include "../../registers.h"

const uint8_t code_filler = 0; /* unimp */

struct interrupted registers_locate(const ucontext_t *user) {
    const unsigned long *registers = user->uc_mcontext.__gregs;
    return (struct interrupted){
        .pc = registers[REG_PC], .sp = registers[REG_SP], .link = registers[REG_RA]};
}

uintptr_t registers_argument(const ucontext_t *user) {
    return user->uc_mcontext.__gregs[REG_A0];
}

void registers_resume(ucontext_t *user, const struct resume *resume) {
    user->uc_mcontext.__gregs[REG_PC] = resume->pc;
    user->uc_mcontext.__gregs[REG_SP] = resume->sp;
    user->uc_mcontext.__gregs[REG_A0] = resume->argument;
}
