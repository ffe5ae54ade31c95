/* SPDX-License-Identifier: MIT */
/* x86-64: its target asks the CPU itself. */
#include <engine/port.h>

bool port_cpu_has(const char *extension) {
    return false;
}
