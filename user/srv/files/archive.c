/* SPDX-License-Identifier: MIT */
/*
 * An archive becomes part of the tree. File contents stay where they are, in the archive; all that
 * comes from it is read-only, but for what it has below /tmp: that is copied, and as writable as
 * whatever is made there (files of several names stay read-only). An entry for something that is
 * there already replaces it, as unpacking would; directories on the way are made when the archive
 * does not name them.
 */
#include "shared.h"
#include "source.h"
#include "tree.h"

constexpr uint64_t SECOND = 1'000'000'000;
constexpr uint32_t COPY_PART = 16 * 1024;

/* The next part of a path that is neither empty nor "."; empty at the end. */
static struct text next_part(struct text *rest) {
    struct text part = {nullptr, 0};
    while (rest->size > 0 && (part.size == 0 || text_equal(part, text_of(".")))) {
        part = text_split(rest, '/');
    }
    return text_equal(part, text_of(".")) ? (struct text){nullptr, 0} : part;
}

static bool is_name(struct text part) {
    return part.size <= FILE_NAME_MAX && !text_equal(part, text_of("..")) &&
           utf8_valid((const uint8_t *)part.bytes, part.size);
}

static bool is_borrowed(const struct node *node) {
    return node->kind == FILE_KIND_REGULAR && node->data.borrowed;
}

/* Names a new node, which the caller holds, and lets go of it. */
static status_t add_node(struct node *directory, struct text name, struct node *node,
                         uint64_t modification_ns) {
    if (node == nullptr) {
        return ERR_NO_SPACE;
    }
    node->read_only = directory->read_only || is_borrowed(node);
    node->access_ns = node->modification_ns = node->change_ns = modification_ns;
    struct node *old = directory_find(directory, name);
    status_t status = OK;
    if (old == nullptr) {
        status = directory_add(directory, name, node);
    } else if (old->kind == FILE_KIND_DIRECTORY || node->kind == FILE_KIND_DIRECTORY) {
        status = ERR_CORRUPT;
    } else {
        directory_replace(directory, name, node);
    }
    node_drop(node);
    return status;
}

/* Finds the directory that the path's last part belongs to, making what is missing. *last is empty
 * when the path is the root itself. */
static status_t descend(struct text path, uint64_t modification_ns, struct node **directory,
                        struct text *last) {
    struct node *at = tree_root();
    struct text part = next_part(&path);
    for (struct text next = next_part(&path); next.size > 0; next = next_part(&path)) {
        if (!is_name(part)) {
            return ERR_CORRUPT;
        }
        if (directory_find(at, part) == nullptr) {
            struct node *made = node_create(FILE_KIND_DIRECTORY);
            status_t status = add_node(at, part, made, modification_ns);
            if (status != OK) {
                return status;
            }
        }
        at = directory_find(at, part);
        if (at->kind != FILE_KIND_DIRECTORY) {
            return ERR_CORRUPT;
        }
        part = next;
    }
    *directory = at;
    *last = part;
    return is_name(part) ? OK : ERR_CORRUPT;
}

static status_t add_directory(struct node *directory, struct text name, uint64_t modification_ns) {
    struct node *old = name.size > 0 ? directory_find(directory, name) : directory;
    if (old == nullptr) {
        return add_node(directory, name, node_create(FILE_KIND_DIRECTORY), modification_ns);
    }
    if (old->kind != FILE_KIND_DIRECTORY) {
        return ERR_CORRUPT;
    }
    old->modification_ns = old->change_ns = modification_ns;
    return OK;
}

static void data_set(struct node *node, const struct archive_entry *entry, uint64_t place) {
    node->data.borrowed = true;
    node->data.place = place;
    node->data.size = entry->size;
}

/* ERR_NO_SPACE: what fits was copied. */
static status_t data_copy(struct node *node, const struct archive_entry *entry, uint64_t place) {
    static uint8_t buffer[COPY_PART];
    status_t status = OK;
    for (uint64_t at = 0; status == OK && at < entry->size;) {
        uint64_t left = entry->size - at;
        uint32_t written = 0, part = left < COPY_PART ? (uint32_t)left : COPY_PART;
        const uint8_t *bytes = source_read(place + at, &part, buffer);
        status = part > 0 ? data_write(&node->data, at, bytes, part, &written) : ERR_CORRUPT;
        at += written;
    }
    return status;
}

static status_t add_file(struct node *directory, const struct archive_entry *entry, uint64_t place,
                         struct text name, uint64_t modification_ns) {
    struct node *node = node_create(FILE_KIND_REGULAR);
    status_t status = OK;
    if (node != nullptr && directory->read_only) {
        data_set(node, entry, place);
    } else if (node != nullptr) {
        status = data_copy(node, entry, place);
    }
    if (status != OK) {
        node_drop(node);
        return status;
    }
    return add_node(directory, name, node, modification_ns);
}

/* One of several names of a file, whose data may come with a later one. */
static status_t add_shared(struct node *directory, const struct archive_entry *entry,
                           uint64_t place, struct text name, uint64_t modification_ns) {
    struct node *node = shared_find(entry->file);
    if (node == nullptr) {
        node = node_create(FILE_KIND_REGULAR);
        if (node == nullptr) {
            return ERR_NO_SPACE;
        }
        if (shared_add(entry->file, node) != OK) {
            node_drop(node);
            return ERR_NO_SPACE;
        }
    } else {
        node_hold(node);
    }
    if (entry->size > 0) {
        data_set(node, entry, place);
    }
    return add_node(directory, name, node, modification_ns);
}

static status_t add_symlink(struct node *directory, struct text target, struct text name,
                            uint64_t modification_ns) {
    if (target.size == 0 || !utf8_valid((const uint8_t *)target.bytes, target.size)) {
        return ERR_CORRUPT;
    }
    return add_node(directory, name, node_create_link(target), modification_ns);
}

/* The target must have come before. */
static status_t add_hard_link(struct node *directory, struct text target, struct text name,
                              uint64_t modification_ns) {
    struct node *from;
    struct text last;
    status_t status = descend(target, modification_ns, &from, &last);
    if (status != OK) {
        return status;
    }
    struct node *node = last.size > 0 ? directory_find(from, last) : nullptr;
    if (node == nullptr || node->kind == FILE_KIND_DIRECTORY) {
        return ERR_CORRUPT;
    }
    return add_node(directory, name, node_hold(node), node->modification_ns);
}

status_t archive_entry_add(const struct archive_entry *entry, uint64_t place) {
    uint64_t modification_ns =
        entry->modification_s < INT64_MAX / SECOND ? entry->modification_s * SECOND : 0;
    struct node *directory;
    struct text name;
    status_t status = descend(entry->name, modification_ns, &directory, &name);
    if (status != OK) {
        return status;
    }
    if (entry->kind == ARCHIVE_DIRECTORY) {
        return add_directory(directory, name, modification_ns);
    }
    if (name.size == 0) {
        return ERR_CORRUPT;
    }
    switch (entry->kind) {
    case ARCHIVE_FILE:
        return (entry->shared ? add_shared : add_file)(directory, entry, place, name,
                                                       modification_ns);
    case ARCHIVE_SYMLINK:
        return add_symlink(directory, entry->target, name, modification_ns);
    case ARCHIVE_HARD_LINK:
        return add_hard_link(directory, entry->target, name, modification_ns);
    default:
        return OK; /* devices and the like are not kept */
    }
}

void archive_entries_end(void) {
    shared_fini();
}
