/* SPDX-License-Identifier: MIT */
/*
 * Answers. The right to answer is an object that exists once: it can be moved, not copied, and is
 * used up by process_reply(). When it is dropped instead, whoever waits gets ERR_CLOSED.
 *
 *   OBJECT_CALL     the caller waits on its stack; the answer goes straight into its buffer
 *   OBJECT_PROMISE  the sender went on; the answer becomes a message in its mailbox, in the
 *                   place that the send reserved and that is part of the promise
 */
#include "core.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

status_t promise_create(struct process *waiter, uint64_t key, struct promise **out) {
    status_t status = mailbox_promise(&waiter->mailbox);
    if (status != OK) {
        return status;
    }
    struct promise *promise = port_allocate(sizeof *promise);
    if (promise == nullptr) {
        waiter->mailbox.promised--;
        return ERR_NO_MEMORY;
    }
    *promise = (struct promise){.waiter = waiter, .key = key};
    process_acquire(waiter);
    *out = promise;
    return OK;
}

/* Gives the kept place back; a promise that became a message is freed with it instead. */
void promise_destroy(struct promise *promise) {
    struct process *waiter = promise->waiter;
    ensure(waiter->mailbox.promised > 0);
    waiter->mailbox.promised--;
    port_release(promise, sizeof *promise);
    process_release(waiter);
}

static void put_answer(struct process *waiter, struct envelope *answer, uint64_t key) {
    answer->kind = ENVELOPE_ANSWER;
    answer->message.operation = MESSAGE_REPLY;
    answer->message.badge = key;
    mailbox_put(&waiter->mailbox, answer);
    process_wake(waiter);
}

void promise_fail(struct promise *promise, status_t why) {
    struct process *waiter = promise->waiter;
    if (waiter->dead) {
        promise_destroy(promise);
        return;
    }
    /* The promise's own memory carries the bad news: released as a whole on receipt. */
    uint64_t key = promise->key;
    struct envelope *answer = &promise->answer;
    waiter->mailbox.promised--;
    *answer = (struct envelope){.allocated = sizeof *promise, .message = {.status = why}};
    put_answer(waiter, answer, key);
    process_release(waiter);
}

static bool call_is_open(const struct object *object) {
    const struct call *call = &object->caller->call;
    return !object->caller->dead && call->open && call->sequence == object->sequence;
}

void call_finish(struct process *caller, status_t status) {
    ensure(caller->call.open);
    caller->call.open = false;
    caller->call.status = status;
}

void object_acquire(const struct object *object) {
    ensure(object->kind == OBJECT_ENDPOINT);
    endpoint_acquire(object->endpoint);
}

void object_close(struct object *object) {
    struct object old = *object;
    *object = (struct object){};
    switch ((enum object_kind)old.kind) {
    case OBJECT_ENDPOINT:
        endpoint_release(old.endpoint);
        break;
    case OBJECT_CALL:
        if (call_is_open(&old)) {
            call_finish(old.caller, ERR_CLOSED);
        }
        process_release(old.caller);
        break;
    case OBJECT_PROMISE:
        promise_fail(old.promise, ERR_CLOSED);
        break;
    case OBJECT_NONE:
        break;
    }
}

/* An answer that cannot reach the waiter ends what it carried, as if it had. */
static void close_moved(struct process *replier, const struct message *message) {
    struct object objects[MESSAGE_HANDLES];
    message_take_objects(replier, message, objects);
    for (uint32_t i = 0; i < message->handle_count; i++) {
        object_close(&objects[i]);
    }
}

static void fill_answer(struct process *caller, struct process *replier,
                        const struct message *message) {
    struct object objects[MESSAGE_HANDLES] = {};
    struct message *out = caller->call.answer;
    message_take_objects(replier, message, objects);
    out->operation = MESSAGE_REPLY;
    out->status = message->status;
    out->badge = 0;
    memcpy(out->words, message->words, sizeof out->words);
    out->payload_size = message->payload_size;
    if (message->payload_size > 0) {
        memcpy(out->payload, message->payload, message->payload_size);
    }
    out->flags = 0;
    out->reply = HANDLE_NONE;
    out->handle_count = message->handle_count;
    for (uint32_t i = 0; i < MESSAGE_HANDLES; i++) {
        out->handles[i] =
            i < message->handle_count ? handle_install(&caller->handles, objects[i]) : HANDLE_NONE;
    }
}

static status_t answer_call(struct process *replier, const struct object *right,
                            const struct message *message) {
    struct process *caller = right->caller;
    if (!call_is_open(right)) {
        return ERR_CLOSED;
    }
    status_t status = message->payload_size > caller->call.answer->payload_capacity
                          ? ERR_TOO_BIG
                          : handle_reserve(&caller->handles, message->handle_count);
    if (status == OK) {
        fill_answer(caller, replier, message);
    } else {
        close_moved(replier, message);
    }
    call_finish(caller, status);
    return status;
}

static status_t answer_promise(struct process *replier, struct promise *promise,
                               const struct message *message) {
    struct process *waiter = promise->waiter;
    if (waiter->dead) {
        promise_destroy(promise);
        return ERR_CLOSED;
    }
    status_t status = handle_reserve(&waiter->handles, message->handle_count);
    struct envelope *answer = status == OK ? envelope_create(message) : nullptr;
    if (answer == nullptr) {
        if (status == OK) {
            handle_unreserve(&waiter->handles, message->handle_count);
            status = ERR_NO_MEMORY;
        }
        close_moved(replier, message);
        promise_fail(promise, status);
        return status;
    }
    message_take_objects(replier, message, answer->objects);
    uint64_t key = promise->key;
    process_acquire(waiter);
    promise_destroy(promise);
    put_answer(waiter, answer, key);
    process_release(waiter);
    return OK;
}

status_t process_reply(struct process *process, handle_t reply, const struct message *given) {
    struct message message = *given;
    message.operation = MESSAGE_REPLY; /* whatever it said: an answer that is handed on is fine */
    struct object *found = handle_find(&process->handles, reply);
    if (found == nullptr || found->kind == OBJECT_ENDPOINT) {
        return ERR_BAD_HANDLE;
    }
    struct object right;
    ensure(handle_take(&process->handles, reply, &right));
    status_t status = message_check(process, &message);
    if (status == OK && right.kind == OBJECT_PROMISE) {
        return answer_promise(process, right.promise, &message);
    }
    if (status == OK) {
        status = answer_call(process, &right, &message);
    }
    object_close(&right); /* if it was not answered, the waiter learns now */
    return status;
}
