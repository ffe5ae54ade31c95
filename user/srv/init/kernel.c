/* SPDX-License-Identifier: MIT */
/* See kernel.h. Each function is one call, but for files, which are read in pieces. */
#include "kernel.h"
#include <base/format.h>
#include <proto/kernel.h>
#include <user/ask.h>
#include <user/birth.h>

static handle_t kernel;

bool kernel_open(void) {
    kernel = birth_find(PROTOCOL_KERNEL, nullptr);
    return kernel != HANDLE_NONE;
}

struct line {
    char text[KERNEL_PATH_MAX];
    uint32_t size;
};

static void put(void *context, const char *bytes, size_t size) {
    struct line *line = context;
    for (size_t i = 0; i < size && line->size < sizeof line->text; i++) {
        line->text[line->size++] = bytes[i];
    }
}

/* What cannot be logged cannot be complained about either. */
void kernel_log(enum level level, const char *format, ...) {
    struct line line = {.size = 0};
    struct message reply = {.payload = nullptr};
    va_list arguments;
    va_start(arguments, format);
    format_list(put, &line, format, arguments);
    va_end(arguments);
    struct message request = {.operation = KERNEL_LOG_WRITE,
                              .words = {level},
                              .payload = line.text,
                              .payload_size = line.size};
    (void)ask_once(kernel, &request, &reply);
}

status_t kernel_file(struct text path, void *to, uint32_t capacity, uint64_t *size) {
    uint32_t done = 0;
    do {
        uint32_t want =
            capacity - done < MESSAGE_PAYLOAD_MAX ? capacity - done : MESSAGE_PAYLOAD_MAX;
        struct message request = {.operation = KERNEL_FILE,
                                  .words = {done, want},
                                  .payload = (void *)path.bytes,
                                  .payload_size = (uint32_t)path.size};
        struct message reply = {.payload = (uint8_t *)to + done, .payload_capacity = want};
        status_t status = ask_once(kernel, &request, &reply);
        if (status != OK) {
            return status;
        }
        *size = reply.words[0];
        if (reply.payload_size == 0) {
            break;
        }
        done += reply.payload_size;
    } while (done < capacity && done < *size);
    return OK;
}

static status_t named(uint32_t operation, struct text name, handle_t *out) {
    struct message request = {
        .operation = operation, .payload = (void *)name.bytes, .payload_size = (uint32_t)name.size};
    struct message reply = {.payload = nullptr};
    status_t status = ask_once(kernel, &request, &reply);
    if (status == OK && reply.handle_count == 0) {
        return ERR_CORRUPT;
    }
    *out = reply.handles[0];
    return status;
}

status_t kernel_module(struct text path, handle_t *out) {
    return named(KERNEL_MODULE, path, out);
}

status_t kernel_device(struct text name, handle_t *out) {
    return named(KERNEL_DEVICE, name, out);
}

status_t kernel_limited(uint64_t rights, handle_t *out) {
    struct message request = {.operation = KERNEL_LIMIT, .words = {rights}};
    struct message reply = {.payload = nullptr};
    status_t status = ask_once(kernel, &request, &reply);
    if (status == OK && reply.handle_count == 0) {
        return ERR_CORRUPT;
    }
    *out = reply.handles[0];
    return status;
}
