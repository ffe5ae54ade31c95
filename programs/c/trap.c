/* SPDX-License-Identifier: MIT */
/*
 * Ends in a trap, three named functions deep, so that the stack trace has something to tell. The
 * argument says which: "divide" or "reach" (out of bounds); without one, "unreachable".
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static volatile int always_zero; /* keeps the compiler from seeing through it */

[[gnu::noinline]] static int divide(int a, int b) {
    return a / b;
}

[[gnu::noinline]] static int reach(uint32_t address) {
    return *(volatile int *)(uintptr_t)address;
}

[[gnu::noinline]] static int choose(const char *how, int zero) {
    if (strcmp(how, "divide") == 0) {
        return divide(7, zero);
    }
    if (strcmp(how, "reach") == 0) {
        return reach(0xFFFF'FFF0u + (uint32_t)zero);
    }
    __builtin_trap();
}

int main(int count, char **arguments) {
    puts("about to trap");
    fflush(stdout);
    return choose(count > 1 ? arguments[1] : "", always_zero);
}
