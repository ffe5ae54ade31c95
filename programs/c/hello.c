/* SPDX-License-Identifier: MIT */
/* The smallest program that shows that everything works. */
#include <stdio.h>

int main(void) {
    puts("Hello from WebAssembly.");
    return 0;
}
