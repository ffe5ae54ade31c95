/* SPDX-License-Identifier: MIT */
/* The flush of all cores. What they read is the caller's, who waits until they have; it does not
 * change meanwhile. */
#include "flush.h"
#include "check.h"
#include <arch/core.h>
#include <base/checked.h>
#include <base/ensure.h>

constexpr size_t SINGLY_MAX = 64; /* pages */

void flush_add(struct flush *flush, uintptr_t base, size_t size) {
    ensure(flush->count < FLUSH_PARTS_MAX);
    flush->parts[flush->count++] = (struct mmu_part){base, size};
    flush->pages += align_up(size, PAGE_SIZE) / PAGE_SIZE;
    flush->whole |= flush->pages > SINGLY_MAX;
}

static void flush_here(void *data) {
    const struct flush *flush = data;
    if (flush->root != 0 && mmu_root_get() != flush->root) {
        return; /* and forgets when it comes to walk from there */
    }
    if (flush->whole) {
        mmu_flush_all();
        return;
    }
    for (size_t i = 0; i < flush->count; i++) {
        for (size_t done = 0; done < flush->parts[i].size; done += PAGE_SIZE) {
            mmu_flush_page(flush->parts[i].base + done);
        }
    }
}

void flush_everywhere(const struct flush *flush) {
    struct flush copy = *flush;
    check_lock_none();
    if (mmu_flush_cores(copy.parts, copy.whole ? 0 : copy.count)) {
        return;
    }
    flush_here(&copy);
    cores_call(flush_here, &copy);
}
