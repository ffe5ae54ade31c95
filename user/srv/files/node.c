/* SPDX-License-Identifier: MIT */
/* Nodes: made, held, dropped, described. */
#include "node.h"
#include "space.h"
#include <base/ensure.h>
#include <user/device.h>

constexpr uint64_t DEVICE_ARCHIVE = 1;
constexpr uint64_t DEVICE_MEMORY = 2;

static uint64_t last_inode;

struct node *node_create(enum file_kind kind) {
    struct node *node = space_allocate(sizeof *node);
    if (node == nullptr) {
        return nullptr;
    }
    node->kind = kind;
    node->holders = 1;
    node->inode = ++last_inode;
    if (kind == FILE_KIND_DIRECTORY) {
        node->directory.next_number = NUMBER_FIRST;
    }
    node_touch(node);
    node->access_ns = node->modification_ns;
    return node;
}

struct node *node_create_link(struct text target) {
    struct node *node = node_create(FILE_KIND_SYMLINK);
    if (node == nullptr) {
        return nullptr;
    }
    node->link.target = space_allocate(target.size);
    if (node->link.target == nullptr) {
        node_drop(node);
        return nullptr;
    }
    memcpy(node->link.target, target.bytes, target.size);
    node->link.size = (uint32_t)target.size;
    return node;
}

struct node *node_hold(struct node *node) {
    node->holders++;
    return node;
}

static void destroy(struct node *node) {
    if (node->kind == FILE_KIND_REGULAR) {
        data_fini(&node->data);
    } else if (node->kind == FILE_KIND_SYMLINK) {
        space_release(node->link.target, node->link.size);
    } else {
        struct directory *directory = &node->directory;
        ensure(directory->live == 0);
        space_release(directory->entries, directory->capacity * sizeof directory->entries[0]);
        space_release(directory->index, directory->capacity * 2 * sizeof directory->index[0]);
    }
    space_release(node, sizeof *node);
}

void node_drop(struct node *node) {
    ensure(node->holders > 0);
    if (--node->holders == 0 && node->links == 0) {
        destroy(node);
    }
}

static uint64_t size_of(const struct node *node) {
    switch (node->kind) {
    case FILE_KIND_REGULAR:
        return node->data.size;
    case FILE_KIND_SYMLINK:
        return node->link.size;
    default:
        return (uint64_t)node->directory.live * sizeof(struct entry);
    }
}

void node_stat(const struct node *node, struct file_stat *out) {
    bool directory = node->kind == FILE_KIND_DIRECTORY;
    /* As on Unix: a directory is also named by its own "." and by the ".." of those in it. */
    uint64_t links = directory ? node->links + 1 + node->directory.subdirectories : node->links;
    *out = (struct file_stat){.device = node->read_only ? DEVICE_ARCHIVE : DEVICE_MEMORY,
                              .inode = node->inode,
                              .link_count = links,
                              .size = size_of(node),
                              .access_time_ns = node->access_ns,
                              .modification_time_ns = node->modification_ns,
                              .change_time_ns = node->change_ns,
                              .kind = node->kind};
}

void node_touch(struct node *node) {
    int64_t now = device_wall_time_ns();
    node->modification_ns = node->change_ns = now > 0 ? (uint64_t)now : 0;
}
