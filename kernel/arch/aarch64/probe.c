/* SPDX-License-Identifier: MIT */
/* No device that interrupts by itself is known yet. */
#include <arch/probe.h>
bool probe_edge_start(uint64_t *ticks) {
    return false;
}

bool probe_level_start(uint64_t *due, uint64_t *empty) {
    return false;
}

void probe_level_stop(void) {
}
