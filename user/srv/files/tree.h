/* SPDX-License-Identifier: MIT */
/*
 * What can be done with places in the tree: make, remove, move. Each checks what POSIX says it
 * checks and leaves the tree as it was when it fails.
 *
 * ERR_READ_ONLY where the tree comes from the archive.
 */
#pragma once
#include "walk.h"

/* "/" and "/tmp"; made at the first call. NULL: no space. */
struct node *tree_root(void);

/* A new, empty file, held for the caller. */
status_t tree_make_file(const struct place *place, struct node **out);
status_t tree_make_directory(const struct place *place);
status_t tree_make_link(const struct place *place, struct text target);
/* A second name for a node that is no directory. */
status_t tree_link(struct node *node, const struct place *place);
status_t tree_unlink(const struct place *place);
status_t tree_remove_directory(const struct place *place);
status_t tree_rename(const struct place *from, const struct place *to);
