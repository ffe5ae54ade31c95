/* SPDX-License-Identifier: MIT */
/* cat: files, one after the other; without arguments what comes on standard input. */
#include <proto/console.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/file.h>

static uint8_t bytes[MESSAGE_PAYLOAD_MAX];

static status_t show(handle_t file) {
    status_t status = OK;
    uint32_t got = 1;
    for (uint64_t offset = 0; status == OK && got > 0; offset += got) {
        status = file_read(file, offset, bytes, sizeof bytes, &got);
        print_bytes(bytes, got);
    }
    return status;
}

static status_t show_file(const char *path) {
    handle_t file;
    enum file_kind kind;
    status_t status = file_open(path, FILE_OPEN_FOLLOW, FILE_RIGHT_READ, &file, &kind);
    if (status == OK) {
        status = kind == FILE_KIND_DIRECTORY ? (status_t)ERR_IS_DIRECTORY : show(file);
        (void)system_handle_close(file);
    }
    return status;
}

static status_t show_console(handle_t console) {
    while (true) {
        struct message request = {.operation = CONSOLE_READ, .words = {sizeof bytes}};
        struct message reply = {.payload = bytes, .payload_capacity = sizeof bytes};
        status_t status = ask_once(console, &request, &reply);
        if (status != OK || reply.payload_size == 0) {
            return status;
        }
        print_bytes(bytes, reply.payload_size);
        print_flush();
    }
}

static status_t show_input(void) {
    uint32_t protocol;
    handle_t input = command_handle("stdin", 0, &protocol);
    if (input == HANDLE_NONE) {
        return OK;
    }
    return protocol == PROTOCOL_FILE ? show(input) : show_console(input);
}

static uint32_t cat(uint32_t count, const char **arguments) {
    uint32_t code = 0;
    status_t status = count == 1 ? show_input() : (status_t)OK;
    if (status != OK) {
        print_error("%s", status_text(status));
        code = 1;
    }
    for (uint32_t i = 1; i < count; i++) {
        status = show_file(arguments[i]);
        if (status != OK) {
            print_error("%s: %s", arguments[i], status_text(status));
            code = 1;
        }
    }
    return code;
}

COMMAND(cat)
