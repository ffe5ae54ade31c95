/* SPDX-License-Identifier: MIT */
/* Complaints: text in a fixed buffer, so that complaining never fails. */
#include <base/format.h>
#include <boot/complaint.h>

struct writer {
    struct complaint *complaint;
    size_t used;
};

static void put(void *context, const char *bytes, size_t size) {
    struct writer *writer = context;
    for (size_t i = 0; i < size && writer->used + 1 < sizeof writer->complaint->text; i++) {
        writer->complaint->text[writer->used++] = bytes[i];
    }
}

bool complain(struct complaint *complaint, const char *format, ...) {
    struct writer writer = {complaint, 0};
    va_list arguments;
    va_start(arguments, format);
    format_list(put, &writer, format, arguments);
    va_end(arguments);
    complaint->text[writer.used] = 0;
    return false;
}
