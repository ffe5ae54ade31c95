/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on its seeds and on mutations of them, always the same ones. With a folder as
 * argument it writes the seeds there instead, for libFuzzer to start from.
 */
#include "../fixture.h"
#include "fuzz.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static uint8_t seed[FUZZ_SEED_MAX];

static void write_seeds(const char *folder) {
    size_t size;
    for (unsigned n = 0; (size = fuzz_seed(n, seed)) > 0; n++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/seed%u", folder, n);
        FILE *file = fopen(path, "wb");
        ensure(file != nullptr && fwrite(seed, 1, size, file) == size && fclose(file) == 0);
    }
}

/* In memory of exactly its size, so that the sanitizer sees a read beyond it. */
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *exact = malloc(size);
    memcpy(exact, bytes, size);
    CHECK(LLVMFuzzerTestOneInput(exact, size) == 0);
    free(exact);
}

static void mutate(struct random *random, size_t size) {
    size_t cut = random_below(random, 8) == 0 ? random_below(random, (uint32_t)size) + 1 : size;
    size_t head = random_below(random, 2) == 0 && cut > 512 ? 512 : cut;
    random_mutate(random, seed, head, 6);
    run(seed, cut);
}

int main(int count, char **arguments) {
    struct random random = {17};
    size_t size;
    if (count > 1) {
        write_seeds(arguments[1]);
        return 0;
    }
    for (unsigned n = 0; (size = fuzz_seed(n, seed)) > 0; n++) {
        run(seed, size);
        for (unsigned round = 0; round < fuzz_rounds; round++) {
            size = fuzz_seed(n, seed);
            mutate(&random, size);
        }
    }
    return check_finish(fuzz_name);
}
