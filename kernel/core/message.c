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
    if (copied) {
        return object_is_copyable(object);
    }
    return object->kind != OBJECT_PROCESS && !named_twice(message, index);
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

/* ---- the memory of envelopes ---- */

/* Most messages are small, and soon received: a core keeps some of what they leave for the next,
 * until it sleeps. */
constexpr size_t SPARE_SIZE = 384;
constexpr uint32_t SPARES_MAX = 256;

static struct envelope *take_spare(void) {
    struct core *core = core_get();
    if (core->spare_count == 0) {
        return port_allocate(SPARE_SIZE);
    }
    core->spare_count--;
    return list_owner(list_take(&core->spares), struct envelope, node);
}

void envelope_free(struct envelope *envelope) {
    struct core *core = core_get();
    if (envelope->allocated == SPARE_SIZE && core->spare_count < SPARES_MAX) {
        core->spare_count++;
        list_prepend(&core->spares, &envelope->node);
    } else {
        port_release(envelope, envelope->allocated);
    }
}

void envelopes_release(void) {
    struct core *core = core_get();
    for (; core->spare_count > 0; core->spare_count--) {
        port_release(list_owner(list_take(&core->spares), struct envelope, node), SPARE_SIZE);
    }
}

static struct envelope *allocate(size_t *size) {
    if (*size > SPARE_SIZE) {
        return port_allocate(*size);
    }
    *size = SPARE_SIZE;
    return take_spare();
}

struct envelope *envelope_create(const struct message *message) {
    size_t size = sizeof(struct envelope) + message->payload_size;
    struct envelope *envelope = allocate(&size);
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
    if (envelope->allocated > 0) {
        envelope_free(envelope);
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
    close_objects(envelope);
    if (envelope->promise != nullptr) {
        promise_fail(envelope->promise, why);
    }
    envelope_destroy(envelope);
    if (caller != nullptr) {
        latch_drop(&caller->call.latch);
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
static status_t prepare(struct process *receiver, const struct message *message,
                        bool wants_answer) {
    if (message->payload_size > receiver->incoming->payload_capacity) {
        return ERR_TOO_BIG;
    }
    uint32_t handles = message->handle_count + (wants_answer ? 1 : 0);
    return handles > 0 ? handle_reserve(&receiver->handles, handles) : OK;
}

void message_fill(struct message *out, const struct message *message) {
    out->status = message->status;
    memcpy(out->words, message->words, sizeof out->words);
    out->payload_size = message->payload_size;
    copy_short(out->payload, message->payload, message->payload_size);
    out->flags = 0;
}

void message_install(struct process *receiver, const struct object *objects, uint32_t count) {
    struct message *out = receiver->incoming;
    for (uint32_t i = 0; i < MESSAGE_HANDLES; i++) {
        out->handles[i] = i < count ? handle_install(&receiver->handles, objects[i]) : HANDLE_NONE;
    }
    out->handle_count = count;
}

static handle_t install_right(struct process *receiver, struct object right) {
    return right.kind != OBJECT_NONE ? handle_install(&receiver->handles, right) : HANDLE_NONE;
}

/* All of a message but its handles. */
static void deliver_message(struct process *receiver, const struct message *message,
                            uint64_t badge) {
    receiver->incoming->operation = message->operation;
    receiver->incoming->badge = badge;
    message_fill(receiver->incoming, message);
}

static void deliver_from(struct process *receiver, struct process *sender,
                         const struct message *message, uint64_t badge, struct object right) {
    struct object objects[MESSAGE_HANDLES];
    deliver_message(receiver, message, badge);
    message_take_objects(sender, message, objects);
    message_install(receiver, objects, message->handle_count);
    receiver->incoming->reply = install_right(receiver, right);
}

struct object call_right(struct process *caller) {
    return (struct object){
        .kind = OBJECT_CALL, .caller = caller, .sequence = call_sequence(caller)};
}

struct object promise_right(struct promise *promise) {
    return promise != nullptr ? (struct object){.kind = OBJECT_PROMISE, .promise = promise}
                              : (struct object){};
}

status_t message_deliver(struct process *receiver, struct process *sender,
                         const struct message *message, uint64_t badge, struct object right) {
    status_t status = prepare(receiver, message, right.kind != OBJECT_NONE);
    if (status == OK) {
        deliver_from(receiver, sender, message, badge, right);
    }
    return status;
}

static void deliver_envelope(struct process *receiver, struct envelope *envelope) {
    const struct message *message = &envelope->message;
    uint64_t badge = envelope->endpoint != nullptr ? envelope->endpoint->badge : message->badge;
    if (envelope->kind == ENVELOPE_CALL) {
        deliver_from(receiver, envelope->sender, message, badge, call_right(envelope->sender));
        return;
    }
    deliver_message(receiver, message, badge);
    message_install(receiver, envelope->objects, message->handle_count);
    receiver->incoming->reply = install_right(receiver, promise_right(envelope->promise));
}

bool envelope_deliver(struct process *receiver, struct envelope *envelope) {
    bool wants_answer = envelope->kind == ENVELOPE_CALL || envelope->promise != nullptr;
    status_t status = prepare(receiver, &envelope->message, wants_answer);
    if (status != OK && envelope->kind != ENVELOPE_ANSWER) {
        envelope_refuse(envelope, status);
        return false;
    }
    if (status != OK) {
        cut_answer(envelope, status);
    }
    struct process *caller = envelope->kind == ENVELOPE_CALL ? envelope->sender : nullptr;
    deliver_envelope(receiver, envelope);
    envelope_destroy(envelope);
    if (caller != nullptr) {
        latch_open(&caller->call.latch); /* it may be gone at once, with the envelope */
    }
    return true;
}
