/* SPDX-License-Identifier: MIT */
/* What the files of the profiler share: names, and the tree of samples. */
#pragma once
#include "profile.h"
#include <stdio.h>

/* Names have numbers. The first are those of frames that are no functions. */
enum name : uint32_t {
    NAME_ALL,
    NAME_OUTSIDE,
    NAME_KERNEL,
    NAME_COMPILER,
    NAME_HELPER,
    NAME_STUB,
    NAME_CUT, /* stands for the callers that are not known */
    NAME_UNKNOWN,
    NAME_FUNCTIONS,
};

/* names.c. False: no memory, or no map; it has been said. */
bool names_start(const struct profile_config *config);
void names_finish(void);
/* The name of the code that starts there. Async-signal-safe. */
uint32_t name_at(const void *start);
const char *name_text(uint32_t name);

/* A node of the tree of calls. A parent lies before its children; node 0 is the root. */
struct node {
    uint32_t parent, name;
    uint64_t count; /* milliseconds in itself */
};

/* tree.c. A tree of fixed size, so that a signal handler can grow it. */
bool tree_create(void);
/* The child of that name; UINT32_MAX: there is no room for it. Async-signal-safe, in bounded time.
 */
uint32_t tree_child(uint32_t parent, uint32_t name);
void tree_count(uint32_t node, uint64_t more);
const struct node *tree_nodes(uint32_t *count);

/* sampler.c */
bool sampler_start(void);
/* Milliseconds that are in no node, for want of room. */
uint64_t sampler_stop(void);

/* folded.c, flame.c: to a file, whose errors the caller looks for. False: no memory. */
void folded_write(FILE *file);
bool flame_write(FILE *file, uint64_t lost);
