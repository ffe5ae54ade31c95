/* SPDX-License-Identifier: MIT */
/*
 * fd_read, fd_write and their p- forms: bytes between iovecs and servers.
 *
 *   iovecs of the program --gather--> payload (64 KiB) --one request--> server
 *                         <--scatter-- payload of the answer <-- (reading)
 *   a large iovec, or the last one ----- one request ------> server, and back
 *
 * A file goes on until the iovecs are done, so that a count smaller than what was asked for means
 * the end of the file; a console read gives what there is. An error after some bytes have passed is
 * told as the count of those bytes. A zero-sized transfer asks nobody.
 */
#include "stream.h"
#include "ask.h"
#include "exports.h"
#include "guest.h"

constexpr uint64_t OFFSET_MAX = INT64_MAX;
constexpr uint32_t TRANSFER_MAX =
    0x7fff'0000; /* in one call, as on Linux; the rest is for the next */

struct transfer {
    const struct descriptor *descriptor;
    struct vector vector;
    uint64_t offset; /* in the file */
    bool append;
    uint32_t total; /* bytes that have passed */
};

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* A descriptor that was not opened for this is BADF, as Unix programs expect; other rights that
 * are missing are NOTCAPABLE. */
static enum wasi_errno find_stream(fd_t fd, uint64_t right, struct descriptor **out) {
    enum wasi_errno error = table_find(fd, out);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((*out)->kind == DESCRIPTOR_DIRECTORY) {
        return right == RIGHT_FD_READ ? ERRNO_ISDIR : ERRNO_BADF;
    }
    return ((*out)->rights_base & right) == 0 ? ERRNO_BADF : ERRNO_SUCCESS;
}

/* The same for a transfer at an offset. */
static enum wasi_errno find_positioned(fd_t fd, uint64_t right, uint64_t offset,
                                       struct descriptor **out) {
    enum wasi_errno error = find_stream(fd, right, out);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((*out)->kind == DESCRIPTOR_CONSOLE) {
        return ERRNO_SPIPE;
    }
    error = table_find_with(fd, RIGHT_FD_SEEK, out);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return offset > OFFSET_MAX ? ERRNO_INVAL : ERRNO_SUCCESS;
}

enum wasi_errno stream_check_ready(const struct descriptor *descriptor, uint32_t direction) {
    if ((descriptor->flags & FDFLAG_NONBLOCK) == 0) {
        return ERRNO_SUCCESS;
    }
    uint64_t size;
    bool at_end;
    enum wasi_errno error = console_ready(descriptor->handle, direction, &size, &at_end);
    if (error == ERRNO_SUCCESS && size == 0 && !at_end) {
        error = ERRNO_AGAIN;
    }
    return error;
}

/* What there is, at most a payload's worth; *end when there is no more to be had or wanted. */
static enum wasi_errno read_console_part(struct transfer *transfer, bool peeks, bool *end) {
    uint32_t wanted, got;
    uint32_t most = least(sizeof payload, TRANSFER_MAX - transfer->total);
    enum wasi_errno error = vector_measure(&transfer->vector, most, &wanted);
    *end = true;
    if (error != ERRNO_SUCCESS || wanted == 0) {
        return error;
    }
    error = stream_check_ready(transfer->descriptor, CONSOLE_READY_READ);
    if (error == ERRNO_SUCCESS) {
        error = console_read(transfer->descriptor->handle, wanted, peeks, &got);
    }
    if (error == ERRNO_SUCCESS) {
        error = vector_scatter(&transfer->vector, payload, got);
    }
    if (error == ERRNO_SUCCESS) {
        transfer->total += got;
        *end = got == 0;
    }
    return error;
}

/* Peeking twice would give the same bytes twice. */
static enum wasi_errno read_console(struct transfer *transfer, struct stream_way way) {
    bool end;
    enum wasi_errno error = read_console_part(transfer, way.peeks, &end);
    while (error == ERRNO_SUCCESS && !end && way.waits_for_all && !way.peeks) {
        error = read_console_part(transfer, false, &end);
    }
    return transfer->total > 0 ? ERRNO_SUCCESS : error;
}

enum wasi_errno stream_receive(struct descriptor *descriptor, guest_t iovecs, uint32_t count,
                               struct stream_way way, uint32_t *out) {
    struct transfer transfer = {.descriptor = descriptor};
    enum wasi_errno error = vector_init(&transfer.vector, iovecs, count);
    if (error == ERRNO_SUCCESS) {
        error = read_console(&transfer, way);
    }
    *out = transfer.total;
    return error;
}

/* Of a file, as many bytes as the next iovecs hold, but at most a payload's worth. */
static enum wasi_errno read_scattered(struct transfer *transfer, uint32_t most, uint32_t *wanted,
                                      uint32_t *got) {
    enum wasi_errno error = vector_measure(&transfer->vector, most, wanted);
    *got = 0;
    if (error == ERRNO_SUCCESS && *wanted > 0) {
        error = file_read(transfer->descriptor->handle, transfer->offset, *wanted, got);
    }
    return error == ERRNO_SUCCESS ? vector_scatter(&transfer->vector, payload, *got) : error;
}

static enum wasi_errno read_piece(struct transfer *transfer, const struct wasi_iovec *piece,
                                  uint32_t *got) {
    enum wasi_errno error =
        file_read_to(transfer->descriptor->handle, transfer->offset, piece, got);
    vector_advance(&transfer->vector, *got);
    return error;
}

/* One request's worth from a file; *end when there is no more to be had or wanted. */
static enum wasi_errno read_part(struct transfer *transfer, bool *end) {
    uint32_t wanted, got;
    uint32_t most = least(sizeof payload, TRANSFER_MAX - transfer->total);
    struct wasi_iovec piece;
    enum wasi_errno error = vector_piece(&transfer->vector, most, &piece);
    *end = true;
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    wanted = piece.size;
    error = wanted > 0 ? read_piece(transfer, &piece, &got)
                       : read_scattered(transfer, most, &wanted, &got);
    if (error == ERRNO_SUCCESS) {
        transfer->total += got;
        transfer->offset += got;
        *end = got < wanted || wanted == 0;
    }
    return error;
}

static enum wasi_errno read_file(struct transfer *transfer) {
    enum wasi_errno error = ERRNO_SUCCESS;
    for (bool end = false; !end && error == ERRNO_SUCCESS;) {
        error = read_part(transfer, &end);
    }
    return transfer->total > 0 ? ERRNO_SUCCESS : error;
}

static void take(struct transfer *transfer, struct source *source, uint32_t taken) {
    source->from += taken;
    source->size -= taken;
    transfer->total += taken;
}

/* All of it, unless the console must not wait. */
static enum wasi_errno write_console_part(struct transfer *transfer, struct source *source) {
    const struct descriptor *descriptor = transfer->descriptor;
    while (source->size > 0) {
        uint32_t taken;
        enum wasi_errno error = stream_check_ready(descriptor, CONSOLE_READY_WRITE);
        if (error == ERRNO_SUCCESS) {
            error = console_write(descriptor->handle, source, &taken);
        }
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        take(transfer, source, taken);
    }
    return ERRNO_SUCCESS;
}

static enum wasi_errno write_file_part(struct transfer *transfer, struct source *source) {
    while (source->size > 0) {
        uint32_t taken;
        if (!transfer->append && source->size > OFFSET_MAX - transfer->offset) {
            return ERRNO_FBIG;
        }
        enum wasi_errno error = file_write(transfer->descriptor->handle, transfer->offset,
                                           transfer->append, source, &taken, &transfer->offset);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        if (taken == 0) {
            return ERRNO_NOSPC;
        }
        take(transfer, source, taken);
    }
    return ERRNO_SUCCESS;
}

/* The next bytes, where they are: a piece of the program's memory, or gathered into payload. */
static enum wasi_errno next_source(struct transfer *transfer, struct source *out) {
    uint32_t most = least(sizeof payload, TRANSFER_MAX - transfer->total);
    struct wasi_iovec piece;
    enum wasi_errno error = vector_piece(&transfer->vector, most, &piece);
    if (error == ERRNO_SUCCESS && piece.size > 0) {
        vector_advance(&transfer->vector, piece.size);
        *out = (struct source){true, piece.address, piece.size};
        return ERRNO_SUCCESS;
    }
    *out = (struct source){false, 0, 0};
    return error == ERRNO_SUCCESS ? vector_gather(&transfer->vector, payload, most, &out->size)
                                  : error;
}

static enum wasi_errno write_stream(struct transfer *transfer) {
    bool console = transfer->descriptor->kind == DESCRIPTOR_CONSOLE;
    enum wasi_errno error = ERRNO_SUCCESS;
    while (error == ERRNO_SUCCESS) {
        struct source source;
        error = next_source(transfer, &source);
        if (error != ERRNO_SUCCESS || source.size == 0) {
            break;
        }
        error =
            console ? write_console_part(transfer, &source) : write_file_part(transfer, &source);
    }
    return transfer->total > 0 ? ERRNO_SUCCESS : error;
}

/* A descriptor with SYNC or DSYNC has its bytes where they stay before the call returns. */
static enum wasi_errno write_through(const struct transfer *transfer) {
    const struct descriptor *descriptor = transfer->descriptor;
    if (descriptor->kind == DESCRIPTOR_CONSOLE || transfer->total == 0 ||
        (descriptor->flags & (FDFLAG_SYNC | FDFLAG_DSYNC)) == 0) {
        return ERRNO_SUCCESS;
    }
    return file_numbers(descriptor->handle, FILE_SYNC, (descriptor->flags & FDFLAG_SYNC) == 0, 0);
}

static enum wasi_errno transfer_read(struct transfer *transfer, guest_t iovecs, uint32_t count) {
    enum wasi_errno error = vector_init(&transfer->vector, iovecs, count);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return transfer->descriptor->kind == DESCRIPTOR_CONSOLE
               ? read_console(transfer, (struct stream_way){})
               : read_file(transfer);
}

static enum wasi_errno transfer_write(struct transfer *transfer, guest_t iovecs, uint32_t count) {
    enum wasi_errno error = vector_init(&transfer->vector, iovecs, count);
    if (error == ERRNO_SUCCESS) {
        error = write_stream(transfer);
    }
    return error == ERRNO_SUCCESS ? write_through(transfer) : error;
}

enum wasi_errno wasi_fd_read(fd_t fd, guest_t iovecs, uint32_t count, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_stream(fd, RIGHT_FD_READ, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct transfer transfer = {.descriptor = descriptor, .offset = descriptor->position};
    error = transfer_read(&transfer, iovecs, count);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    descriptor->position = transfer.offset;
    return guest_write_u32(out, transfer.total);
}

enum wasi_errno wasi_fd_pread(fd_t fd, guest_t iovecs, uint32_t count, uint64_t offset,
                              guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_positioned(fd, RIGHT_FD_READ, offset, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct transfer transfer = {.descriptor = descriptor, .offset = offset};
    error = transfer_read(&transfer, iovecs, count);
    return error == ERRNO_SUCCESS ? guest_write_u32(out, transfer.total) : error;
}

enum wasi_errno wasi_fd_write(fd_t fd, guest_t iovecs, uint32_t count, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_stream(fd, RIGHT_FD_WRITE, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct transfer transfer = {.descriptor = descriptor,
                                .offset = descriptor->position,
                                .append = (descriptor->flags & FDFLAG_APPEND) != 0};
    error = transfer_write(&transfer, iovecs, count);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    descriptor->position = transfer.offset;
    return guest_write_u32(out, transfer.total);
}

/* Writes at the offset even when the descriptor appends, as POSIX has it. */
enum wasi_errno wasi_fd_pwrite(fd_t fd, guest_t iovecs, uint32_t count, uint64_t offset,
                               guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_positioned(fd, RIGHT_FD_WRITE, offset, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct transfer transfer = {.descriptor = descriptor, .offset = offset};
    error = transfer_write(&transfer, iovecs, count);
    return error == ERRNO_SUCCESS ? guest_write_u32(out, transfer.total) : error;
}
