/* SPDX-License-Identifier: MIT */
/* aarch64 under Linux: registers in the ucontext of a signal. The first C argument is in x0. */
#include "../../registers.h"

const uint8_t code_filler = 0; /* udf 0 */

struct interrupted registers_locate(const ucontext_t *user) {
    return (struct interrupted){
        .pc = user->uc_mcontext.pc, .sp = user->uc_mcontext.sp, .link = user->uc_mcontext.regs[30]};
}

uintptr_t registers_argument(const ucontext_t *user) {
    return user->uc_mcontext.regs[0];
}

void registers_resume(ucontext_t *user, const struct resume *resume) {
    user->uc_mcontext.pc = resume->pc;
    user->uc_mcontext.sp = resume->sp;
    user->uc_mcontext.regs[0] = resume->argument;
}
