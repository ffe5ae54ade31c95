/* SPDX-License-Identifier: MIT */
/*
 * What the CPU we run on can do beyond the baseline. It cannot be asked from where programs or
 * kernels run: whoever knows from Linux or from the device tree tells the engine.
 */
#include "encode.h"

uint64_t riscv64_features_detect(void) {
    return 0;
}
