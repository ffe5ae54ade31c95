/* SPDX-License-Identifier: MIT */
/* <user/memory.h> of native servers: the kernel's heap. */
#include <kernel/port.h>
#include <user/memory.h>

void *memory_allocate(size_t size) {
    return port_allocate(size);
}

void memory_release(void *memory, size_t size) {
    port_release(memory, size);
}
