/* SPDX-License-Identifier: MIT */
/*
 * A message under way: checked at the sender, delivered at the receiver.
 *
 *   sender's struct --check--> envelope --deliver--> receiver's struct
 *   payload of a call ------------------- one copy -----> receiver's buffer
 *   payload of a send --> behind the envelope -- second copy --> receiver's buffer
 *   handles of a call stay with the caller, who waits, until receipt; those of a send leave at once
 *
 * The sender's struct has been copied before it is checked. Delivery is done by the core that runs
 * the receiver, and with no process locked: a caller waits, so its memory and its handle table are
 * still.
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

void objects_close(struct object *objects, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        object_close(&objects[i]);
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
    if (envelope->kind != ENVELOPE_CALL) { /* else they are still the caller's */
        objects_close(envelope->objects, envelope->message.handle_count);
    }
    envelope->message.handle_count = 0;
}

void envelope_refuse(struct envelope *envelope, status_t why) {
    struct process *caller = envelope->kind == ENVELOPE_CALL ? envelope->sender : nullptr;
    bool closed = caller != nullptr && call_close(caller, call_sequence(caller));
    close_objects(envelope);
    if (envelope->promise != nullptr) {
        promise_fail(envelope->promise, why);
    }
    envelope_destroy(envelope);
    if (closed) {
        call_finish(caller, why);
    }
}

/* An answer that cannot arrive whole arrives without what it carried. */
static void cut_answer(struct envelope *answer, status_t why) {
    close_objects(answer);
    answer->message =
        (struct message){.operation = MESSAGE_REPLY, .badge = answer->message.badge, .status = why};
}

/* Can the receiver take it? Then there are places for its handles. */
static status_t prepare(struct process *receiver, const struct envelope *envelope) {
    if (envelope->message.payload_size > receiver->incoming->payload_capacity) {
        return ERR_TOO_BIG;
    }
    bool wants_answer = envelope->kind == ENVELOPE_CALL || envelope->promise != nullptr;
    return handle_reserve(&receiver->handles,
                          envelope->message.handle_count + (wants_answer ? 1 : 0));
}

static void deliver_objects(struct process *receiver, struct envelope *envelope) {
    struct message *out = receiver->incoming;
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
        right.sequence = call_sequence(envelope->sender);
        process_acquire(envelope->sender);
    } else if (envelope->promise != nullptr) {
        right.kind = OBJECT_PROMISE;
        right.promise = envelope->promise;
    } else {
        return HANDLE_NONE;
    }
    return handle_install(&receiver->handles, right);
}

static void deliver_message(struct process *receiver, const struct envelope *envelope) {
    const struct message *message = &envelope->message;
    struct message *out = receiver->incoming;
    out->operation = message->operation;
    out->status = message->status;
    out->badge = envelope->endpoint != nullptr ? envelope->endpoint->badge : message->badge;
    memcpy(out->words, message->words, sizeof out->words);
    out->payload_size = message->payload_size;
    if (message->payload_size > 0) {
        memcpy(out->payload, message->payload, message->payload_size);
    }
    out->flags = 0;
}

bool envelope_deliver(struct process *receiver, struct envelope *envelope) {
    status_t status = prepare(receiver, envelope);
    if (status != OK && envelope->kind != ENVELOPE_ANSWER) {
        envelope_refuse(envelope, status);
        return false;
    }
    if (status != OK) {
        cut_answer(envelope, status);
    }
    deliver_message(receiver, envelope);
    deliver_objects(receiver, envelope);
    receiver->incoming->reply = deliver_reply(receiver, envelope);
    envelope_destroy(envelope);
    return true;
}
