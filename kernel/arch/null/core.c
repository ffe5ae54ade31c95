/* SPDX-License-Identifier: MIT */
/* One core, alone: there is nobody to call, to post to or to stop. */
#include <arch/core.h>

void cores_start(void) {
}

unsigned core_count(void) {
    return 1;
}

unsigned core_index(void) {
    return 0;
}

void cores_call(core_work *work, void *data) {
}

void core_pause(void) {
}

bool core_post(unsigned core, core_work *work, void *data) {
    return false;
}

void cores_stop(void) {
}
