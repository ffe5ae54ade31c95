/* SPDX-License-Identifier: MIT */
/* riscv64. */
#include "../../target.h"

extern const struct target target_riscv64;

const struct target *port_target(void) {
    return &target_riscv64;
}
