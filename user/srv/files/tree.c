/* SPDX-License-Identifier: MIT */
/* Changes of the tree, with the checks that each needs. */
#include "tree.h"
#include <base/ensure.h>

static struct node *root;

static bool make_root(void) {
    struct node *node = node_create(FILE_KIND_DIRECTORY);
    struct node *tmp = node_create(FILE_KIND_DIRECTORY);
    if (node == nullptr || tmp == nullptr || directory_add(node, text_of("tmp"), tmp) != OK) {
        if (node != nullptr) {
            node_drop(node);
        }
        if (tmp != nullptr) {
            node_drop(tmp);
        }
        return false;
    }
    node_drop(tmp);
    node->read_only = true;
    node->links = 1;
    node->directory.parent = node;
    root = node;
    return true;
}

struct node *tree_root(void) {
    if (root == nullptr && !make_root()) {
        return nullptr;
    }
    return root;
}

/* May the directory's entries change? */
static status_t check_changes(const struct node *directory) {
    if (directory->links == 0) {
        return ERR_NOT_FOUND; /* it was removed, and someone still has it open */
    }
    return directory->read_only ? ERR_READ_ONLY : OK;
}

/* May an entry be made there? */
static status_t check_new(const struct place *place) {
    if (place->node != nullptr || place->directory == nullptr) {
        return ERR_EXISTS;
    }
    return check_changes(place->directory);
}

/* Adds a new node, which the caller holds, or drops it. */
static status_t add(const struct place *place, struct node *node) {
    if (node == nullptr) {
        return ERR_NO_SPACE;
    }
    status_t status = directory_add(place->directory, place->name, node);
    if (status != OK) {
        node_drop(node);
        return status;
    }
    node_touch(place->directory);
    return OK;
}

status_t tree_make_file(const struct place *place, struct node **out) {
    status_t status = check_new(place);
    if (status != OK) {
        return status;
    }
    if (place->wants_directory) {
        return ERR_IS_DIRECTORY;
    }
    *out = node_create(FILE_KIND_REGULAR);
    return add(place, *out);
}

status_t tree_make_directory(const struct place *place) {
    status_t status = check_new(place);
    if (status != OK) {
        return status;
    }
    struct node *node = node_create(FILE_KIND_DIRECTORY);
    status = add(place, node);
    if (status == OK) {
        node_drop(node);
    }
    return status;
}

status_t tree_make_link(const struct place *place, struct text target) {
    status_t status = check_new(place);
    if (status != OK) {
        return status;
    }
    if (place->wants_directory) {
        return ERR_NOT_FOUND;
    }
    struct node *node = node_create_link(target);
    status = add(place, node);
    if (status == OK) {
        node_drop(node);
    }
    return status;
}

status_t tree_link(struct node *node, const struct place *place) {
    if (node->kind == FILE_KIND_DIRECTORY) {
        return ERR_DENIED;
    }
    status_t status = check_new(place);
    if (status != OK) {
        return status;
    }
    if (place->wants_directory) {
        return ERR_NOT_FOUND;
    }
    if (node->read_only) {
        return ERR_CROSS_DEVICE;
    }
    status = directory_add(place->directory, place->name, node);
    if (status == OK) {
        node_touch(place->directory);
    }
    return status;
}

static void remove_entry(const struct place *place) {
    directory_remove(place->directory, place->name);
    node_touch(place->directory);
}

status_t tree_unlink(const struct place *place) {
    if (place->node == nullptr) {
        return ERR_NOT_FOUND;
    }
    if (place->node->kind == FILE_KIND_DIRECTORY) {
        return ERR_IS_DIRECTORY;
    }
    status_t status = check_changes(place->directory);
    if (status == OK) {
        remove_entry(place);
    }
    return status;
}

status_t tree_remove_directory(const struct place *place) {
    if (place->node == nullptr) {
        return ERR_NOT_FOUND;
    }
    if (place->node->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    if (place->directory == nullptr) {
        return ERR_INVALID; /* "." */
    }
    status_t status = check_changes(place->directory);
    if (status != OK) {
        return status;
    }
    if (place->node->directory.live > 0) {
        return ERR_NOT_EMPTY;
    }
    remove_entry(place);
    return OK;
}

/* May `node` take the place of `old`? */
static status_t check_replaces(const struct node *node, const struct node *old) {
    bool directory = node->kind == FILE_KIND_DIRECTORY;
    if (directory && old->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    if (!directory && old->kind == FILE_KIND_DIRECTORY) {
        return ERR_IS_DIRECTORY;
    }
    return directory && old->directory.live > 0 ? ERR_NOT_EMPTY : OK;
}

static status_t check_rename(const struct place *from, const struct place *to) {
    if (from->node == nullptr) {
        return ERR_NOT_FOUND;
    }
    if (from->directory == nullptr || to->directory == nullptr) {
        return ERR_BUSY; /* "." or ".." */
    }
    bool directory = from->node->kind == FILE_KIND_DIRECTORY;
    if (to->wants_directory && !directory) {
        return ERR_NOT_DIRECTORY;
    }
    status_t status = check_changes(from->directory);
    if (status == OK) {
        status = check_changes(to->directory);
    }
    if (status != OK) {
        return status;
    }
    if (directory && directory_is_below(to->directory, from->node)) {
        return ERR_INVALID;
    }
    return to->node != nullptr && to->node != from->node ? check_replaces(from->node, to->node)
                                                         : OK;
}

/* Two names of one node: nothing happens, says POSIX. The new name is made before the old one goes,
 * so that a lack of space loses nothing. */
status_t tree_rename(const struct place *from, const struct place *to) {
    status_t status = check_rename(from, to);
    if (status != OK || to->node == from->node) {
        return status;
    }
    if (to->node != nullptr) {
        directory_replace(to->directory, to->name, from->node);
    } else {
        status = directory_add(to->directory, to->name, from->node);
        if (status != OK) {
            return status;
        }
    }
    remove_entry(from);
    node_touch(to->directory);
    return OK;
}
