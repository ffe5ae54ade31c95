/* SPDX-License-Identifier: MIT */
/* A profile from start to end: names and samples begin, and at the end become files. */
#include "unit.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

static struct profile_config kept;

bool profile_start(const struct profile_config *config) {
    kept = *config;
    if (!tree_create() || !names_start(&kept)) {
        fprintf(stderr, "copper: --profile: cannot begin\n");
        return false;
    }
    if (!sampler_start()) {
        fprintf(stderr, "copper: --profile: no timer: %s\n", strerror(errno));
        return false;
    }
    return true;
}

/* NULL: it has been said why. */
static FILE *create(const char *prefix, const char *suffix) {
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s%s", prefix, suffix);
    FILE *file = size < 0 || (size_t)size >= sizeof path ? nullptr : fopen(path, "we");
    if (file == nullptr) {
        fprintf(stderr, "copper: --profile: %s%s: %s\n", prefix, suffix, strerror(errno));
    }
    return file;
}

static bool finish(FILE *file, bool written, const char *prefix) {
    bool good = written && ferror(file) == 0;
    good = fclose(file) == 0 && good;
    if (!good) {
        fprintf(stderr, "copper: --profile: cannot write %s\n", prefix);
    }
    return good;
}

bool profile_finish(const char *prefix) {
    uint64_t lost = sampler_stop();
    names_finish();
    FILE *folded = create(prefix, ".folded"), *flame = create(prefix, ".svg");
    bool good = folded != nullptr && flame != nullptr;
    if (folded != nullptr) {
        folded_write(folded);
        good = finish(folded, true, prefix) && good;
    }
    if (flame != nullptr) {
        good = finish(flame, flame_write(flame, lost), prefix) && good;
    }
    if (lost != 0) {
        fprintf(stderr, "copper: --profile: %llu ms are missing: too many different stacks\n",
                (unsigned long long)lost);
    }
    return good;
}
