/* SPDX-License-Identifier: MIT */
/*
 * See complete.h. Candidates are the names in one folder, and for commands the shell's own words;
 * they are gone through twice: to find what they have in common, and to list them.
 */
#include "complete.h"
#include "builtin.h"
#include <base/format.h>
#include <base/string.h>
#include <user/file.h>

constexpr uint32_t LIST_SIZE = 8192;
constexpr size_t NAME_MAX = 256;
constexpr uint32_t LISTED_MAX = 100;

struct search {
    struct text start; /* what is there of the name */
    bool commands;     /* names end with ".wasm", which is left out */
    uint32_t count;
    char common[NAME_MAX];
    size_t common_size;
    bool is_folder;  /* the only one */
    edit_sink *sink; /* they are listed there; NULL: not now */
};

static bool starts_with(struct text text, struct text start) {
    return text.size >= start.size && memcmp(text.bytes, start.bytes, start.size) == 0;
}

static void found(struct search *search, struct text name, bool is_folder) {
    if (!starts_with(name, search->start) || name.size >= NAME_MAX) {
        return;
    }
    if (search->count++ == 0) {
        memcpy(search->common, name.bytes, name.size);
        search->common_size = name.size;
        search->is_folder = is_folder;
    }
    size_t same = 0;
    while (same < name.size && same < search->common_size &&
           name.bytes[same] == search->common[same]) {
        same++;
    }
    search->common_size = same;
    if (search->sink != nullptr && search->count <= LISTED_MAX) {
        search->sink(nullptr, name.bytes, name.size);
        search->sink(nullptr, is_folder ? "/  " : "  ", is_folder ? 3 : 2);
    }
}

static void found_entry(struct search *search, struct text name, uint32_t kind) {
    static const char ending[] = ".wasm";
    constexpr size_t ENDING = sizeof ending - 1;
    if (search->commands) {
        if (name.size <= ENDING || memcmp(name.bytes + name.size - ENDING, ending, ENDING) != 0) {
            return;
        }
        name.size -= ENDING;
    } else if (name.bytes[0] == '.' && search->start.size == 0) {
        return;
    }
    found(search, name, kind == FILE_KIND_DIRECTORY);
}

static void search_folder(struct search *search, const char *path) {
    static uint8_t entries[LIST_SIZE];
    handle_t folder;
    uint32_t size, count;
    uint64_t cookie = 0;
    if (file_open(path, FILE_OPEN_DIRECTORY | FILE_OPEN_FOLLOW, FILE_RIGHT_READ, &folder,
                  nullptr) != OK) {
        return;
    }
    while (file_list(folder, cookie, entries, sizeof entries, &size, &count) == OK && count > 0) {
        const uint8_t *at = entries;
        for (; count > 0; count--) {
            const char *name;
            struct file_entry entry = file_entry_take(&at, &name);
            found_entry(search, (struct text){name, entry.name_size}, entry.kind);
            cookie = entry.cookie;
        }
    }
    (void)system_handle_close(folder);
}

static void search_all(struct search *search, const char *folder) {
    search->count = 0;
    const char *name;
    for (uint32_t i = 0; search->commands && (name = builtin_name(i)) != nullptr; i++) {
        found(search, text_of(name), false);
    }
    search_folder(search, folder);
}

static bool ends_word(char c) {
    return c == ' ' || c == '|' || c == '&' || c == ';' || c == '<' || c == '>';
}

/* A command stands first, or behind a mark that begins one. */
static bool is_command(const char *text, size_t word) {
    while (word > 0 && text[word - 1] == ' ') {
        word--;
    }
    return word == 0 || text[word - 1] == '|' || text[word - 1] == '&' || text[word - 1] == ';';
}

/* Splits the word; `folder` has FILE_PATH_MAX bytes. */
static struct search begin(const char *text, size_t cursor, char *folder) {
    size_t word = cursor, name = cursor;
    while (word > 0 && !ends_word(text[word - 1])) {
        word--;
    }
    while (name > word && text[name - 1] != '/') {
        name--;
    }
    struct search search = {.start = {text + name, cursor - name},
                            .commands = name == word && is_command(text, word)};
    const char *home = search.commands ? "/bin" : ".";
    (void)format_buffer(folder, FILE_PATH_MAX, "%.*s", (int)(name - word), text + word);
    if (name == word) {
        (void)format_buffer(folder, FILE_PATH_MAX, "%s", home);
    }
    return search;
}

static void list(struct search *search, struct edit *edit, const char *folder, edit_sink *sink) {
    search->sink = sink;
    edit_hide(edit);
    search_all(search, folder);
    sink(nullptr, "\r\n", 2);
}

void complete(struct edit *edit, edit_sink *sink) {
    static char folder[FILE_PATH_MAX], start[NAME_MAX];
    size_t size, cursor = edit_cursor(edit);
    const char *text = edit_text(edit, &size);
    struct search search = begin(text, cursor, folder);
    if (search.start.size >= NAME_MAX) {
        return;
    }
    memcpy(start, search.start.bytes, search.start.size);
    search.start.bytes = start;
    search_all(&search, folder);
    if (search.count == 0) {
        sink(nullptr, "\a", 1);
    } else if (search.common_size > search.start.size || search.count == 1) {
        (void)edit_insert(edit, search.common + search.start.size,
                          search.common_size - search.start.size);
        if (search.count == 1) {
            (void)edit_insert(edit, search.is_folder ? "/" : " ", 1);
        }
    } else {
        list(&search, edit, folder, sink);
    }
}
