/* SPDX-License-Identifier: MIT */
/*
 * Open files and directories: what each badge stands for.
 *
 * A badge is an index and, above it, how often that place was used before, so that one that is gone
 * stands for nothing. The root's is FILES_ROOT and stays.
 */
#pragma once
#include "node.h"

struct open {
    struct node *node; /* held; NULL: nobody has this place */
    uint64_t rights;   /* FILE_RIGHT_ bits */
    bool changes;      /* its times may be set: what it was opened through may write */
    uint32_t uses;
    uint32_t next_free;
};

/* NULL when the badge stands for nothing. Good until the next open_create(). */
struct open *open_find(uint64_t badge);
/* ERR_NO_SPACE, ERR_FULL. */
status_t open_create(struct node *node, uint64_t rights, bool changes, uint64_t *badge);
void open_destroy(uint64_t badge);
/* Lets FILES_ROOT stand for this directory. False: no space. */
bool open_root_set(struct node *node);
