/* SPDX-License-Identifier: MIT */
/* The line is never waited for in one direction only: a machine that logs must not be held up by a
 * sender that does not read. */
#include "channel.h"
#include "command.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void pass_plain(void *context, const uint8_t *bytes, size_t size) {
    (void)fwrite(bytes, 1, size, stdout);
}

static void keep_answer(void *context, const struct frame *frame, bool sound) {
    struct channel *channel = context;
    if (!sound || frame->type < CONTROL_HAVE) {
        return;
    }
    struct answer *answer = &channel->answers[channel->head++ % CHANNEL_ANSWERS];
    if (channel->head - channel->tail > CHANNEL_ANSWERS) {
        channel->tail++;
    }
    size_t size = frame->size < sizeof(answer->text) - 1 ? frame->size : sizeof(answer->text) - 1;
    *answer = (struct answer){.type = frame->type, .kind = frame->kind, .value = frame->value};
    memcpy(answer->text, frame->payload, size);
}

/* ---- opening ---- */

static int open_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file >= 0 && (connect(file, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
                      fcntl(file, F_SETFL, O_NONBLOCK) != 0)) {
        int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    return file;
}

static int open_line(const char *path) {
    struct stat stat_of;
    if (stat(path, &stat_of) == 0 && S_ISSOCK(stat_of.st_mode)) {
        return open_socket(path);
    }
    return open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

/* 115200 8N1 with RTS and CTS, as the kernel has it; no byte is anything but itself. */
static bool set_modes(struct channel *channel) {
    struct termios modes;
    if (tcgetattr(channel->file, &channel->before) != 0) {
        return false;
    }
    modes = channel->before;
    cfmakeraw(&modes);
    modes.c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | HUPCL);
    modes.c_cflag |= CRTSCTS | CLOCAL | CREAD | CS8;
    (void)cfsetispeed(&modes, B115200);
    (void)cfsetospeed(&modes, B115200);
    return tcsetattr(channel->file, TCSANOW, &modes) == 0;
}

bool channel_open(struct channel *channel, const char *path) {
    *channel = (struct channel){
        .file = open_line(path),
        .reader = {.plain = pass_plain, .frame = keep_answer, .context = channel},
    };
    if (channel->file < 0) {
        command_failed("%s: %s", path, strerror(errno));
        return false;
    }
    channel->is_tty = isatty(channel->file) == 1;
    if (channel->is_tty && !set_modes(channel)) {
        command_failed("%s: cannot be set to 115200 baud: %s", path, strerror(errno));
        close(channel->file);
        return false;
    }
    return true;
}

void channel_close(struct channel *channel) {
    if (channel->is_tty) {
        (void)tcsetattr(channel->file, TCSADRAIN, &channel->before);
    }
    close(channel->file);
    (void)fflush(stdout);
}

/* ---- bytes ---- */

static bool is_patient(ssize_t result) {
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Takes what has come. False: the line is closed. */
static bool take(struct channel *channel) {
    uint8_t bytes[4096];
    ssize_t size = read(channel->file, bytes, sizeof(bytes));
    if (size > 0) {
        frame_reader_put(&channel->reader, bytes, (size_t)size);
        (void)fflush(stdout);
    }
    return size > 0 || is_patient(size);
}

/* Waits until the line is ready for `events` and takes what has come. False: closed. */
static bool step(struct channel *channel, short events, int timeout_ms) {
    struct pollfd ready = {.fd = channel->file, .events = events};
    if (poll(&ready, 1, timeout_ms) <= 0) {
        return true;
    }
    return !(ready.revents & (POLLIN | POLLHUP | POLLERR)) || take(channel);
}

bool channel_send(struct channel *channel, const struct frame *frame) {
    uint8_t bytes[FRAME_SIZE_MAX];
    size_t size = frame_write(frame, bytes);
    for (size_t done = 0; done < size;) {
        ssize_t count = write(channel->file, bytes + done, size - done);
        if (count > 0) {
            done += (size_t)count;
        } else if (!is_patient(count) || !step(channel, POLLIN | POLLOUT, -1)) {
            return false;
        }
    }
    return true;
}

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

enum channel_result channel_wait(struct channel *channel, int timeout_ms, struct answer *out) {
    int64_t end_ms = now_ms() + timeout_ms;
    while (channel->head == channel->tail) {
        int64_t left_ms = end_ms - now_ms();
        if (left_ms <= 0) {
            return CHANNEL_SILENT;
        }
        if (!step(channel, POLLIN, (int)left_ms)) {
            return CHANNEL_CLOSED;
        }
    }
    *out = channel->answers[channel->tail++ % CHANNEL_ANSWERS];
    return CHANNEL_ANSWER;
}
