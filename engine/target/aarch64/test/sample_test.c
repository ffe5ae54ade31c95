/* SPDX-License-Identifier: MIT */
/* Samples at every instruction, by breakpoints. */
#include "stepping.h"

#include "../../../compile/test/sample.h"

int main(void) {
    test_samples();
    return check_finish("engine/target/aarch64/sample");
}
