/* SPDX-License-Identifier: MIT */
/* x86-64. */
#include "../../target.h"

extern const struct target target_x86_64;

const struct target *port_target(void) {
    return &target_x86_64;
}
