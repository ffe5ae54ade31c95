/* SPDX-License-Identifier: MIT */
/* What boot/device/ asks of this CPU. */
#include <boot/device.h>
#include <boot/pages.h>

const uint64_t device_space_end = PAGES_IDENTITY_SIZE;

void device_barrier(void) {
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}
