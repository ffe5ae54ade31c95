/* SPDX-License-Identifier: MIT */
/* One core, alone: there is nobody to signal. */
#include <chip/cores.h>

void cores_start(void) {
}

unsigned core_index(void) {
    return 0;
}

void core_signal(unsigned index) {
}

void core_signal_stop(unsigned index) {
}

void core_relax(void) {
}
