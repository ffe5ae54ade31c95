/* SPDX-License-Identifier: MIT */
/*
 * Keys of sends, for processes that may be restarted: what an earlier life asked for is answered to
 * this one, and means nothing to it.
 */
#pragma once
#include <user/system.h>

/* For a send() of this life, and of this kind. */
uint64_t key_make(uint8_t kind);
/* Is it an answer to this life? Then *kind is of what. */
bool key_is_ours(uint64_t badge, uint8_t *kind);
