/* SPDX-License-Identifier: MIT */
/* One step per part of the path; a link's target is put before the rest and walked like it. */
#include "walk.h"

/* Puts text before the rest; behind it a '/' when something, or nothing but a '/', follows. */
static status_t put(struct walk *walk, struct text text, bool slash) {
    if (text.size + slash > walk->next) {
        return ERR_NAME_TOO_LONG;
    }
    if (slash) {
        walk->text[--walk->next] = '/';
    }
    walk->next -= (uint32_t)text.size;
    memcpy(walk->text + walk->next, text.bytes, text.size);
    return OK;
}

/* Takes the next part, and the slashes behind it. */
static struct text take(struct walk *walk, bool *slash) {
    struct text part = {walk->text + walk->next, 0};
    while (walk->next < WALK_TEXT_MAX && walk->text[walk->next] != '/') {
        walk->next++;
        part.size++;
    }
    *slash = walk->next < WALK_TEXT_MAX;
    while (walk->next < WALK_TEXT_MAX && walk->text[walk->next] == '/') {
        walk->next++;
    }
    return part;
}

static status_t follow_link(struct walk *walk, const struct node *node, bool slash) {
    struct text target = {node->link.target, node->link.size};
    if (++walk->links > WALK_LINKS_MAX) {
        return ERR_LOOP;
    }
    if (target.bytes[0] == '/') {
        return ERR_DENIED;
    }
    return put(walk, target, slash);
}

/* Is it "." or ".."? Then the walk has gone there. */
static status_t step_dots(struct walk *walk, struct text part, bool *stepped) {
    *stepped = text_equal(part, text_of("."));
    if (!text_equal(part, text_of(".."))) {
        return OK;
    }
    *stepped = true;
    if (walk->at == walk->base) {
        return ERR_DENIED;
    }
    if (walk->at->directory.parent == nullptr) {
        return ERR_NOT_FOUND;
    }
    walk->at = walk->at->directory.parent;
    return OK;
}

/* Steps to what the part names, which is not the last. */
static status_t step_down(struct walk *walk, struct node *node) {
    if (node == nullptr) {
        return ERR_NOT_FOUND;
    }
    if (node->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    walk->at = node;
    return OK;
}

static status_t arrive(struct walk *walk, struct text name, struct node *node, bool slash,
                       struct place *out) {
    if (slash && node != nullptr && node->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    *out =
        (struct place){.directory = walk->at, .name = name, .node = node, .wants_directory = slash};
    return OK;
}

/* One part; *done when the path has ended, at *out. */
static status_t step(struct walk *walk, bool follow, struct place *out, bool *done) {
    bool slash, stepped;
    struct text part = take(walk, &slash);
    bool last = walk->next == WALK_TEXT_MAX;
    status_t status = step_dots(walk, part, &stepped);
    if (status != OK || stepped) {
        *done = last;
        *out = (struct place){.node = walk->at, .wants_directory = true};
        return status;
    }
    if (part.size > FILE_NAME_MAX) {
        return ERR_NAME_TOO_LONG;
    }
    struct node *node = directory_find(walk->at, part);
    if (node != nullptr && node->kind == FILE_KIND_SYMLINK && (!last || follow || slash)) {
        return follow_link(walk, node, slash);
    }
    *done = last;
    return last ? arrive(walk, part, node, slash, out) : step_down(walk, node);
}

status_t path_walk(struct walk *walk, struct node *base, struct text path, bool follow,
                   struct place *out) {
    if (path.bytes[0] == '/') {
        return ERR_DENIED;
    }
    walk->base = walk->at = base;
    walk->links = 0;
    walk->next = WALK_TEXT_MAX;
    status_t status = put(walk, path, false);
    for (bool done = false; status == OK && !done;) {
        status = step(walk, follow, out, &done);
    }
    return status;
}
