/* SPDX-License-Identifier: MIT */
/* ls: what is in folders, by name, with sizes when asked for by -l. */
#include <base/format.h>
#include <base/string.h>
#include <user/command.h>
#include <user/file.h>
#include <user/memory.h>

constexpr uint32_t LIST_SIZE = 16384;

struct name {
    char *text;
    size_t size;
    uint32_t kind;
};

struct names {
    struct name *all;
    uint32_t count, capacity;
};

static bool names_grow(struct names *names) {
    uint32_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
    struct name *all = memory_allocate(capacity * sizeof *all);
    if (all == nullptr) {
        return false;
    }
    if (names->count > 0) {
        memcpy(all, names->all, names->count * sizeof *all);
    }
    memory_release(names->all, names->capacity * sizeof *all);
    names->all = all;
    names->capacity = capacity;
    return true;
}

static bool names_add(struct names *names, const char *text, size_t size, uint32_t kind) {
    char *copy = memory_allocate(size + 1);
    if (copy == nullptr || (names->count == names->capacity && !names_grow(names))) {
        return false;
    }
    memcpy(copy, text, size);
    copy[size] = 0;
    names->all[names->count++] = (struct name){copy, size, kind};
    return true;
}

/* ---- in order of their bytes, by merging: n log n ---- */

static bool precedes(const struct name *one, const struct name *other) {
    size_t size = one->size < other->size ? one->size : other->size;
    int difference = memcmp(one->text, other->text, size);
    return difference != 0 ? difference < 0 : one->size <= other->size;
}

static void merge(const struct name *from, struct name *to, uint32_t middle, uint32_t end) {
    for (uint32_t left = 0, right = middle, i = 0; i < end; i++) {
        bool takes_left = left < middle && (right == end || precedes(&from[left], &from[right]));
        to[i] = takes_left ? from[left++] : from[right++];
    }
}

static void sort(struct name *names, struct name *other, uint32_t count) {
    if (count < 2) {
        return;
    }
    sort(names, other, count / 2);
    sort(names + count / 2, other + count / 2, count - count / 2);
    merge(names, other, count / 2, count);
    memcpy(names, other, count * sizeof *names);
}

/* ---- showing ---- */

static bool is_dot(const char *name, size_t size) {
    return (size == 1 && name[0] == '.') || (size == 2 && name[0] == '.' && name[1] == '.');
}

static status_t collect(handle_t folder, struct names *names) {
    static uint8_t entries[LIST_SIZE];
    uint32_t size, count = 1;
    uint64_t cookie = 0;
    status_t status = OK;
    while (status == OK && count > 0) {
        const uint8_t *at = entries;
        status = file_list(folder, cookie, entries, sizeof entries, &size, &count);
        for (uint32_t i = 0; i < count; i++) {
            const char *name;
            struct file_entry entry = file_entry_take(&at, &name);
            cookie = entry.cookie;
            if (!is_dot(name, entry.name_size) &&
                !names_add(names, name, entry.name_size, entry.kind)) {
                return ERR_NO_MEMORY;
            }
        }
    }
    return status;
}

static void show(const char *folder, const struct name *name, bool with_sizes) {
    static char path[FILE_PATH_MAX];
    struct file_stat stat = {};
    const char *mark = name->kind == FILE_KIND_DIRECTORY ? "/" : "";
    if (with_sizes) {
        (void)format_buffer(path, sizeof path, "%s/%s", folder, name->text);
        (void)file_stat(path, &stat); /* it may be gone: 0 bytes */
        print("%10u  ", (unsigned)stat.size);
    }
    print("%s%s\n", name->text, mark);
}

static status_t list(const char *path, bool with_sizes) {
    struct names names = {};
    handle_t folder;
    status_t status =
        file_open(path, FILE_OPEN_DIRECTORY | FILE_OPEN_FOLLOW, FILE_RIGHT_READ, &folder, nullptr);
    if (status != OK) {
        return status;
    }
    status = collect(folder, &names);
    (void)system_handle_close(folder);
    struct name *other = memory_allocate((names.count + 1) * sizeof *other);
    if (other == nullptr) {
        return ERR_NO_MEMORY;
    }
    sort(names.all, other, names.count);
    for (uint32_t i = 0; i < names.count; i++) {
        show(path, &names.all[i], with_sizes);
    }
    return status;
}

static uint32_t list_or_tell(const char *path, bool with_sizes) {
    status_t status = list(path, with_sizes);
    if (status == ERR_NOT_DIRECTORY) {
        print("%s\n", path);
        status = OK;
    }
    if (status != OK) {
        print_error("%s: %s", path, status_text(status));
    }
    return status == OK ? 0 : 1;
}

static uint32_t ls(uint32_t count, const char **arguments) {
    bool with_sizes = count > 1 && text_equal(text_of(arguments[1]), text_of("-l"));
    uint32_t first = with_sizes ? 2 : 1, code = first == count ? list_or_tell(".", with_sizes) : 0;
    for (uint32_t i = first; i < count; i++) {
        if (count - first > 1) {
            print("%s:\n", arguments[i]);
        }
        code |= list_or_tell(arguments[i], with_sizes);
    }
    return code;
}

COMMAND(ls)
