/* SPDX-License-Identifier: MIT */
/* ensure() of wasm programs: a failure is a trap, and the trap's trace says where. */
#include <base/ensure.h>

void ensure_failed(const char *condition, const char *file, int line) {
    __builtin_trap();
}
