/* SPDX-License-Identifier: MIT */
/* See variable.h. */
#include "variable.h"
#include <base/string.h>
#include <user/command.h>
#include <user/memory.h>

static const char *all[VARIABLES_MAX]; /* each of memory_allocate() */
static uint32_t count;

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool variable_is_name(const char *name, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (!is_letter(name[i]) && (i == 0 || name[i] < '0' || name[i] > '9')) {
            return false;
        }
    }
    return size > 0;
}

static uint32_t find(const char *name, size_t size) {
    uint32_t i = 0;
    while (i < count &&
           !(strlen(all[i]) > size && memcmp(all[i], name, size) == 0 && all[i][size] == '=')) {
        i++;
    }
    return i;
}

const char *variable_get(const char *name, size_t size) {
    uint32_t i = find(name, size);
    return i < count ? all[i] + size + 1 : nullptr;
}

static char *make(const char *name, size_t size, const char *value) {
    size_t value_size = strlen(value);
    char *text = memory_allocate(size + value_size + 2);
    if (text != nullptr) {
        memcpy(text, name, size);
        text[size] = '=';
        memcpy(text + size + 1, value, value_size + 1);
    }
    return text;
}

bool variable_set(const char *name, size_t size, const char *value) {
    uint32_t i = find(name, size);
    char *text = i < VARIABLES_MAX ? make(name, size, value) : nullptr;
    if (text == nullptr) {
        return false;
    }
    if (i < count) {
        memory_release((void *)all[i], strlen(all[i]) + 1);
    } else {
        count++;
    }
    all[i] = text;
    return true;
}

const char *const *variables_all(uint32_t *out) {
    *out = count;
    return all;
}

void variables_start(void) {
    uint32_t given;
    const char *const *texts = command_environment(&given);
    for (uint32_t i = 0; i < given; i++) {
        const char *equals = texts[i];
        while (*equals != 0 && *equals != '=') {
            equals++;
        }
        if (*equals == '=') {
            (void)variable_set(texts[i], (size_t)(equals - texts[i]), equals + 1);
        }
    }
    if (variable_get("PWD", 3) == nullptr) {
        (void)variable_set("PWD", 3, "/");
    }
}
