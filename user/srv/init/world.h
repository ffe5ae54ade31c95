/* SPDX-License-Identifier: MIT */
/*
 * The processes of a wiring file: made all at first, so that each can have handles to each, and
 * then begun in the order of the file. What ends is minded by its policy.
 */
#pragma once
#include "policy.h"
#include <user/system.h>

/* What init leaves with when all is over and nobody else says a number. */
constexpr uint32_t EXIT_BROKEN = 1, EXIT_TRAPPED = 134;

/* Does what the file "wiring" of the initrd says. False: nothing runs, which has been logged. */
bool world_begin(void);

/* MESSAGE_ENDED of one of them. May end init, when that process was to stop the machine or was the
 * last one. */
void world_ended(const struct message *message);
