/* SPDX-License-Identifier: MIT */
/* See user/file.h. Everything is asked of the directory "/", with a path that has no "/" before it.
 */
#include <base/string.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/file.h>
#include <user/memory.h>

status_t file_root(handle_t *out) {
    *out = command_handle("/", PROTOCOL_FILE, nullptr);
    return *out != HANDLE_NONE ? (status_t)OK : (status_t)ERR_NOT_FOUND;
}

/* ---- paths ---- */

static const char *home; /* NULL: as the environment says */

void file_home_set(const char *path) {
    home = path;
}

struct path {
    char *bytes;
    size_t size;
    bool too_long;
};

static void path_leave(struct path *path) {
    do {
        path->size -= path->size > 0;
    } while (path->size > 0 && path->bytes[path->size] != '/');
}

static void path_enter(struct path *path, const char *part, size_t size) {
    if (size == 0 || (size == 1 && part[0] == '.')) {
        return;
    }
    if (size == 2 && part[0] == '.' && part[1] == '.') {
        path_leave(path);
        return;
    }
    if (path->size + 1 + size >= FILE_PATH_MAX) {
        path->too_long = true;
        return;
    }
    path->bytes[path->size++] = '/';
    memcpy(path->bytes + path->size, part, size);
    path->size += size;
}

static void path_follow(struct path *path, const char *text) {
    for (const char *part = text;; part++) {
        const char *end = part;
        while (*end != 0 && *end != '/') {
            end++;
        }
        path_enter(path, part, (size_t)(end - part));
        if (*end == 0) {
            return;
        }
        part = end;
    }
}

status_t file_path(const char *path, char to[FILE_PATH_MAX]) {
    struct path whole = {.bytes = to};
    const char *from = home != nullptr ? home : command_variable("PWD");
    if (path[0] != '/' && from != nullptr) {
        path_follow(&whole, from);
    }
    path_follow(&whole, path);
    if (whole.size == 0) {
        to[whole.size++] = '/';
    }
    to[whole.size] = 0;
    return whole.too_long ? (status_t)ERR_NAME_TOO_LONG : (status_t)OK;
}

/* What the file server calls it: "." or without the "/" before it. */
static status_t path_below_root(const char *path, char to[FILE_PATH_MAX], struct text *out) {
    status_t status = file_path(path, to);
    *out = to[1] == 0 ? text_of(".") : text_of(to + 1);
    return status;
}

/* ---- requests ---- */

static status_t ask_path(const struct message *what, const char *path, struct message *reply) {
    static char whole[FILE_PATH_MAX];
    struct message request = *what;
    struct text name;
    handle_t root;
    status_t status = path_below_root(path, whole, &name);
    status = status == OK ? file_root(&root) : status;
    request.payload = (void *)name.bytes;
    request.payload_size = (uint32_t)name.size;
    return status == OK ? ask_once(root, &request, reply) : status;
}

status_t file_open(const char *path, uint64_t flags, uint64_t rights, handle_t *out,
                   enum file_kind *kind) {
    const struct message request = {.operation = FILE_OPEN, .words = {flags, rights}};
    struct message reply = {.payload = nullptr};
    status_t status = ask_path(&request, path, &reply);
    if (status == OK && reply.handle_count != 1) {
        return ERR_CORRUPT;
    }
    *out = reply.handles[0];
    if (status == OK && kind != nullptr) {
        *kind = (enum file_kind)reply.words[0];
    }
    return status;
}

status_t file_stat(const char *path, struct file_stat *out) {
    const struct message request = {.operation = FILE_STAT_AT, .words = {FILE_FOLLOW}};
    struct message reply = {.payload = out, .payload_capacity = sizeof *out};
    status_t status = ask_path(&request, path, &reply);
    return status == OK && reply.payload_size != sizeof *out ? (status_t)ERR_CORRUPT : status;
}

status_t file_ask(uint32_t operation, const char *path) {
    const struct message request = {.operation = operation};
    struct message reply = {.payload = nullptr};
    return ask_path(&request, path, &reply);
}

status_t file_read(handle_t file, uint64_t offset, void *to, uint32_t size, uint32_t *got) {
    size = size < MESSAGE_PAYLOAD_MAX ? size : MESSAGE_PAYLOAD_MAX;
    const struct message request = {.operation = FILE_READ, .words = {offset, size}};
    struct message reply = {.payload = to, .payload_capacity = size};
    status_t status = ask_again(file, &request, &reply);
    *got = status == OK ? reply.payload_size : 0;
    return status;
}

status_t file_write(handle_t file, uint64_t *offset, const void *bytes, uint32_t size) {
    status_t status = OK;
    const uint8_t *from = bytes;
    while (size > 0 && status == OK) {
        uint32_t piece = size < MESSAGE_PAYLOAD_MAX ? size : MESSAGE_PAYLOAD_MAX;
        const struct message request = {.operation = FILE_WRITE,
                                        .words = {*offset},
                                        .payload = (void *)from,
                                        .payload_size = piece};
        struct message reply = {.payload = nullptr};
        status = ask_again(file, &request, &reply);
        uint32_t done = status == OK && reply.words[0] <= piece ? (uint32_t)reply.words[0] : 0;
        status = status == OK && done == 0 ? (status_t)ERR_NO_SPACE : status;
        from += done;
        size -= done;
        *offset += done;
    }
    return status;
}

/* ---- directories ---- */

status_t file_list(handle_t directory, uint64_t cookie, void *to, uint32_t capacity, uint32_t *size,
                   uint32_t *count) {
    const struct message request = {.operation = FILE_LIST, .words = {cookie, capacity}};
    struct message reply = {.payload = to, .payload_capacity = capacity};
    status_t status = ask_again(directory, &request, &reply);
    *size = status == OK ? reply.payload_size : 0;
    *count = status == OK ? (uint32_t)reply.words[0] : 0;
    return status;
}

struct file_entry file_entry_take(const uint8_t **at, const char **name) {
    struct file_entry entry;
    memcpy(&entry, *at, sizeof entry);
    *name = (const char *)(*at + sizeof entry);
    *at += (sizeof entry + entry.name_size + 7) & ~(size_t)7;
    return entry;
}

/* ---- whole files ---- */

static status_t load(handle_t file, uint8_t *to, size_t size) {
    status_t status = OK;
    for (size_t done = 0; done < size && status == OK;) {
        uint32_t got;
        size_t left = size - done;
        uint32_t piece = left < MESSAGE_PAYLOAD_MAX ? (uint32_t)left : MESSAGE_PAYLOAD_MAX;
        status = file_read(file, done, to + done, piece, &got);
        status = status == OK && got == 0 ? (status_t)ERR_IO : status; /* it became shorter */
        done += got;
    }
    return status;
}

status_t file_load(const char *path, uint64_t most, void **out, size_t *size) {
    struct file_stat stat;
    handle_t file;
    status_t status = file_stat(path, &stat);
    if (status == OK && stat.size > most) {
        status = ERR_TOO_BIG;
    }
    status =
        status == OK ? file_open(path, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, &file, nullptr) : status;
    if (status != OK) {
        return status;
    }
    *size = (size_t)stat.size;
    *out = memory_allocate(*size + 1);
    status = *out != nullptr ? load(file, *out, *size) : (status_t)ERR_NO_MEMORY;
    if (status != OK && *out != nullptr) {
        memory_release(*out, *size + 1);
    }
    (void)system_handle_close(file);
    return status;
}
