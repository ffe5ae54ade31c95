/* SPDX-License-Identifier: MIT */
/* Files of a cpio archive that have several names: which node is whose, while one is read. */
#pragma once
#include "node.h"

/* The node that was added for this file; NULL when none was. Borrowed. */
struct node *shared_find(uint64_t file);
/* Remembers and holds the node. ERR_NO_SPACE. */
status_t shared_add(uint64_t file, struct node *node);
/* Forgets all. */
void shared_fini(void);
