/* SPDX-License-Identifier: MIT */
/*
 * The levels of the log, and what people write to set them: "info,engine:trace". It comes from
 * CONFIG or from whoever is at the other end of a serial line. A level is one byte that is stored
 * at once, so setting them takes no lock.
 */
#include <base/checked.h>
#include <base/string.h>
#include <kernel/log.h>

constexpr uint8_t UNNAMED = UINT8_MAX; /* no word has said anything */

#define NAME(argument, name) #name,
static const char *const subsystem_names[] = {LOG_SUBSYSTEM_LIST(NAME, )};
static_assert(COUNT_OF(subsystem_names) == LOG_SUBSYSTEM_OTHER);

const char *const log_level_names[LOG_LEVELS] = {"error", "warning", "info", "debug", "trace"};
uint8_t log_levels[LOG_SUBSYSTEMS] = {[0 ... LOG_SUBSYSTEMS - 1] = LOG_INFO};

static void level_store(size_t subsystem, uint8_t level) {
    __atomic_store_n(&log_levels[subsystem], level, __ATOMIC_RELAXED);
}

void log_level_set(enum log_level level) {
    for (size_t i = 0; i < LOG_SUBSYSTEMS; i++) {
        level_store(i, level);
    }
}

static bool find(struct text name, const char *const *names, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        if (text_equal(name, text_of(names[i]))) {
            *out = (uint8_t)i;
            return true;
        }
    }
    return false;
}

struct wish {
    uint8_t all;
    uint8_t levels[LOG_SUBSYSTEMS];
};

/* NULL, or where it makes no sense. */
static const char *word_read(struct text word, struct wish *wish) {
    struct text rest = word;
    struct text name = text_split(&rest, ':');
    uint8_t subsystem;
    if (name.size == word.size) {
        return find(word, log_level_names, LOG_LEVELS, &wish->all) ? nullptr : word.bytes;
    }
    if (!find(name, subsystem_names, COUNT_OF(subsystem_names), &subsystem)) {
        return word.bytes;
    }
    bool known = find(rest, log_level_names, LOG_LEVELS, &wish->levels[subsystem]);
    return known ? nullptr : word.bytes + name.size + 1;
}

static void obey(const struct wish *wish) {
    for (size_t i = 0; i < LOG_SUBSYSTEMS; i++) {
        uint8_t level = wish->levels[i] != UNNAMED ? wish->levels[i] : wish->all;
        if (level != UNNAMED) {
            level_store(i, level);
        }
    }
}

status_t log_configure(const char *text, size_t size, size_t *error_at) {
    struct wish wish;
    const char *fault = nullptr;
    memset(&wish, UNNAMED, sizeof wish);
    for (size_t at = 0; at < size;) {
        struct text rest = {text + at, size - at};
        struct text word = text_split(&rest, ',');
        const char *wrong = word_read(word, &wish);
        fault = fault != nullptr ? fault : wrong;
        at += word.size + 1;
    }
    obey(&wish);
    if (fault != nullptr) {
        *error_at = (size_t)(fault - text);
    }
    return fault == nullptr ? OK : ERR_INVALID;
}
