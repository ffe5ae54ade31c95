/* SPDX-License-Identifier: MIT */
/* status_t: what went wrong in the world. The list is in status.def. */
#pragma once
#include <stdint.h>

enum [[nodiscard]] status : int32_t {
#define STATUS(name, number, text) name = (number),
#include <abi/status.def>
#undef STATUS
};
typedef enum status status_t;

/* The sentence of a status for people; "unknown status" for a number that is none. Never fails. */
static inline const char *status_text(int32_t status) {
    switch (status) {
#define STATUS(name, number, text)                                                                 \
    case number:                                                                                   \
        return text;
#include <abi/status.def>
#undef STATUS
    default:
        return "unknown status";
    }
}
