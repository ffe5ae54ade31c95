/* SPDX-License-Identifier: MIT */
/* See user/key.h. A life is known by the time at which it asked for a key first; none is 0. */
#include <user/key.h>

constexpr uint32_t KIND_BITS = 8;

static uint64_t life;

uint64_t key_make(uint8_t kind) {
    life = life != 0 ? life : system_time_get() << KIND_BITS;
    return life | kind;
}

bool key_is_ours(uint64_t badge, uint8_t *kind) {
    *kind = (uint8_t)badge;
    return life != 0 && badge - *kind == life;
}
