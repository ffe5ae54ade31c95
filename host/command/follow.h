/* SPDX-License-Identifier: MIT */
/* Follows the log of a booted kernel: how its program ended, and the last of what was said. */
#pragma once
#include <stddef.h>

constexpr size_t FOLLOW_KEPT = 64 * 1024;

struct follow {
    bool kernel;    /* the kernel has spoken, so its serial lines are set up */
    bool exited;    /* "copper: exit N" was seen; exit_code is N */
    bool last_word; /* nothing that matters comes any more, whether the machine goes off or not */
    int exit_code;
    /* Takes what the kernel says about the program: a trap's trace, why it was refused. */
    void (*complain)(const char *text);
    char line[1024]; /* the current one's start */
    size_t line_size;
    char kept[FOLLOW_KEPT];
    size_t kept_size;
};

void follow_take(struct follow *follow, const char *bytes, size_t size);
