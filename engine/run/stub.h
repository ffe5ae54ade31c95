/* SPDX-License-Identifier: MIT */
/* What context.c and stub.c share: where the stubs of an engine lie. */
#pragma once
#include <base/string.h>
#include <engine/private.h>
#include <engine/target.h>

constexpr uint32_t LAZY_CHUNK = 1024; /* functions */
constexpr uint32_t LAZY_CHUNK_COUNT = LIMIT_FUNCTIONS / LAZY_CHUNK + 1;

struct stubs {
    const void *enter, *trap, *helper, *leaves[LEAF_COUNT], *relays[RELAY_COUNT];
    uint32_t enter_size, relay_sizes[RELAY_COUNT]; /* bytes */
    _Atomic(struct compiler *) idle;
    _Atomic(const void *) lazy[LAZY_CHUNK_COUNT];
};
