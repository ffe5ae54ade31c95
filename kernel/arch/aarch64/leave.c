/* SPDX-License-Identifier: MIT */
/* Handing over to another kernel: not yet on this CPU. */
#include <arch/leave.h>
bool leave_possible(void) {
    return false;
}

void leave_identity_map(const physical_t tables[LEAVE_TABLES]) {
}

void leave_identity_unmap(void) {
}

void leave_quiet(void) {
}

void leave_visit_loader(physical_t root, void (*visit)(void *data, physical_t frame), void *data) {
}
