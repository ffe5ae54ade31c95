/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the gates, and what programs export.
 *
 * A command exports `_start: () -> ()`. A handler exports `handle: (i32 message) -> ()`, which is
 * called once per message with the address that the exported function `start: () -> (i32)`
 * returned: a struct message whose payload and payload_capacity name its receive buffer. The kernel
 * fills it before each turn; the handler may keep nothing of it across turns.
 */
#pragma once
#include <stdint.h>

constexpr uint64_t DEADLINE_NOW = 0;
constexpr uint64_t DEADLINE_NEVER = INT64_MAX;

enum gate : uint32_t {
#define GATE(name, parameters, results, text) GATE_##name,
#include <abi/system.def>
#undef GATE
    GATE_COUNT,
};
