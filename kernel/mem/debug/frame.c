/* SPDX-License-Identifier: MIT */
/* Free frames hold POISON, all of them and whole: the allocator keeps nothing there. */
#include "../check.h"
#include "poison.h"
#include <base/string.h>
#include <kernel/frame.h>
#include <kernel/panic.h>

void check_frames_freed(physical_t start, size_t count) {
    memset(memory_at(start), POISON, count * PAGE_SIZE);
}

void check_frames_taken(physical_t start, size_t count) {
    const void *spoilt = poison_find_other(memory_at(start), count * PAGE_SIZE);
    if (spoilt != nullptr) {
        panic("free memory was written to at physical address %lx",
              (unsigned long)((uintptr_t)spoilt - memory_direct));
    }
}
