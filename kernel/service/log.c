/* SPDX-License-Identifier: MIT */
/*
 * The log, as the kernel's server gives it out. A line may be written anywhere, in an interrupt
 * too, where nobody can be answered: whoever waits for new lines is answered at the end of the next
 * request of anybody's, which init sees to for all that it has to tell.
 */
#include "unit.h"
#include <base/string.h>
#include <kernel/log.h>

constexpr uint32_t WATCHERS_MAX = 8; /* who wait; the oldest gives way */

static char lines[KERNEL_TEXT_MAX];
static struct {
    handle_t reply;
    uint64_t number;
} watchers[WATCHERS_MAX];
static uint32_t watcher_count;

void do_KERNEL_LOG_WRITE(const struct message *request) {
    static_assert(LOG_ERROR == 0);
    enum log_level level = (enum log_level)at_most(request->words[0], LOG_TRACE);
    log_write(level, "program", "%.*s", (int)request->payload_size, (const char *)request->payload);
    service_answer_status(request, OK);
}

void do_KERNEL_LOG_READ(const struct message *request) {
    uint64_t next = request->words[0], lost;
    size_t size = log_read(&next, &lost, lines, at_most(request->words[1], sizeof lines));
    service_answer_bytes(request, lines, size, next, lost);
}

static uint64_t newest(void) {
    uint64_t next = UINT64_MAX, lost;
    (void)log_read(&next, &lost, lines, 0);
    return next;
}

static void answer_at(uint32_t index, uint64_t next) {
    const struct message request = {.reply = watchers[index].reply};
    watcher_count--;
    memmove(&watchers[index], &watchers[index + 1], (watcher_count - index) * sizeof watchers[0]);
    service_answer(&request, &(struct message){.words = {next}});
}

void do_KERNEL_LOG_WATCH(const struct message *request) {
    if (watcher_count == WATCHERS_MAX) {
        answer_at(0, newest());
    }
    if (request->reply != HANDLE_NONE) {
        watchers[watcher_count].reply = request->reply;
        watchers[watcher_count++].number = request->words[0];
    }
}

void service_log_look(void) {
    uint64_t next = watcher_count > 0 ? newest() : 0;
    for (uint32_t i = watcher_count; i-- > 0;) {
        if (watchers[i].number < next) {
            answer_at(i, next);
        }
    }
}
