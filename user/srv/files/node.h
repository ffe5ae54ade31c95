/* SPDX-License-Identifier: MIT */
/*
 * Nodes: files, directories and symbolic links, and the entries by which directories name them.
 *
 * A node lives while an entry names it (`links`) or someone holds it (`holders`: open files, and
 * the root). A directory's entries lie in the order in which they were made, each with a number
 * that only grows, so a listing can go on after any number whatever was added or removed meanwhile;
 * an index by hash finds names.
 *
 *   index:   | 0 | 3 | 0 | 1 | ...        position in entries + 1; 0: empty; open addressing
 *   entries: | a 3 | (removed) | b 5 | ...  in order of their numbers
 */
#pragma once
#include "data.h"
#include <base/string.h>
#include <proto/file.h>

struct node;

struct entry {
    struct node *node; /* NULL: removed */
    char *name;
    uint32_t name_size;
    uint32_t hash;
    uint64_t number;
};

struct directory {
    struct node *parent; /* the root's is itself; NULL once removed */
    struct entry *entries;
    uint32_t *index;
    uint32_t used, capacity; /* of entries, those removed included; capacity is a power of 2 */
    uint32_t live;
    uint32_t subdirectories;
    uint64_t next_number;
};

struct link {
    char *target;
    uint32_t size;
};

struct node {
    enum file_kind kind;
    bool read_only; /* its bytes, times and entries never change */
    uint32_t links;
    uint32_t holders;
    uint64_t inode;
    uint64_t access_ns, modification_ns, change_ns;
    union {
        struct data data;
        struct directory directory;
        struct link link;
    };
};

/* Cookies of FILE_LIST: those of the two entries that every directory has, then entries' numbers.
 */
constexpr uint64_t NUMBER_SELF = 1;
constexpr uint64_t NUMBER_PARENT = 2;
constexpr uint64_t NUMBER_FIRST = 3;

/* A node that nothing names yet, with one holder. NULL: no space. */
struct node *node_create(enum file_kind kind);
struct node *node_create_link(struct text target);
struct node *node_hold(struct node *node);
void node_drop(struct node *node);
void node_stat(const struct node *node, struct file_stat *out);
/* Its content, or its entries, have changed now. */
void node_touch(struct node *node);

/* What a directory names so; NULL when nothing. */
struct node *directory_find(const struct node *directory, struct text name);
/* Names a node. The name must not be there. ERR_NO_SPACE. */
status_t directory_add(struct node *directory, struct text name, struct node *node);
/* Takes away a name that is there. */
void directory_remove(struct node *directory, struct text name);
/* A name that is there names `node` instead. */
void directory_replace(struct node *directory, struct text name, struct node *node);
/* The first entry whose number is above `number`; NULL at the end. */
const struct entry *directory_next(const struct node *directory, uint64_t number);
/* Is `directory` the node itself or somewhere below it? */
bool directory_is_below(const struct node *directory, const struct node *node);
