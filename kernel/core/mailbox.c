/* SPDX-License-Identifier: MIT */
/*
 * Mailboxes and endpoints. What lies in a mailbox is bounded:
 *
 *   calls        queue their callers, take no memory, one per process: not counted
 *   sends        messages and bytes; an endpoint that has something queued already may have at most
 *                a quarter of either, so that one client cannot fill the box for all
 *   answers      a place is kept when the send asks for one
 *   released     part of the endpoint; minting stops while too many wait to be received
 *   interrupts   one, which counts
 */
#include "core.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

constexpr uint32_t SHARE = 4; /* an endpoint's part of the mailbox: 1/SHARE */

void mailbox_init(struct mailbox *mailbox, const struct process_limits *limits) {
    *mailbox = (struct mailbox){.message_limit = limits->mailbox_messages,
                                .byte_limit = limits->mailbox_bytes};
    list_init(&mailbox->messages);
}

bool mailbox_is_empty(const struct mailbox *mailbox) {
    return list_is_empty(&mailbox->messages);
}

bool mailbox_may_hold(const struct mailbox *mailbox, uint32_t size) {
    return mailbox->message_limit > 0 && size <= mailbox->byte_limit;
}

static bool within_share(const struct mailbox *mailbox, const struct endpoint *endpoint,
                         uint32_t size) {
    return endpoint->queued_messages == 0 ||
           (endpoint->queued_messages < mailbox->message_limit / SHARE &&
            endpoint->queued_bytes + size <= mailbox->byte_limit / SHARE);
}

bool mailbox_has_room(const struct mailbox *mailbox, const struct endpoint *endpoint,
                      uint32_t size) {
    return mailbox->message_count + mailbox->promised < mailbox->message_limit &&
           size <= mailbox->byte_limit - mailbox->byte_count &&
           within_share(mailbox, endpoint, size);
}

status_t mailbox_promise(struct mailbox *mailbox) {
    if (mailbox->message_count + mailbox->promised >= mailbox->message_limit) {
        return ERR_FULL;
    }
    mailbox->promised++;
    return OK;
}

/* Adds (sign 1) or takes away (sign -1) what an envelope counts for. Answers count as messages but
 * not as bytes: their number is bounded by the promises, and none may be refused. */
static void count(struct mailbox *mailbox, struct envelope *envelope, uint32_t sign) {
    uint32_t size = envelope->message.payload_size;
    switch (envelope->kind) {
    case ENVELOPE_SEND:
        mailbox->message_count += sign;
        mailbox->byte_count += sign * size;
        envelope->endpoint->queued_messages += sign;
        envelope->endpoint->queued_bytes += sign * size;
        break;
    case ENVELOPE_ANSWER:
        mailbox->message_count += sign;
        break;
    case ENVELOPE_RELEASED:
        mailbox->released_count += sign;
        break;
    case ENVELOPE_CALL:
    case ENVELOPE_INTERRUPT:
        break;
    }
}

void mailbox_put(struct mailbox *mailbox, struct envelope *envelope) {
    count(mailbox, envelope, 1);
    list_append(&mailbox->messages, &envelope->node);
}

void mailbox_remove(struct mailbox *mailbox, struct envelope *envelope) {
    list_remove(&envelope->node);
    count(mailbox, envelope, UINT32_MAX);
}

struct envelope *mailbox_take(struct mailbox *mailbox) {
    if (mailbox_is_empty(mailbox)) {
        return nullptr;
    }
    struct envelope *oldest = list_owner(mailbox->messages.head.next, struct envelope, node);
    mailbox_remove(mailbox, oldest);
    return oldest;
}

status_t endpoint_create(struct process *process, uint64_t badge, bool minted,
                         struct endpoint **out) {
    struct endpoint *endpoint = port_allocate(sizeof *endpoint);
    if (endpoint == nullptr) {
        return ERR_NO_MEMORY;
    }
    *endpoint =
        (struct endpoint){.process = process, .badge = badge, .references = 1, .minted = minted};
    process_acquire(process);
    *out = endpoint;
    return OK;
}

void endpoint_acquire(struct endpoint *endpoint) {
    ensure(endpoint->references > 0 && endpoint->references < UINT32_MAX);
    endpoint->references++;
}

static void endpoint_destroy(struct endpoint *endpoint) {
    struct process *process = endpoint->process;
    port_release(endpoint, sizeof *endpoint);
    process_release(process);
}

/* The last handle is gone: the owner of the mailbox is told, with the endpoint's own memory. The
 * reference that the message holds goes when it has been received. */
static void tell_released(struct endpoint *endpoint) {
    endpoint->minted = false;
    endpoint->references = 1;
    endpoint->released = (struct envelope){
        .kind = ENVELOPE_RELEASED,
        .endpoint = endpoint,
        .message = {.operation = MESSAGE_RELEASED},
    };
    mailbox_put(&endpoint->process->mailbox, &endpoint->released);
    process_wake(endpoint->process);
}

void endpoint_release(struct endpoint *endpoint) {
    ensure(endpoint->references > 0);
    if (--endpoint->references > 0) {
        return;
    }
    ensure(endpoint->queued_messages == 0 && endpoint->queued_bytes == 0);
    if (endpoint->minted && !endpoint->process->dead) {
        tell_released(endpoint);
    } else {
        endpoint_destroy(endpoint);
    }
}
