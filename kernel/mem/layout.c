/* SPDX-License-Identifier: MIT */
/* What lies where in the upper half of addresses: 128 TiB of them, or 256 GiB. */
#include <base/ensure.h>
#include <kernel/memory.h>

const struct memory_layout *memory_layout(void) {
    static const struct memory_layout wide = {
        .direct = 0xFFFF'8000'0000'0000,
        .direct_size = 0x0000'4000'0000'0000, /* 64 TiB */
        .ranges = 0xFFFF'C000'0000'0000,
        .ranges_end = 0xFFFF'F000'0000'0000, /* 48 TiB */
    };
    static const struct memory_layout narrow = {
        .direct = 0xFFFF'FFC0'0000'0000,
        .direct_size = 0x0000'0010'0000'0000, /* 64 GiB */
        .ranges = 0xFFFF'FFD0'0000'0000,
        .ranges_end = 0xFFFF'FFFF'0000'0000, /* 188 GiB */
    };
    ensure(mmu_levels() == 3 || mmu_levels() == 4);
    return mmu_levels() == 4 ? &wide : &narrow;
}
