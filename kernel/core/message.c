/* SPDX-License-Identifier: MIT */
/*
 * A message under way: checked at the sender, delivered at the receiver.
 *
 *   sender's struct --check--> envelope --deliver--> receiver's struct
 *   payload ------------------------------- one copy -----> receiver's buffer     (call, direct
 * send) payload --> behind the envelope ------- second copy --> receiver's buffer     (queued send)
 *   handles of a call stay with the caller, who waits, until receipt; those of a send leave at once
 *
 * Places for handles in the receiver's table are reserved when the message is queued, so that a
 * delivery cannot fail for want of them. The sender's struct has been copied before it is checked.
 */
#include "core.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

static bool named_twice(const struct message *message, uint32_t index) {
    for (uint32_t i = 0; i < index; i++) {
        if (message->handles[i] == message->handles[index]) {
            return true;
        }
    }
    return false;
}

static bool may_travel(struct process *sender, const struct message *message, uint32_t index) {
    const struct object *object = handle_find(&sender->handles, message->handles[index]);
    if (object == nullptr) {
        return false;
    }
    bool copied = (message->flags & MESSAGE_HANDLE_COPY) != 0;
    return copied ? object->kind == OBJECT_ENDPOINT : !named_twice(message, index);
}

status_t message_check(struct process *sender, const struct message *message) {
    if ((message->flags & ~MESSAGE_HANDLE_COPY) != 0 || message->handle_count > MESSAGE_HANDLES) {
        return ERR_INVALID;
    }
    if (message->payload_size > MESSAGE_PAYLOAD_MAX) {
        return ERR_TOO_BIG;
    }
    for (uint32_t i = 0; i < message->handle_count; i++) {
        if (!may_travel(sender, message, i)) {
            return ERR_BAD_HANDLE;
        }
    }
    return OK;
}

void message_take_objects(struct process *sender, const struct message *message,
                          struct object objects[MESSAGE_HANDLES]) {
    for (uint32_t i = 0; i < message->handle_count; i++) {
        if ((message->flags & MESSAGE_HANDLE_COPY) != 0) {
            struct object *object = handle_find(&sender->handles, message->handles[i]);
            ensure(object != nullptr);
            object_acquire(object);
            objects[i] = *object;
        } else {
            ensure(handle_take(&sender->handles, message->handles[i], &objects[i]));
        }
    }
}

struct envelope *envelope_create(const struct message *message) {
    size_t size = sizeof(struct envelope) + message->payload_size;
    struct envelope *envelope = port_allocate(size);
    if (envelope == nullptr) {
        return nullptr;
    }
    *envelope = (struct envelope){.message = *message, .allocated = size};
    envelope->message.payload = envelope + 1;
    if (message->payload_size > 0) {
        memcpy(envelope + 1, message->payload, message->payload_size);
    }
    return envelope;
}

uint32_t envelope_handles(const struct envelope *envelope) {
    bool wants_answer = envelope->kind == ENVELOPE_CALL || envelope->promise != nullptr;
    return envelope->message.handle_count + (wants_answer ? 1 : 0);
}

/* Gives back what the envelope itself held, and its memory. */
static void envelope_destroy(struct envelope *envelope) {
    struct endpoint *endpoint = envelope->endpoint;
    size_t allocated = envelope->allocated;
    if (allocated > 0) {
        port_release(envelope, allocated);
    }
    if (endpoint != nullptr) {
        endpoint_release(endpoint);
    }
}

static void close_objects(struct envelope *envelope) {
    if (envelope->kind == ENVELOPE_CALL) {
        return; /* still the caller's */
    }
    for (uint32_t i = 0; i < envelope->message.handle_count; i++) {
        object_close(&envelope->objects[i]);
    }
    envelope->message.handle_count = 0;
}

void envelope_refuse(struct process *receiver, struct envelope *envelope, status_t why) {
    handle_unreserve(&receiver->handles, envelope_handles(envelope));
    close_objects(envelope);
    if (envelope->promise != nullptr) {
        promise_fail(envelope->promise, why);
    }
    struct process *caller = envelope->kind == ENVELOPE_CALL ? envelope->sender : nullptr;
    envelope_destroy(envelope);
    if (caller != nullptr) {
        call_finish(caller, why);
    }
}

/* An answer that is too big arrives without what it carried. */
static void cut_answer(struct process *receiver, struct envelope *answer) {
    handle_unreserve(&receiver->handles, answer->message.handle_count);
    close_objects(answer);
    answer->message = (struct message){
        .operation = MESSAGE_REPLY, .badge = answer->message.badge, .status = ERR_TOO_BIG};
}

static void deliver_objects(struct process *receiver, struct envelope *envelope,
                            struct message *out) {
    if (envelope->kind == ENVELOPE_CALL) {
        message_take_objects(envelope->sender, &envelope->message, envelope->objects);
    }
    for (uint32_t i = 0; i < MESSAGE_HANDLES; i++) {
        out->handles[i] = i < envelope->message.handle_count
                              ? handle_install(&receiver->handles, envelope->objects[i])
                              : HANDLE_NONE;
    }
    out->handle_count = envelope->message.handle_count;
}

/* The right to answer, as a handle of the receiver. */
static handle_t deliver_reply(struct process *receiver, struct envelope *envelope) {
    struct object right = {};
    if (envelope->kind == ENVELOPE_CALL) {
        right.kind = OBJECT_CALL;
        right.caller = envelope->sender;
        right.sequence = envelope->sender->call.sequence;
        process_acquire(envelope->sender);
    } else if (envelope->promise != nullptr) {
        right.kind = OBJECT_PROMISE;
        right.promise = envelope->promise;
    } else {
        return HANDLE_NONE;
    }
    return handle_install(&receiver->handles, right);
}

bool envelope_deliver(struct process *receiver, struct envelope *envelope, struct message *out) {
    if (envelope->message.payload_size > out->payload_capacity) {
        if (envelope->kind != ENVELOPE_ANSWER) {
            envelope_refuse(receiver, envelope, ERR_TOO_BIG);
            return false;
        }
        cut_answer(receiver, envelope);
    }
    const struct message *message = &envelope->message;
    out->operation = message->operation;
    out->status = message->status;
    out->badge = envelope->endpoint != nullptr ? envelope->endpoint->badge : message->badge;
    memcpy(out->words, message->words, sizeof out->words);
    out->payload_size = message->payload_size;
    if (message->payload_size > 0) {
        memcpy(out->payload, message->payload, message->payload_size);
    }
    out->flags = 0;
    deliver_objects(receiver, envelope, out);
    out->reply = deliver_reply(receiver, envelope);
    if (envelope->kind == ENVELOPE_INTERRUPT) {
        envelope->message.words[0] = 0; /* counted so far */
    }
    envelope_destroy(envelope);
    return true;
}
