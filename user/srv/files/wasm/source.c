/* SPDX-License-Identifier: MIT */
/*
 * See source.h. The kernel's server lists the entries when this one starts, and gives the bytes of
 * a file whenever it is read: nothing of the archive is kept here but names. Half of the memory
 * that is free then may become files; without the right to ask, FILES_LIMIT_DEFAULT bytes.
 */
#include "../source.h"
#include "../tree.h"
#include <base/format.h>
#include <proto/kernel.h>
#include <user/ask.h>
#include <user/birth.h>
#include <user/files.h>
#include <user/system.h>

constexpr uint32_t LIST_SIZE = 16 * 1024;

static handle_t kernel;
static alignas(8) uint8_t list[LIST_SIZE];

static void complain(uint64_t place, status_t status) {
    char text[80];
    struct message reply = {.payload = nullptr};
    size_t size = format_buffer(text, sizeof text, "initrd at byte %llu: %s",
                                (unsigned long long)place, status_text(status));
    struct message request = {
        .operation = KERNEL_LOG_WRITE, .payload = text, .payload_size = (uint32_t)size};
    (void)ask_once(kernel, &request, &reply);
}

static void choose_limit(void) {
    struct kernel_memory memory = {};
    struct message request = {.operation = KERNEL_MEMORY};
    struct message reply = {.payload = &memory, .payload_capacity = sizeof memory};
    if (ask_once(kernel, &request, &reply) == OK && memory.free > memory.promised) {
        files_limit_set((memory.free - memory.promised) / 2);
    }
}

/* The entry that lies at `at`, and how much room it takes. False: what is there is no entry. */
static bool read_entry(uint32_t at, uint32_t end, struct archive_entry *out, uint64_t *place,
                       uint32_t *size) {
    struct kernel_file file;
    if (end - at < sizeof file) {
        return false;
    }
    memcpy(&file, list + at, sizeof file);
    uint32_t room = end - at - (uint32_t)sizeof file;
    if (file.name_size > room || file.target_size > room - file.name_size) {
        return false;
    }
    const char *name = (const char *)list + at + sizeof file;
    *out = (struct archive_entry){
        .offset = file.header,
        .kind = (enum archive_kind)file.kind,
        .name = {name, file.name_size},
        .target = {name + file.name_size, file.target_size},
        .size = file.size,
        .modification_s = file.modification_s,
        .shared = file.shared != 0,
        .file = file.file,
    };
    *place = file.place;
    *size = ((uint32_t)sizeof file + file.name_size + file.target_size + 7) & ~7u;
    return *size <= end - at;
}

static status_t add_entries(uint32_t end, uint64_t *fault) {
    status_t status = OK;
    for (uint32_t at = 0, size = 0; at < end && status == OK; at += size) {
        struct archive_entry entry;
        uint64_t place;
        if (!read_entry(at, end, &entry, &place, &size)) {
            return ERR_CORRUPT;
        }
        *fault = entry.offset;
        status = archive_entry_add(&entry, place);
    }
    return status;
}

static status_t add_all(uint64_t *fault) {
    uint64_t next = 0;
    do {
        struct message request = {.operation = KERNEL_FILES, .words = {next, LIST_SIZE}};
        struct message reply = {.payload = list, .payload_capacity = sizeof list};
        status_t status = ask_once(kernel, &request, &reply);
        *fault = status == OK ? next : reply.words[0];
        if (status == OK) {
            status = add_entries(reply.payload_size, fault);
        }
        if (status != OK) {
            return status;
        }
        next = reply.words[0];
    } while (next != 0);
    return OK;
}

void source_open(void) {
    uint64_t fault = 0;
    kernel = birth_find(PROTOCOL_KERNEL, nullptr);
    if (kernel == HANDLE_NONE || tree_root() == nullptr) {
        return; /* there is /tmp, if there is anything */
    }
    choose_limit();
    status_t status = add_all(&fault);
    if (status != OK) {
        complain(fault, status);
    }
    archive_entries_end();
}

const uint8_t *source_read(uint64_t place, uint32_t *size, uint8_t *buffer) {
    struct message request = {.operation = KERNEL_BYTES, .words = {place, *size}};
    struct message reply = {.payload = buffer, .payload_capacity = *size};
    *size = ask_once(kernel, &request, &reply) == OK ? reply.payload_size : 0;
    return buffer;
}
