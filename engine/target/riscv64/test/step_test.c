/* SPDX-License-Identifier: MIT */
/* Preemption at every instruction, by breakpoints. */
#include "stepping.h"

#include "../../../compile/test/step.h"

int main(void) {
    test_steps();
    return check_finish("engine/target/riscv64/step");
}
