/* SPDX-License-Identifier: MIT */
/*
 * hash_bytes: SipHash-1-3 (Aumasson, Bernstein 2012) under a fixed key. Whoever chooses the bytes
 * cannot choose the hash: finding two that collide takes some 2^32 trials, and many that collide
 * some 2^64.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t size);
