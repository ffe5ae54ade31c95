/* SPDX-License-Identifier: MIT */
/* What boot/device/ asks of this CPU. */
#include <boot/device.h>

const uint64_t device_space_end = UINT64_C(1) << 39; /* boot/firmware/bare/start.S */

void device_barrier(void) {
    __asm__ volatile("dsb sy" : : : "memory");
}
