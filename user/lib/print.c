/* SPDX-License-Identifier: MIT */
/* See user/print.h. */
#include <base/format.h>
#include <base/string.h>
#include <proto/console.h>
#include <user/ask.h>
#include <user/command.h>
#include <user/file.h>

constexpr uint32_t GATHERED = 4096;

struct output {
    bool open;
    handle_t handle; /* HANDLE_NONE: what is said is lost */
    uint32_t protocol;
    uint64_t offset; /* of a file: from its end on at first */
    uint32_t size;
    uint8_t bytes[GATHERED];
};

static struct output standard, errors;

static void find_end(struct output *output) {
    struct file_stat stat;
    struct message request = {.operation = FILE_STAT};
    struct message reply = {.payload = &stat, .payload_capacity = sizeof stat};
    if (ask_again(output->handle, &request, &reply) == OK && reply.payload_size == sizeof stat) {
        output->offset = stat.size;
    }
}

static void open(struct output *output) {
    if (!output->open) {
        output->open = true;
        output->handle =
            command_handle(output == &standard ? "stdout" : "stderr", 0, &output->protocol);
        if (output->handle != HANDLE_NONE && output->protocol == PROTOCOL_FILE) {
            find_end(output);
        }
    }
}

/* A console or a pipe takes as much as it likes at a time. */
static status_t say(handle_t console, const uint8_t *bytes, uint32_t size) {
    status_t status = OK;
    while (size > 0 && status == OK) {
        struct message request = {
            .operation = CONSOLE_WRITE, .payload = (void *)bytes, .payload_size = size};
        struct message reply = {.payload = nullptr};
        status = ask_once(console, &request, &reply);
        uint32_t taken = status == OK && reply.words[0] <= size ? (uint32_t)reply.words[0] : 0;
        status = status == OK && taken == 0 ? (status_t)ERR_IO : status;
        status = status == ERR_RESTARTED ? (status_t)OK : status; /* it may be said twice */
        bytes += taken;
        size -= taken;
    }
    return status;
}

static void flush(struct output *output) {
    uint32_t size = output->size;
    open(output);
    output->size = 0;
    if (output->handle == HANDLE_NONE || size == 0) {
        return;
    }
    status_t status = output->protocol == PROTOCOL_FILE
                          ? file_write(output->handle, &output->offset, output->bytes, size)
                          : say(output->handle, output->bytes, size);
    if (status != OK) {
        system_exit(EXIT_UNHEARD);
    }
}

static void put(void *context, const char *bytes, size_t size) {
    struct output *output = context;
    while (size > 0) {
        if (output->size == GATHERED) {
            flush(output);
        }
        size_t piece = GATHERED - output->size < size ? GATHERED - output->size : size;
        memcpy(output->bytes + output->size, bytes, piece);
        output->size += (uint32_t)piece;
        bytes += piece;
        size -= piece;
    }
}

void print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    format_list(put, &standard, format, arguments);
    va_end(arguments);
}

void print_bytes(const void *bytes, size_t size) {
    put(&standard, bytes, size);
}

void print_flush(void) {
    flush(&standard);
}

static const char *own_name = "command";

void print_name_set(const char *name) {
    own_name = name;
}

void print_error(const char *format, ...) {
    va_list arguments;
    print_flush();
    format_to(put, &errors, "%s: ", own_name);
    va_start(arguments, format);
    format_list(put, &errors, format, arguments);
    va_end(arguments);
    put(&errors, "\n", 1);
    flush(&errors);
}
