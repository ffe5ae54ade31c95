/* SPDX-License-Identifier: MIT */
/*
 * From a path to a node. Whatever the path and the symbolic links on its way say, the walk never
 * leaves the directory that it starts at.
 */
#pragma once
#include "node.h"

constexpr uint32_t WALK_LINKS_MAX = 40;
constexpr uint32_t WALK_TEXT_MAX = 2 * FILE_PATH_MAX;

/* What is left of the path lies at the end of `text`, so that a link's target can be put before it:
 *     | ............. | target / rest of the path |     */
struct walk {
    struct node *base, *at;
    uint32_t links; /* followed so far */
    uint32_t next;  /* where the rest begins */
    char text[WALK_TEXT_MAX];
};

/* What a path leads to. */
struct place {
    struct node *directory; /* that has or may get the entry; NULL: the path ends in "." or ".." */
    struct text name;       /* of the entry, within the walk's text */
    struct node *node;      /* NULL: there is none */
    bool wants_directory;   /* the path ends in '/' */
};

/* Follows a path that has been checked (user/file_request.h) from `base`, a directory. A symbolic
 * link at its end is followed if `follow` or if a '/' is behind it. ERR_NOT_FOUND: a directory on
 * the way is missing; ERR_NOT_DIRECTORY; ERR_DENIED: it would leave base; ERR_LOOP;
 * ERR_NAME_TOO_LONG. */
status_t path_walk(struct walk *walk, struct node *base, struct text path, bool follow,
                   struct place *out);
