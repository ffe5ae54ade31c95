/* SPDX-License-Identifier: MIT */
/* aarch64. */
#include "../../target.h"

extern const struct target target_aarch64;

const struct target *port_target(void) {
    return &target_aarch64;
}
