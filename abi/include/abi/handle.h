/* SPDX-License-Identifier: MIT */
/*
 * handle_t: a capability, as its owner sees it. Low 20 bits: index into the process's handle table;
 * high 12 bits: generation of that entry, so that a stale number is an error and not another
 * object. 0 is never a handle.
 */
#pragma once
#include <stdint.h>

typedef uint32_t handle_t;

constexpr handle_t HANDLE_NONE = 0;
constexpr uint32_t HANDLE_INDEX_BITS = 20;
