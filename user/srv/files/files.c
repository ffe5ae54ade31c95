/* SPDX-License-Identifier: MIT */
/*
 * The file protocol over the tree in memory: one function per operation.
 *
 *   message -> what the badge stands for, right, paths -> operation -> answer
 *
 * An operation finds its paths checked (user/file_request.h), its request's numbers not. The
 * receive buffer is used again for the answer's payload, once the request has been read; bytes of
 * the archive and targets of links are answered from where they lie.
 */
#include "open.h"
#include "source.h"
#include "tree.h"
#include <base/checked.h>
#include <user/file_request.h>
#include <user/files.h>
#include <user/request.h>

constexpr uint64_t RIGHTS = FILE_RIGHT_READ | FILE_RIGHT_WRITE;
constexpr uint32_t LIST_LEAST = sizeof(struct file_entry) + 264; /* any one entry */

/* A request while it is served. */
struct call {
    const struct message *request;
    struct open *open;
    struct text paths[FILE_REQUEST_PATHS];
    struct message answer;
};

typedef status_t operation(struct call *call);

static alignas(8) uint8_t buffer[MESSAGE_PAYLOAD_MAX];
static struct message received = {.payload = buffer, .payload_capacity = sizeof buffer};
static struct walk first_walk, second_walk;

static void answer_bytes(struct call *call, const void *bytes, uint32_t size) {
    call->answer.payload = (void *)(uintptr_t)bytes; /* an answer's payload is only read */
    call->answer.payload_size = size;
}

static void answer_stat(struct call *call, const struct node *node) {
    struct file_stat stat;
    node_stat(node, &stat);
    memcpy(buffer, &stat, sizeof stat);
    answer_bytes(call, buffer, sizeof stat);
}

/* The node of the handle, which must be a file. */
static status_t file_of(const struct call *call, struct node **out) {
    *out = call->open->node;
    return (*out)->kind == FILE_KIND_REGULAR ? OK : ERR_IS_DIRECTORY;
}

static status_t walk_path(struct call *call, bool follow, struct place *out) {
    return path_walk(&first_walk, call->open->node, call->paths[0], follow, out);
}

/* Walks to something that must be there. */
static status_t find_path(struct call *call, bool follow, struct node **out) {
    struct place place;
    status_t status = walk_path(call, follow, &place);
    if (status == OK && place.node == nullptr) {
        status = ERR_NOT_FOUND;
    }
    *out = status == OK ? place.node : nullptr;
    return status;
}

/* May what is there be opened in this way? */
static status_t check_open(const struct call *call, const struct node *node) {
    uint64_t flags = call->request->words[0], rights = call->request->words[1];
    bool directory = (flags & FILE_OPEN_DIRECTORY) != 0;
    bool changes = (rights & FILE_RIGHT_WRITE) != 0 || (flags & FILE_OPEN_TRUNCATE) != 0;
    if ((flags & FILE_OPEN_CREATE) != 0 && (flags & FILE_OPEN_EXCLUSIVE) != 0) {
        return ERR_EXISTS;
    }
    if (node->kind == FILE_KIND_SYMLINK) {
        return directory ? ERR_NOT_DIRECTORY : ERR_LOOP;
    }
    if (node->kind == FILE_KIND_DIRECTORY) {
        bool as_file = (flags & (FILE_OPEN_CREATE | FILE_OPEN_TRUNCATE)) != 0 || changes;
        return as_file && !directory ? ERR_IS_DIRECTORY : OK;
    }
    if (directory) {
        return ERR_NOT_DIRECTORY;
    }
    return changes && node->read_only ? ERR_READ_ONLY : OK;
}

static status_t check_open_flags(const struct call *call) {
    constexpr uint64_t KNOWN = FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE | FILE_OPEN_TRUNCATE |
                               FILE_OPEN_DIRECTORY | FILE_OPEN_FOLLOW;
    constexpr uint64_t CHANGES = FILE_OPEN_CREATE | FILE_OPEN_TRUNCATE;
    uint64_t flags = call->request->words[0], rights = call->request->words[1];
    bool directory = (flags & FILE_OPEN_DIRECTORY) != 0;
    if ((flags & ~KNOWN) != 0 || (rights & ~RIGHTS) != 0 || ((flags & CHANGES) != 0 && directory) ||
        call->request->reply == HANDLE_NONE) {
        return ERR_INVALID;
    }
    uint64_t missing = rights & ~call->open->rights;
    if ((flags & FILE_OPEN_TRUNCATE) != 0) {
        missing |= FILE_RIGHT_WRITE & ~call->open->rights;
    }
    return missing != 0 && !directory ? ERR_DENIED : OK;
}

/* Finds the node to open, or makes it: held for the caller. */
static status_t find_or_make(struct call *call, struct node **out) {
    uint64_t flags = call->request->words[0];
    bool exclusive = (flags & FILE_OPEN_CREATE) != 0 && (flags & FILE_OPEN_EXCLUSIVE) != 0;
    struct place place;
    status_t status = walk_path(call, (flags & FILE_OPEN_FOLLOW) != 0 && !exclusive, &place);
    if (status != OK) {
        return status;
    }
    if (place.node == nullptr) {
        if ((flags & FILE_OPEN_CREATE) == 0) {
            return ERR_NOT_FOUND;
        }
        return (call->open->rights & FILE_RIGHT_WRITE) != 0 ? tree_make_file(&place, out)
                                                            : ERR_DENIED;
    }
    status = check_open(call, place.node);
    if (status == OK && (flags & FILE_OPEN_TRUNCATE) != 0) {
        status = data_resize(&place.node->data, 0);
        node_touch(place.node);
    }
    *out = status == OK ? node_hold(place.node) : nullptr;
    return status;
}

/* The handle that the client gets. When it cannot reach the client it is closed, and the kernel
 * tells so by MESSAGE_RELEASED, as for any handle. */
static status_t give_handle(struct call *call, struct node *node, uint64_t rights) {
    uint64_t badge;
    bool changes = (call->open->rights & FILE_RIGHT_WRITE) != 0;
    status_t status = open_create(node, rights, changes, &badge);
    if (status != OK) {
        return status;
    }
    status = system_handle_mint(badge, &call->answer.handles[0]);
    if (status != OK) {
        open_destroy(badge);
        return status;
    }
    call->answer.handle_count = 1;
    call->answer.words[0] = node->kind;
    call->answer.words[1] = rights;
    return OK;
}

static status_t file_open(struct call *call) {
    status_t status = check_open_flags(call);
    if (status != OK) {
        return status;
    }
    struct node *node;
    status = find_or_make(call, &node);
    if (status != OK) {
        return status;
    }
    status = give_handle(call, node, call->request->words[1] & call->open->rights);
    node_drop(node);
    return status;
}

static status_t file_read(struct call *call) {
    struct node *node;
    status_t status = file_of(call, &node);
    if (status != OK) {
        return status;
    }
    uint64_t most = call->request->words[1];
    uint32_t size = most < sizeof buffer ? (uint32_t)most : (uint32_t)sizeof buffer;
    const uint8_t *bytes = data_read(&node->data, call->request->words[0], &size, buffer);
    answer_bytes(call, bytes, size);
    return OK;
}

static status_t file_write(struct call *call) {
    struct node *node;
    status_t status = file_of(call, &node);
    if (status != OK) {
        return status;
    }
    uint64_t offset = call->request->words[1] == 1 ? node->data.size : call->request->words[0];
    uint32_t written;
    status = data_write(&node->data, offset, buffer, call->request->payload_size, &written);
    if (written > 0) {
        node_touch(node);
    }
    call->answer.words[0] = written;
    call->answer.words[1] = offset + written;
    return status;
}

static status_t file_stat(struct call *call) {
    answer_stat(call, call->open->node);
    return OK;
}

static status_t file_stat_at(struct call *call) {
    struct node *node;
    status_t status = find_path(call, (call->request->words[0] & FILE_FOLLOW) != 0, &node);
    if (status == OK) {
        answer_stat(call, node);
    }
    return status;
}

static status_t file_set_size(struct call *call) {
    struct node *node;
    status_t status = file_of(call, &node);
    if (status == OK) {
        status = data_resize(&node->data, call->request->words[0]);
    }
    if (status == OK) {
        node_touch(node);
    }
    return status;
}

/* One of the two times: given, now, or neither. False: given twice. */
static bool take_time(uint64_t flags, uint64_t given, uint64_t now_flag, uint64_t value,
                      uint64_t now, uint64_t *out) {
    if ((flags & given) != 0) {
        *out = value;
    } else if ((flags & now_flag) != 0) {
        *out = now;
    }
    return (flags & given) == 0 || (flags & now_flag) == 0;
}

static status_t set_times(struct call *call, struct node *node) {
    constexpr uint64_t KNOWN = FILE_TIME_ACCESS | FILE_TIME_ACCESS_NOW | FILE_TIME_MODIFICATION |
                               FILE_TIME_MODIFICATION_NOW;
    const uint64_t *words = call->request->words;
    uint64_t flags = words[0] & ~FILE_FOLLOW;
    uint64_t access = node->access_ns, modification = node->modification_ns;
    if ((flags & ~KNOWN) != 0) {
        return ERR_INVALID;
    }
    if (node->read_only) {
        return ERR_READ_ONLY;
    }
    node_touch(node); /* the time of change is now in any case */
    uint64_t now = node->change_ns;
    bool good = take_time(flags, FILE_TIME_ACCESS, FILE_TIME_ACCESS_NOW, words[1], now, &access);
    good = take_time(flags, FILE_TIME_MODIFICATION, FILE_TIME_MODIFICATION_NOW, words[2], now,
                     &modification) &&
           good;
    if (good) {
        node->access_ns = access;
    }
    node->modification_ns = modification;
    return good ? OK : ERR_INVALID;
}

static status_t file_set_times(struct call *call) {
    return call->open->changes ? set_times(call, call->open->node) : ERR_DENIED;
}

static status_t file_set_times_at(struct call *call) {
    struct node *node;
    status_t status = find_path(call, (call->request->words[0] & FILE_FOLLOW) != 0, &node);
    return status == OK ? set_times(call, node) : status;
}

/* Appends an entry to the answer when it fits into `most` bytes. */
static bool list_entry(struct call *call, uint64_t most, uint64_t cookie, struct text name,
                       const struct node *node) {
    struct file_entry entry = {.cookie = cookie,
                               .inode = node->inode,
                               .kind = node->kind,
                               .name_size = (uint32_t)name.size};
    uint32_t at = call->answer.payload_size;
    uint32_t padded = (uint32_t)align_up(name.size, 8);
    if (most - at < sizeof entry + padded) {
        return false;
    }
    memcpy(buffer + at, &entry, sizeof entry);
    memset(buffer + at + sizeof entry, 0, padded);
    memcpy(buffer + at + sizeof entry, name.bytes, name.size);
    answer_bytes(call, buffer, at + (uint32_t)sizeof entry + padded);
    call->answer.words[0]++;
    return true;
}

/* What the handle's holder is told about "..": nothing above the handle's own directory. */
static status_t file_list(struct call *call) {
    uint64_t cookie = call->request->words[0];
    uint64_t most = call->request->words[1];
    const struct node *node = call->open->node;
    if (node->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    if (most < LIST_LEAST) {
        return ERR_INVALID;
    }
    most = most < sizeof buffer ? most : sizeof buffer;
    if (cookie < NUMBER_SELF) {
        (void)list_entry(call, most, NUMBER_SELF, text_of("."), node);
    }
    if (cookie < NUMBER_PARENT && !list_entry(call, most, NUMBER_PARENT, text_of(".."), node)) {
        return OK;
    }
    const struct entry *entry = directory_next(node, cookie);
    while (entry != nullptr &&
           list_entry(call, most, entry->number, (struct text){entry->name, entry->name_size},
                      entry->node)) {
        entry = directory_next(node, entry->number);
    }
    return OK;
}

static status_t file_make_directory(struct call *call) {
    struct place place;
    status_t status = walk_path(call, false, &place);
    return status == OK ? tree_make_directory(&place) : status;
}

static status_t file_remove_directory(struct call *call) {
    struct place place;
    status_t status = walk_path(call, false, &place);
    return status == OK ? tree_remove_directory(&place) : status;
}

static status_t file_unlink(struct call *call) {
    struct place place;
    status_t status = walk_path(call, false, &place);
    return status == OK ? tree_unlink(&place) : status;
}

/* The directory that the second path starts at: that of the handle sent along, or the same. */
static status_t second_directory(const struct call *call, struct node **out) {
    *out = call->open->node;
    if (call->request->handle_count == 0) {
        return OK;
    }
    uint64_t badge;
    status_t status = system_handle_badge(call->request->handles[0], &badge);
    if (status != OK) {
        return ERR_CROSS_DEVICE; /* another server's */
    }
    const struct open *open = open_find(badge);
    if (open == nullptr || open->node->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    *out = open->node;
    return (open->rights & FILE_RIGHT_WRITE) != 0 ? OK : ERR_DENIED;
}

static status_t walk_both(struct call *call, bool follow, struct place *from, struct place *to) {
    struct node *second;
    status_t status = second_directory(call, &second);
    if (status == OK) {
        status = walk_path(call, follow, from);
    }
    if (status == OK) {
        status = path_walk(&second_walk, second, call->paths[1], false, to);
    }
    return status;
}

static status_t file_rename(struct call *call) {
    struct place from, to;
    status_t status = walk_both(call, false, &from, &to);
    return status == OK ? tree_rename(&from, &to) : status;
}

static status_t file_link(struct call *call) {
    struct place from, to;
    bool follow = (call->request->words[0] & FILE_FOLLOW) != 0;
    status_t status = walk_both(call, follow, &from, &to);
    if (status == OK && from.node == nullptr) {
        status = ERR_NOT_FOUND;
    }
    return status == OK ? tree_link(from.node, &to) : status;
}

/* The first text is no path of this tree but whatever the link shall say. */
static status_t file_symlink(struct call *call) {
    struct place place;
    status_t status = path_walk(&first_walk, call->open->node, call->paths[1], false, &place);
    return status == OK ? tree_make_link(&place, call->paths[0]) : status;
}

static status_t file_readlink(struct call *call) {
    struct node *node;
    status_t status = find_path(call, false, &node);
    if (status == OK && node->kind != FILE_KIND_SYMLINK) {
        status = ERR_INVALID;
    }
    if (status == OK) {
        answer_bytes(call, node->link.target, node->link.size);
    }
    return status;
}

/* Memory is where things stay here. */
static status_t file_sync(struct call *call) {
    return OK;
}

static status_t file_allocate(struct call *call) {
    struct node *node;
    status_t status = file_of(call, &node);
    if (status == OK) {
        status = data_reserve(&node->data, call->request->words[0], call->request->words[1]);
    }
    if (status == OK) {
        node_touch(node);
    }
    return status;
}

static operation *const operations[] = {
    [FILE_OPEN] = file_open,
    [FILE_READ] = file_read,
    [FILE_WRITE] = file_write,
    [FILE_STAT] = file_stat,
    [FILE_STAT_AT] = file_stat_at,
    [FILE_SET_SIZE] = file_set_size,
    [FILE_SET_TIMES] = file_set_times,
    [FILE_SET_TIMES_AT] = file_set_times_at,
    [FILE_LIST] = file_list,
    [FILE_MAKE_DIRECTORY] = file_make_directory,
    [FILE_REMOVE_DIRECTORY] = file_remove_directory,
    [FILE_UNLINK] = file_unlink,
    [FILE_RENAME] = file_rename,
    [FILE_LINK] = file_link,
    [FILE_SYMLINK] = file_symlink,
    [FILE_READLINK] = file_readlink,
    [FILE_SYNC] = file_sync,
    [FILE_ALLOCATE] = file_allocate,
};

static status_t serve(struct call *call) {
    const struct message *request = call->request;
    struct file_rule rule = file_rule_of(request->operation);
    if (!rule.exists) {
        return ERR_NOT_SUPPORTED;
    }
    call->open = open_find(request->badge);
    if (call->open == nullptr) {
        return ERR_BAD_HANDLE;
    }
    status_t status =
        file_request_check(request, rule, call->open->node->kind, call->open->rights, call->paths);
    return status == OK ? operations[request->operation](call) : status;
}

static void handle(struct message *message) {
    if (message->operation == MESSAGE_RELEASED) {
        open_destroy(message->badge);
        return;
    }
    struct call call = {.request = message};
    status_t status = serve(&call);
    if (status != OK) {
        call.answer = (struct message){.status = status};
    }
    (void)request_answer(message, &call.answer); /* the client may be gone */
}

status_t files_root_choose(const char *path, size_t size) {
    struct text rest = {path, size};
    while (rest.size > 0 && rest.bytes[0] == '/') {
        rest = (struct text){rest.bytes + 1, rest.size - 1};
    }
    struct place place = {.node = tree_root()};
    status_t status = place.node != nullptr ? OK : ERR_NO_SPACE;
    if (status == OK && rest.size > 0) {
        status = path_walk(&first_walk, place.node, rest, true, &place);
    }
    if (status != OK) {
        return status;
    }
    if (place.node == nullptr) {
        return ERR_NOT_FOUND;
    }
    if (place.node->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    return open_root_set(place.node) ? OK : ERR_NO_SPACE;
}

static struct message *start(void) {
    source_open();
    return &received;
}

SERVER(files, start, handle)
