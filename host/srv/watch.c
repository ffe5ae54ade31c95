/* SPDX-License-Identifier: MIT */
/*
 * Who waits for a descriptor to become ready: their reply handles are kept in a short list, oldest
 * first. While there are any, the process sleeps in ppoll() over their descriptors, and what wakes
 * it is an interrupt of the server, whose turn it is then (kernel/process.h). When the list is full
 * the oldest is answered early, as the protocol allows: it looks, and asks again.
 */
#include "../port/sleep.h"
#include "stream.h"
#include "streams.h"
#include <kernel/process.h>
#include <poll.h>
#include <proto/console.h>
#include <string.h>
#include <user/request.h>

constexpr uint32_t WATCHERS_MAX = 64;

struct watcher {
    handle_t reply;
    int file;
    uint64_t direction;
};

static struct watcher watchers[WATCHERS_MAX];
static uint32_t watcher_count;
static struct process *server;

static void remove_at(uint32_t index) {
    watcher_count--;
    memmove(&watchers[index], &watchers[index + 1],
            (watcher_count - index) * sizeof(watchers[0]));
}

static void answer_at(uint32_t index, const struct message *answer) {
    handle_t reply = watchers[index].reply;
    remove_at(index);
    (void)!system_reply(reply, answer); /* who waited may be gone */
}

static struct message look(int file, uint64_t direction) {
    struct message request = {.words = {direction}}, answer = {};
    answer.status = stream_ready(file, &request, &answer);
    return answer;
}

static bool is_due(const struct message *answer) {
    return answer->status != OK || answer->words[0] > 0 || answer->words[1] > 0;
}

void watch_serve(void) {
    for (uint32_t i = watcher_count; i-- > 0;) {
        struct message answer = look(watchers[i].file, watchers[i].direction);
        if (is_due(&answer)) {
            answer_at(i, &answer);
        }
    }
}

void watch_drop(int file) {
    const struct message end = {.words = {0, 1}};
    for (uint32_t i = watcher_count; i-- > 0;) {
        if (watchers[i].file == file) {
            answer_at(i, &end);
        }
    }
}

/* In port_wait(): nobody can run. */
static void sleep_watching(const struct timespec *timeout) {
    struct pollfd files[WATCHERS_MAX];
    for (uint32_t i = 0; i < watcher_count; i++) {
        bool reading = watchers[i].direction == CONSOLE_READY_READ;
        files[i] = (struct pollfd){.fd = watchers[i].file, .events = reading ? POLLIN : POLLOUT};
    }
    if (ppoll(files, watcher_count, timeout, nullptr) > 0) {
        process_interrupt(server);
    }
}

void streams_attach(struct process *streams) {
    server = streams;
}

void watch_add(int file, struct message *request) {
    const struct message early = {};
    struct message answer = look(file, request->words[0]);
    if (is_due(&answer) || server == nullptr) {
        (void)!request_answer(request, &answer);
        return;
    }
    if (watcher_count == WATCHERS_MAX) {
        answer_at(0, &early);
    }
    if (request->reply != HANDLE_NONE) {
        process_expect_interrupts(server);
        port_sleep_set(sleep_watching);
        watchers[watcher_count++] = (struct watcher){request->reply, file, request->words[0]};
        request->reply = HANDLE_NONE;
    }
    request_answer_status(request, OK); /* closes what came along; the answer comes later */
}
