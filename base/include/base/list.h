/* SPDX-License-Identifier: MIT */
/* An intrusive doubly linked ring list. A node outside any list has next == NULL. */
#pragma once
#include <stddef.h>

struct list_node {
    struct list_node *next, *previous;
};

struct list {
    struct list_node head;
};

static inline void list_init(struct list *list) {
    list->head.next = list->head.previous = &list->head;
}

static inline bool list_is_empty(const struct list *list) {
    return list->head.next == &list->head;
}

static inline void list_append(struct list *list, struct list_node *node) {
    node->previous = list->head.previous;
    node->next = &list->head;
    node->previous->next = node;
    list->head.previous = node;
}

static inline void list_prepend(struct list *list, struct list_node *node) {
    node->next = list->head.next;
    node->previous = &list->head;
    node->next->previous = node;
    list->head.next = node;
}

static inline void list_remove(struct list_node *node) {
    node->previous->next = node->next;
    node->next->previous = node->previous;
    node->next = node->previous = nullptr;
}

/* The oldest node, taken out; NULL when empty. */
static inline struct list_node *list_take(struct list *list) {
    if (list_is_empty(list)) {
        return nullptr;
    }
    struct list_node *node = list->head.next;
    list_remove(node);
    return node;
}

#define list_owner(node, type, member) ((type *)((char *)(node) - offsetof(type, member)))
