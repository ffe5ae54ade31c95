/* SPDX-License-Identifier: MIT */
/*
 * The birth record (abi/birth.h) taken apart.
 *
 * The record is the kernel's, yet every number in it is checked: a broken one ends the program
 * rather than let it run with half of its streams.
 */
#include "birth.h"
#include "ask.h"
#include "table.h"
#include <base/string.h>
#include <user/system.h>

constexpr uint32_t EXIT_NO_BIRTH = 70;
constexpr fd_t FIRST_DIRECTORY = 3;

static alignas(8) char record[BIRTH_MAX];
static struct birthright born;
static bool done;

/* The next `count` texts of *rest; they are taken off it. */
static struct texts take_texts(struct text *rest, uint32_t count) {
    struct texts texts = {rest->bytes, 0, count};
    for (uint32_t i = 0; i < count; i++) {
        if (texts.size == rest->size) {
            system_exit(EXIT_NO_BIRTH);
        }
        while (texts.size < rest->size && rest->bytes[texts.size] != '\0') {
            texts.size++;
        }
        if (texts.size == rest->size) {
            system_exit(EXIT_NO_BIRTH);
        }
        texts.size++;
    }
    rest->bytes += texts.size;
    rest->size -= texts.size;
    return texts;
}

static void add_console(fd_t fd, handle_t handle) {
    struct descriptor *descriptor;
    if (table_reserve(fd, &fd, &descriptor) == ERRNO_SUCCESS) {
        *descriptor = (struct descriptor){
            .kind = DESCRIPTOR_CONSOLE,
            .filetype = FILETYPE_UNKNOWN,
            .handle = handle,
            .rights_base = RIGHTS_CONSOLE | (fd == 0 ? RIGHT_FD_READ : RIGHT_FD_WRITE)};
        enum console_kind kind;
        if (console_info(handle, &kind) == ERRNO_SUCCESS && kind == CONSOLE_TERMINAL) {
            descriptor->filetype = FILETYPE_CHARACTER_DEVICE;
        }
    }
}

/* A standard stream that is a file: what is written goes behind what is there. */
static void add_file(fd_t fd, handle_t handle) {
    struct descriptor *descriptor;
    struct file_stat stat;
    if (file_stat(handle, &stat) == ERRNO_SUCCESS && stat.kind != FILE_KIND_DIRECTORY &&
        table_reserve(fd, &fd, &descriptor) == ERRNO_SUCCESS) {
        *descriptor = (struct descriptor){
            .kind = DESCRIPTOR_FILE,
            .filetype = filetype_of(stat.kind),
            .handle = handle,
            .position = fd == 0 ? 0 : stat.size,
            .rights_base = RIGHTS_FILE & ~(fd == 0 ? RIGHT_FD_WRITE : RIGHT_FD_READ)};
    }
}

/* It can but be accepted from; a connection can do what is inherited. */
static void add_socket(handle_t handle) {
    fd_t fd;
    struct descriptor *descriptor;
    if (table_reserve(FIRST_DIRECTORY, &fd, &descriptor) == ERRNO_SUCCESS) {
        *descriptor = (struct descriptor){.kind = DESCRIPTOR_CONSOLE,
                                          .filetype = FILETYPE_SOCKET_STREAM,
                                          .handle = handle,
                                          .rights_base = RIGHTS_CONSOLE | RIGHT_SOCK_ACCEPT,
                                          .rights_inheriting = RIGHTS_CONNECTION};
    }
}

static void add_directory(handle_t handle, struct text name) {
    fd_t fd;
    struct descriptor *descriptor;
    if (table_reserve(FIRST_DIRECTORY, &fd, &descriptor) == ERRNO_SUCCESS) {
        *descriptor = (struct descriptor){.kind = DESCRIPTOR_DIRECTORY,
                                          .filetype = FILETYPE_DIRECTORY,
                                          .handle = handle,
                                          .name = name.bytes,
                                          .name_size = (uint32_t)name.size,
                                          .rights_base = RIGHTS_DIRECTORY,
                                          .rights_inheriting = RIGHTS_DIRECTORY | RIGHTS_FILE};
    }
}

/* 0, 1, 2 for the names of the standard streams, otherwise 3. */
static fd_t standard_stream(struct text name) {
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    fd_t fd = 0;
    while (fd < FIRST_DIRECTORY && !text_equal(name, text_of(names[fd]))) {
        fd++;
    }
    return fd;
}

static void add_handle(const struct birth_handle *entry, struct text name) {
    fd_t stream = standard_stream(name);
    if (entry->protocol == PROTOCOL_CONSOLE && stream < FIRST_DIRECTORY) {
        add_console(stream, entry->handle);
    } else if (entry->protocol == PROTOCOL_FILE && stream < FIRST_DIRECTORY) {
        add_file(stream, entry->handle);
    } else if (entry->protocol == PROTOCOL_FILE) {
        add_directory(entry->handle, name);
    } else if (entry->protocol == PROTOCOL_SOCKET) {
        add_socket(entry->handle);
    } else if (entry->protocol == PROTOCOL_CLOCK) {
        born.clock = entry->handle;
    } else if (entry->protocol == PROTOCOL_RANDOM) {
        born.random = entry->handle;
    }
}

static void parse(uint32_t size) {
    struct birth header;
    memcpy(&header, record, sizeof header);
    uint64_t handles_size = (uint64_t)header.handle_count * sizeof(struct birth_handle);
    uint64_t strings = sizeof header + handles_size;
    if (header.magic != BIRTH_MAGIC || header.size != size || strings > size ||
        header.strings_size != size - strings) {
        system_exit(EXIT_NO_BIRTH);
    }
    struct text rest = {record + strings, header.strings_size};
    born.arguments = take_texts(&rest, header.argument_count);
    born.environment = take_texts(&rest, header.environment_count);
    const struct birth_handle *handles = (const void *)(record + sizeof header);
    for (uint32_t i = 0; i < header.handle_count; i++) {
        struct texts name = take_texts(&rest, 1);
        add_handle(&handles[i], (struct text){name.bytes, name.size - 1});
    }
}

void birth_read(void) {
    if (done) {
        return;
    }
    done = true;
    int32_t size = system_birth(record, sizeof record);
    if (size < (int32_t)sizeof(struct birth) || size > (int32_t)sizeof record) {
        system_exit(EXIT_NO_BIRTH);
    }
    parse((uint32_t)size);
}

const struct birthright *birth_get(void) {
    birth_read();
    return &born;
}
