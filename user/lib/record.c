/* SPDX-License-Identifier: MIT */
/* See user/record.h. */
#include <base/string.h>
#include <user/record.h>

struct writer {
    uint8_t *bytes;
    uint32_t size, capacity;
    bool failed;
};

static void put(struct writer *writer, const void *bytes, size_t size) {
    if (writer->failed || size > writer->capacity - writer->size) {
        writer->failed = true;
        return;
    }
    memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += (uint32_t)size;
}

static void put_texts(struct writer *writer, const char *const *texts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        put(writer, texts[i], strlen(texts[i]) + 1);
    }
}

static uint32_t put_handles(struct writer *writer, const struct record_spec *spec) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < spec->handle_count; i++) {
        const struct record_handle *handle = &spec->handles[i];
        struct birth_handle entry = {handle->handle, handle->protocol};
        if (handle->handle != HANDLE_NONE) {
            put(writer, &entry, sizeof entry);
            count++;
        }
    }
    return count;
}

uint32_t record_make(const struct record_spec *spec, void *to, uint32_t capacity) {
    struct writer writer = {.bytes = to, .capacity = capacity < BIRTH_MAX ? capacity : BIRTH_MAX};
    struct birth birth = {.magic = BIRTH_MAGIC,
                          .argument_count = spec->argument_count,
                          .environment_count = spec->environment_count};
    put(&writer, &birth, sizeof birth);
    birth.handle_count = put_handles(&writer, spec);
    uint32_t before = writer.size;
    put_texts(&writer, spec->arguments, spec->argument_count);
    put_texts(&writer, spec->environment, spec->environment_count);
    for (uint32_t i = 0; i < spec->handle_count; i++) {
        if (spec->handles[i].handle != HANDLE_NONE) {
            put_texts(&writer, &spec->handles[i].name, 1);
        }
    }
    if (writer.failed) {
        return 0;
    }
    birth.size = writer.size;
    birth.strings_size = writer.size - before;
    memcpy(to, &birth, sizeof birth);
    return writer.size;
}
