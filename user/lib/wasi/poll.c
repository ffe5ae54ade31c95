/* SPDX-License-Identifier: MIT */
/*
 * poll_oneoff: wait until a clock or a descriptor of the program's list is due.
 *
 * Nothing is kept per subscription, so the list may be as long as the program's memory: each pass
 * reads it again, tells what is due as events, and remembers the earliest deadline. Deadlines are
 * reckoned from one look at the clocks at the start. When the first pass finds nothing, the servers
 * of streams are asked to tell when they are ready (watch.h), and each message leads to another pass.
 */
#include "ask.h"
#include "clock.h"
#include "exports.h"
#include "guest.h"
#include "watch.h"
#include <user/system.h>

constexpr uint32_t CLOCK_REALTIME = 0;
constexpr uint32_t CLOCK_STEADY = 1;
constexpr uint32_t CLOCK_LAST = 3;

struct poll {
    guest_t subscriptions, events;
    uint32_t count;
    uint64_t steady_start, wall_start; /* both clocks at the start */
    enum wasi_errno wall_error;
    bool watches; /* streams that are not ready are to tell */
    /* of one pass: */
    uint32_t event_count;
    uint64_t deadline; /* the earliest of those not due */
};

static uint64_t later(uint64_t time, uint64_t delay) {
    uint64_t sum;
    bool overflows = __builtin_add_overflow(time, delay, &sum);
    return overflows || sum > DEADLINE_NEVER ? DEADLINE_NEVER : sum;
}

/* When a clock subscription is due, on the steady clock. */
static enum wasi_errno clock_deadline(const struct poll *poll,
                                      const struct wasi_subscription *subscription, uint64_t *out) {
    uint64_t timeout = subscription->clock.timeout;
    uint32_t id = subscription->clock.id;
    if (id > CLOCK_LAST || (subscription->clock.flags & ~SUBCLOCK_ABSTIME) != 0) {
        return ERRNO_INVAL;
    }
    if (id > CLOCK_STEADY) {
        return ERRNO_NOTSUP;
    }
    if ((subscription->clock.flags & SUBCLOCK_ABSTIME) == 0) {
        *out = later(poll->steady_start, timeout);
    } else if (id == CLOCK_STEADY) {
        *out = later(timeout, 0);
    } else if (poll->wall_error != ERRNO_SUCCESS) {
        return poll->wall_error;
    } else if (timeout <= poll->wall_start) {
        *out = poll->steady_start;
    } else {
        *out = later(poll->steady_start, timeout - poll->wall_start);
    }
    return ERRNO_SUCCESS;
}

/* Is the clock due, or wrong? Otherwise its deadline is remembered. */
static bool clock_due(struct poll *poll, const struct wasi_subscription *subscription,
                      struct wasi_event *event) {
    uint64_t deadline;
    enum wasi_errno error = clock_deadline(poll, subscription, &deadline);
    event->error = (uint16_t)error;
    if (error != ERRNO_SUCCESS || deadline <= system_time_get()) {
        return true;
    }
    if (deadline < poll->deadline) {
        poll->deadline = deadline;
    }
    return false;
}

static bool console_due(const struct poll *poll, struct descriptor *descriptor, uint8_t type,
                        struct wasi_event *event) {
    uint32_t direction = type == EVENTTYPE_FD_READ ? CONSOLE_READY_READ : CONSOLE_READY_WRITE;
    bool at_end;
    enum wasi_errno error = console_ready(descriptor->handle, direction, &event->size, &at_end);
    bool due = error != ERRNO_SUCCESS || event->size > 0 || at_end;
    if (!due && poll->watches) {
        error = watch_start(descriptor, direction);
        due = error != ERRNO_SUCCESS;
    }
    event->error = (uint16_t)error;
    event->flags = at_end ? EVENT_HANGUP : 0;
    return due;
}

/* A file is always ready: what can be read is what lies between the position and its end. */
static void file_due(const struct descriptor *descriptor, uint8_t type, struct wasi_event *event) {
    event->size = MESSAGE_PAYLOAD_MAX;
    if (type == EVENTTYPE_FD_READ && descriptor->kind == DESCRIPTOR_FILE) {
        struct file_stat stat;
        event->error = (uint16_t)file_stat(descriptor->handle, &stat);
        bool more = event->error == ERRNO_SUCCESS && stat.size > descriptor->position;
        event->size = more ? stat.size - descriptor->position : 0;
    }
}

static bool descriptor_due(struct poll *poll, const struct wasi_subscription *subscription,
                           struct wasi_event *event) {
    struct descriptor *descriptor;
    fd_t fd = subscription->file.fd;
    event->error = (uint16_t)table_find_with(fd, RIGHT_POLL_FD_READWRITE, &descriptor);
    if (event->error != ERRNO_SUCCESS) {
        return true;
    }
    if (descriptor->kind == DESCRIPTOR_CONSOLE) {
        return console_due(poll, descriptor, subscription->tag, event);
    }
    file_due(descriptor, subscription->tag, event);
    return true;
}

/* Looks at one subscription, and appends an event when it is due. */
static enum wasi_errno look_at(struct poll *poll, uint32_t index) {
    struct wasi_subscription subscription;
    guest_t from = poll->subscriptions + index * (uint32_t)sizeof subscription;
    if (!guest_read(&subscription, from, sizeof subscription)) {
        return ERRNO_FAULT;
    }
    struct wasi_event event = {.userdata = subscription.userdata, .type = subscription.tag};
    if (subscription.tag > EVENTTYPE_FD_WRITE) {
        return ERRNO_INVAL;
    }
    bool due = subscription.tag == EVENTTYPE_CLOCK ? clock_due(poll, &subscription, &event)
                                                   : descriptor_due(poll, &subscription, &event);
    if (!due) {
        return ERRNO_SUCCESS;
    }
    guest_t to = poll->events + poll->event_count++ * (uint32_t)sizeof event;
    return guest_write(to, &event, sizeof event) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

static enum wasi_errno look_at_all(struct poll *poll) {
    poll->event_count = 0;
    poll->deadline = DEADLINE_NEVER;
    enum wasi_errno error = ERRNO_SUCCESS;
    for (uint32_t i = 0; i < poll->count && error == ERRNO_SUCCESS; i++) {
        error = look_at(poll, i);
    }
    return error;
}

static enum wasi_errno wait(struct poll *poll) {
    enum wasi_errno error = look_at_all(poll);
    while (error == ERRNO_SUCCESS && poll->event_count == 0) {
        if (poll->watches) {
            error = watch_wait(poll->deadline);
        }
        poll->watches = true;
        if (error == ERRNO_SUCCESS) {
            error = look_at_all(poll);
        }
    }
    return error;
}

enum wasi_errno wasi_poll_oneoff(guest_t in, guest_t events, uint32_t count, guest_t out) {
    if (count == 0) {
        return ERRNO_INVAL;
    }
    uint64_t in_end = in + (uint64_t)count * sizeof(struct wasi_subscription);
    uint64_t events_end = events + (uint64_t)count * sizeof(struct wasi_event);
    if (in_end > UINT64_C(1) << 32 || events_end > UINT64_C(1) << 32) {
        return ERRNO_FAULT;
    }
    struct poll poll = {
        .subscriptions = in, .events = events, .count = count, .steady_start = system_time_get()};
    poll.wall_error = clock_now(CLOCK_REALTIME, &poll.wall_start);
    enum wasi_errno error = wait(&poll);
    return error == ERRNO_SUCCESS ? guest_write_u32(out, poll.event_count) : error;
}
