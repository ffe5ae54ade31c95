/* SPDX-License-Identifier: MIT */
/* What context.c and stub.c share: where the stubs of an engine lie. */
#pragma once
#include <base/string.h>
#include <engine/private.h>
#include <engine/target.h>

/* Stubs that compile are made in chunks: for functions 0 to 127, 128 to 255, 256 to 511 and so on,
 * each as many as all before, and from the largest size on each that many. */
constexpr uint32_t LAZY_FIRST = 128;
constexpr uint32_t LAZY_CHUNK = 4096;
constexpr uint32_t LAZY_DOUBLINGS = 5;
static_assert(LAZY_FIRST << LAZY_DOUBLINGS == LAZY_CHUNK);
constexpr uint32_t LAZY_CHUNK_COUNT = LAZY_DOUBLINGS + LIMIT_FUNCTIONS / LAZY_CHUNK + 1;

struct stubs {
    const void *go, *start, *finish, *preempt, *resume, *helper;
    const void *leaves[LEAF_COUNT], *relays[RELAY_COUNT];
    uint32_t finish_size, resume_size, relay_sizes[RELAY_COUNT]; /* bytes */
    struct stub_links links;
    _Atomic(struct compiler *) idle;
    _Atomic(struct validate_scratch *) idle_scratch;
    _Atomic(struct assembler *) idle_assembler;
    _Atomic(const void *) lazy[LAZY_CHUNK_COUNT];
};

/* context.c: called by stub_stop. */
struct context *context_stopped(struct context *context);
