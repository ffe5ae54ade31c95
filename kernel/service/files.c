/* SPDX-License-Identifier: MIT */
/*
 * The initrd, as the kernel's server gives it out: by path, to who wants one file or module, and as
 * a list of its entries with places, to who serves all of it (user/srv/files), so that nobody reads
 * more of it than is wanted. The archive may be hostile, and so are places.
 */
#include "unit.h"
#include <base/archive.h>
#include <kernel/program.h>

constexpr size_t LIST_SIZE = 16 * 1024; /* more than the largest entry takes */
constexpr unsigned LIST_ENTRIES = 128;  /* of one answer */
static_assert(LIST_SIZE >= sizeof(struct kernel_file) + 2 * ARCHIVE_PATH_MAX + 8);

static struct archive archive; /* too large for a kernel stack */
static alignas(8) uint8_t list[LIST_SIZE];

static status_t open(struct bytes *out) {
    if (service.place->initrd_get == nullptr) {
        return ERR_NOT_SUPPORTED;
    }
    return service.place->initrd_get(out) ? OK : ERR_NOT_FOUND;
}

/* ---- by path ---- */

static status_t find(struct text path, struct bytes *out) {
    struct bytes initrd;
    struct archive_entry entry;
    status_t status = open(&initrd);
    if (status != OK) {
        return status;
    }
    archive_init(&archive, initrd.at, bytes_left(&initrd));
    if (archive_find(&archive, path, &entry) != ARCHIVE_ENTRY) {
        return ERR_NOT_FOUND;
    }
    *out = bytes_init(entry.data, entry.size);
    return OK;
}

static void answer_part(const struct message *request, struct bytes of) {
    size_t size = bytes_left(&of), offset = at_most(request->words[0], size);
    size_t count = at_most(request->words[1], at_most(size - offset, MESSAGE_PAYLOAD_MAX));
    service_answer_bytes(request, (const uint8_t *)of.at + offset, count, size, 0);
}

void do_KERNEL_FILE(const struct message *request) {
    struct bytes file;
    status_t status = find(payload_text(request), &file);
    if (status != OK) {
        service_answer_status(request, status);
    } else {
        answer_part(request, file);
    }
}

/* "sys/NAME.wasm" is NAME. */
static struct text name_of(struct text file) {
    constexpr size_t END = sizeof ".wasm" - 1;
    size_t start = file.size;
    while (start > 0 && file.bytes[start - 1] != '/') {
        start--;
    }
    struct text name = {file.bytes + start, file.size - start};
    if (name.size > END &&
        text_equal((struct text){name.bytes + name.size - END, END}, text_of(".wasm"))) {
        name.size -= END;
    }
    return name;
}

static status_t make_module(struct text file, struct bytes bytes, handle_t *out) {
    const struct program_module_source source = {.name = name_of(file),
                                                 .bytes = bytes.at,
                                                 .size = bytes_left(&bytes),
                                                 .stays = true,
                                                 .trusted =
                                                     text_starts_with(file, text_of("sys/"))};
    struct program_module *module;
    status_t status = program_module_create(service.place->engine, &source, &module);
    if (status == OK) {
        status = process_share(service.process, program_module_shared(module), out);
        program_module_release(module);
    }
    return status;
}

void do_KERNEL_MODULE(const struct message *request) {
    struct bytes file;
    handle_t handle = HANDLE_NONE;
    status_t status = find(payload_text(request), &file);
    if (status == OK) {
        status = make_module(payload_text(request), file, &handle);
    }
    service_answer_handle(request, status, handle);
}

/* ---- by place ---- */

void do_KERNEL_BYTES(const struct message *request) {
    struct bytes initrd;
    status_t status = open(&initrd);
    if (status != OK) {
        service_answer_status(request, status);
    } else {
        answer_part(request, initrd);
    }
}

static size_t entry_size(const struct archive_entry *entry) {
    return align_up(sizeof(struct kernel_file) + entry->name.size + entry->target.size, 8);
}

static void entry_write(const struct archive_entry *entry, const uint8_t *start, uint8_t *to) {
    static_assert((uint32_t)KERNEL_FILE_REGULAR == (uint32_t)ARCHIVE_FILE);
    static_assert((uint32_t)KERNEL_FILE_OTHER == (uint32_t)ARCHIVE_OTHER);
    const struct kernel_file file = {
        .header = entry->offset,
        .place = entry->size > 0 ? (uint64_t)(entry->data - start) : 0,
        .size = entry->size,
        .modification_s = entry->modification_s,
        .file = entry->file,
        .kind = (enum kernel_file_kind)entry->kind,
        .shared = entry->shared,
        .name_size = (uint32_t)entry->name.size,
        .target_size = (uint32_t)entry->target.size,
    };
    memset(to, 0, entry_size(entry));
    memcpy(to, &file, sizeof file);
    memcpy(to + sizeof file, entry->name.bytes, entry->name.size);
    memcpy(to + sizeof file + entry->name.size, entry->target.bytes, entry->target.size);
}

/* As many entries as fit from where the archive stands. ERR_CORRUPT: it is damaged at *next. */
static status_t list_entries(const uint8_t *start, size_t capacity, size_t *size, uint64_t *next) {
    *size = 0;
    for (unsigned i = 0; i < LIST_ENTRIES; i++) {
        struct archive_entry entry;
        enum archive_result result = archive_next(&archive, &entry);
        if (result == ARCHIVE_END || result == ARCHIVE_CUT) {
            *next = 0;
            return OK;
        }
        if (result != ARCHIVE_ENTRY || !archive_entry_intact(&entry)) {
            *next = entry.offset;
            return i > 0 ? OK : ERR_CORRUPT; /* those before it are answered first */
        }
        size_t needed = entry_size(&entry);
        if (needed > capacity - *size) {
            return i > 0 ? OK : ERR_TOO_BIG;
        }
        entry_write(&entry, start, list + *size);
        *size += needed;
        *next = archive.next;
    }
    return OK;
}

void do_KERNEL_FILES(const struct message *request) {
    struct bytes initrd;
    uint64_t next = request->words[0];
    size_t size, capacity = at_most(request->words[1], sizeof list);
    status_t status = open(&initrd);
    if (status == OK && next > bytes_left(&initrd)) {
        status = ERR_INVALID;
    }
    if (status == OK) {
        archive_init(&archive, initrd.at, bytes_left(&initrd));
        archive.next = next;
        status = list_entries(initrd.at, capacity, &size, &next);
    }
    if (status == OK) {
        service_answer_bytes(request, list, size, next, 0);
    } else {
        service_answer(request, &(struct message){.status = status, .words = {next}});
    }
}
