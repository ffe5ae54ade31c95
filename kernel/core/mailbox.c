/* SPDX-License-Identifier: MIT */
/*
 * Mailboxes and endpoints. What lies in a mailbox is bounded:
 *
 *   calls        queue their callers, take no memory, one per process: not counted
 *   sends        messages and bytes; an endpoint that has something queued already may have at most
 *                a quarter of either, so that one client cannot fill the box for all
 *   answers      a place is kept when the send asks for one
 *   released     part of the endpoint; minting stops while too many wait to be received
 *   interrupts   one, which counts; so does every notice
 *   ends         part of the process that has ended: its guardian has a handle for each
 *
 * Senders who wait for room do so behind their endpoint:
 *
 *   endpoint->senders   oldest first
 *   mailbox->crowd      endpoints with senders, which wait for room in the box; each in its turn.
 *                       One whose share is used up is not among them
 *
 * Room is given by the batch: an endpoint whose share was used up joins when half of that is taken
 * out, and a box that was full lets nobody in until half of it is, so that a sender who is faster
 * than the receiver goes on for many messages at a time. Until then newcomers wait, too. What is
 * done when room is made does not grow with the number of those who wait.
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
    list_init(&mailbox->crowd);
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

static bool has_room(const struct mailbox *mailbox, uint32_t size) {
    return mailbox->message_count + mailbox->promised < mailbox->message_limit &&
           size <= mailbox->byte_limit - mailbox->byte_count;
}

/* Is there so much room that senders may go on for a while? */
static bool is_drained(const struct mailbox *mailbox) {
    return mailbox->message_count <= (mailbox->message_limit - mailbox->promised) / 2 &&
           mailbox->byte_count <= mailbox->byte_limit / 2;
}

static bool share_is_drained(const struct mailbox *mailbox, const struct endpoint *endpoint) {
    return endpoint->queued_messages <= mailbox->message_limit / SHARE / 2 &&
           endpoint->queued_bytes <= mailbox->byte_limit / SHARE / 2;
}

/* A send counts (sign 1) from when it is let in, and no more (sign -1) when it is taken. */
static void count_send(struct mailbox *mailbox, struct endpoint *endpoint, uint32_t size,
                       uint32_t sign) {
    mailbox->message_count += sign;
    mailbox->byte_count += sign * size;
    endpoint->queued_messages += sign;
    endpoint->queued_bytes += sign * size;
}

bool mailbox_admit(struct mailbox *mailbox, struct endpoint *endpoint, uint32_t size) {
    bool fits = list_is_empty(&mailbox->crowd) && has_room(mailbox, size) &&
                within_share(mailbox, endpoint, size);
    if (fits) {
        count_send(mailbox, endpoint, size, 1);
    }
    return fits;
}

/* An endpoint with senders whose share has room: they wait for the box. */
static void join_crowd(struct mailbox *mailbox, struct endpoint *endpoint) {
    if (!list_is_empty(&endpoint->senders) && endpoint->crowd.next == nullptr) {
        list_append(&mailbox->crowd, &endpoint->crowd);
    }
}

void mailbox_dismiss(struct mailbox *mailbox, struct endpoint *endpoint, uint32_t size) {
    count_send(mailbox, endpoint, size, UINT32_MAX);
    if (share_is_drained(mailbox, endpoint)) {
        join_crowd(mailbox, endpoint);
    }
}

status_t mailbox_promise(struct mailbox *mailbox) {
    if (mailbox->message_count + mailbox->promised >= mailbox->message_limit) {
        return ERR_FULL;
    }
    mailbox->promised++;
    return OK;
}

void mailbox_put(struct mailbox *mailbox, struct envelope *envelope) {
    mailbox->released_count += envelope->kind == ENVELOPE_RELEASED;
    list_append(&mailbox->messages, &envelope->node);
}

void mailbox_remove(struct mailbox *mailbox, struct envelope *envelope) {
    list_remove(&envelope->node);
    switch (envelope->kind) {
    case ENVELOPE_SEND:
        mailbox_dismiss(mailbox, envelope->endpoint, envelope->message.payload_size);
        break;
    case ENVELOPE_ANSWER:
        mailbox->promised--;
        break;
    case ENVELOPE_RELEASED:
        mailbox->released_count--;
        break;
    case ENVELOPE_INTERRUPT:
        envelope->message.words[0] = mailbox->interrupts;
        mailbox->interrupts = 0;
        break;
    case ENVELOPE_NOTICE: {
        struct notice *notice = (struct notice *)envelope;
        envelope->message.words[0] = notice->count;
        notice->count = 0;
        break;
    }
    case ENVELOPE_CALL:
    case ENVELOPE_ENDED:
        break;
    }
}

/* Holds a call. False: it has been ended, and by somebody who has left us his reference and waits
 * for the lock to take the call back. */
static bool seize(struct envelope *envelope) {
    if (envelope->kind != ENVELOPE_CALL || latch_seize(&envelope->sender->call.latch)) {
        return true;
    }
    process_release(envelope->sender); /* not the last: he has another */
    return false;
}

struct envelope *mailbox_take(struct mailbox *mailbox) {
    while (!mailbox_is_empty(mailbox)) {
        struct envelope *oldest = list_owner(mailbox->messages.head.next, struct envelope, node);
        mailbox_remove(mailbox, oldest);
        if (seize(oldest)) {
            mailbox->received++;
            return oldest;
        }
    }
    return nullptr;
}

/* ---- notices ---- */

bool notice_put(struct process *process, struct notice *notice, uint64_t count) {
    notice->count += count;
    if (notice->envelope.node.next != nullptr) {
        return false;
    }
    notice->envelope.kind = ENVELOPE_NOTICE;
    mailbox_put(&process->mailbox, &notice->envelope);
    return process_claim(process);
}

void notice_post(struct process *process, struct notice *notice, uint64_t count) {
    lock_acquire(&process->lock);
    bool claimed = process_state(process) != PROCESS_DEAD && notice_put(process, notice, count);
    lock_release(&process->lock);
    if (claimed) {
        core_enqueue(process);
    }
}

void notice_withdraw(struct process *process, struct notice *notice) {
    lock_acquire(&process->lock);
    if (notice->envelope.node.next != nullptr) {
        mailbox_remove(&process->mailbox, &notice->envelope);
    }
    lock_release(&process->lock);
}

/* ---- those who wait for room ---- */

void mailbox_join(struct mailbox *mailbox, struct process *sender) {
    struct endpoint *endpoint = sender->wait.endpoint;
    list_append(&endpoint->senders, &sender->wait.node);
    if (within_share(mailbox, endpoint, sender->wait.message.payload_size)) {
        join_crowd(mailbox, endpoint);
    }
}

void mailbox_leave(struct mailbox *mailbox, struct process *sender) {
    struct endpoint *endpoint = sender->wait.endpoint;
    list_remove(&sender->wait.node);
    if (list_is_empty(&endpoint->senders) && endpoint->crowd.next != nullptr) {
        list_remove(&endpoint->crowd);
    }
}

static struct process *first_sender(const struct endpoint *endpoint) {
    return list_owner(endpoint->senders.head.next, struct process, wait.node);
}

/* The endpoint leaves the crowd; it comes back at its end when others wait behind the sender.
 * False: the sender's wait was ended by others. */
static bool wake_first(struct mailbox *mailbox, struct endpoint *endpoint, status_t status) {
    struct process *sender = first_sender(endpoint);
    list_remove(&endpoint->crowd);
    list_remove(&sender->wait.node);
    join_crowd(mailbox, endpoint);
    bool wakes = latch_close(&sender->wait.room, latch_number(&sender->wait.room));
    if (wakes) {
        sender->wait.status = status;
        process_set_state(sender, PROCESS_READY);
        core_enqueue(sender);
    }
    return wakes;
}

void mailbox_let_in(struct mailbox *mailbox) {
    mailbox->was_full = mailbox->was_full && !is_drained(mailbox);
    while (!mailbox->was_full && !list_is_empty(&mailbox->crowd)) {
        struct endpoint *endpoint = list_owner(mailbox->crowd.head.next, struct endpoint, crowd);
        uint32_t size = first_sender(endpoint)->wait.message.payload_size;
        if (!within_share(mailbox, endpoint, size)) {
            list_remove(&endpoint->crowd);
        } else if (has_room(mailbox, size)) {
            count_send(mailbox, endpoint, size, wake_first(mailbox, endpoint, OK) ? 1 : 0);
        } else {
            mailbox->was_full = true; /* what comes behind it waits, too: each in its turn */
        }
    }
}

bool mailbox_turn_away(struct mailbox *mailbox, status_t why, uint32_t budget) {
    for (; budget > 0 && !list_is_empty(&mailbox->crowd); budget--) {
        (void)wake_first(mailbox, list_owner(mailbox->crowd.head.next, struct endpoint, crowd),
                         why);
    }
    return list_is_empty(&mailbox->crowd);
}

/* ---- endpoints ---- */

status_t endpoint_create(struct process *process, uint64_t badge, bool minted,
                         struct endpoint **out) {
    struct endpoint *endpoint = port_allocate(sizeof *endpoint);
    if (endpoint == nullptr) {
        return ERR_NO_MEMORY;
    }
    *endpoint =
        (struct endpoint){.process = process, .badge = badge, .references = 1, .minted = minted};
    list_init(&endpoint->senders);
    process_acquire(process);
    *out = endpoint;
    return OK;
}

void endpoint_acquire(struct endpoint *endpoint) {
    uint32_t before = __atomic_fetch_add(&endpoint->references, 1, __ATOMIC_RELAXED);
    ensure(before > 0 && before < UINT32_MAX);
}

static void endpoint_destroy(struct endpoint *endpoint) {
    struct process *process = endpoint->process;
    ensure(endpoint->queued_messages == 0 && endpoint->queued_bytes == 0);
    ensure(list_is_empty(&endpoint->senders));
    port_release(endpoint, sizeof *endpoint);
    process_release(process);
}

/* The last handle is gone: the owner of the mailbox is told, with the endpoint's own memory. The
 * reference that the message holds goes when it has been received. False: nobody is to be told. */
static bool tell_released(struct endpoint *endpoint) {
    struct process *process = endpoint->process;
    lock_acquire(&process->lock);
    bool told = endpoint->minted && process_state(process) != PROCESS_DEAD;
    bool claimed = false;
    if (told) {
        endpoint->minted = false;
        endpoint->references = 1;
        endpoint->released = (struct envelope){
            .kind = ENVELOPE_RELEASED,
            .endpoint = endpoint,
            .message = {.operation = MESSAGE_RELEASED},
        };
        mailbox_put(&process->mailbox, &endpoint->released);
        claimed = process_claim(process);
    }
    lock_release(&process->lock);
    if (claimed) {
        core_enqueue(process);
    }
    return told;
}

void endpoint_release(struct endpoint *endpoint) {
    uint32_t before = __atomic_fetch_sub(&endpoint->references, 1, __ATOMIC_ACQ_REL);
    ensure(before > 0);
    if (before == 1 && !tell_released(endpoint)) {
        endpoint_destroy(endpoint);
    }
}
