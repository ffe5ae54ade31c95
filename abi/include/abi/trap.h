/* SPDX-License-Identifier: MIT */
/* enum trap: how a program ended by its own fault. The list is in trap.def. */
#pragma once
#include <stdint.h>

enum trap : uint32_t {
#define TRAP(name, number, text) name = (number),
#include <abi/trap.def>
#undef TRAP
};

/* What a trap is called in messages to people. Never fails. */
static inline const char *trap_text(uint32_t trap) {
    switch (trap) {
#define TRAP(name, number, text)                                                                   \
    case number:                                                                                   \
        return text;
#include <abi/trap.def>
#undef TRAP
    default:
        return "unknown trap";
    }
}
