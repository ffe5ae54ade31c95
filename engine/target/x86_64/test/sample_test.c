/* SPDX-License-Identifier: MIT */
/* Samples at every instruction, by the trap flag. */
#include "stepping.h"

#include "../../../compile/test/sample.h"

int main(void) {
    test_samples();
    return check_finish("engine/target/x86_64/sample");
}
