/* SPDX-License-Identifier: MIT */
/* Looking up symbols, at every offset of tables of every small size. */
#include <base/ensure.h>
#include <kernel/symbol.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

int main(void) {
    static struct symbol symbols[20];
    for (unsigned i = 0; i < 20; i++) {
        symbols[i] = (struct symbol){.offset = 10 + i * i, .name = i};
    }
    bool equal = true;
    for (unsigned count = 0; count <= 20; count++) {
        for (uint32_t offset = 0; offset < 500; offset++) {
            const struct symbol *expected = nullptr;
            for (unsigned i = 0; i < count; i++) {
                expected = symbols[i].offset <= offset ? &symbols[i] : expected;
            }
            equal &= symbol_search(symbols, count, offset) == expected;
        }
    }
    CHECK(equal);
    CHECK(symbol_search(symbols, 20, UINT32_MAX) == &symbols[19]);
    return check_finish("symbol");
}
