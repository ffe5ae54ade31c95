/* SPDX-License-Identifier: MIT */
/* Preemption at every instruction, by the trap flag. */
#include "stepping.h"

#include "../../../compile/test/step.h"

int main(void) {
    test_steps();
    return check_finish("engine/target/x86_64/step");
}
