/* SPDX-License-Identifier: MIT */
/*
 * Answers. The right to answer is an object that exists once: it can be moved, not copied, and is
 * used up by process_reply(). When it is dropped instead, whoever waits gets ERR_CLOSED.
 *
 *   OBJECT_CALL     the caller waits; the answer goes straight into its buffer
 *   OBJECT_PROMISE  the sender went on; the answer becomes a message in its mailbox, in the
 *                   place that the send reserved and that is part of the promise
 *
 * A call is open from call_open() until somebody closes it, which only one can: who has closed it
 * may touch the caller's buffer, and makes the caller ready.
 *
 * While a call is open its caller lives: the right to answer needs no reference to it. Who closes a
 * call without having that right leaves it one.
 */
#include "core.h"
#include <base/ensure.h>
#include <kernel/port.h>
#include <kernel/trace.h>

/* ---- calls ---- */

bool call_open(struct process *caller, struct process *target) {
    struct call *call = &caller->call;
    __atomic_store_n(&call->holder, target, __ATOMIC_RELAXED);
    call->object_count = 0;
    latch_hold(&call->latch);
    bool doomed = process_is_doomed(caller);
    if (doomed) {
        latch_drop(&call->latch);
    }
    return !doomed;
}

uint64_t call_sequence(const struct process *caller) {
    return latch_number(&caller->call.latch);
}

bool call_use(struct process *caller, uint64_t sequence) {
    bool closed = latch_close(&caller->call.latch, sequence);
    if (!closed) {
        process_release(caller);
    }
    return closed;
}

void call_finish(struct process *caller, status_t status) {
    caller->call.status = status;
    process_set_state(caller, PROCESS_READY);
    core_enqueue_next(caller);
}

/* Whom a process waits for. NULL: for nobody, or that has just changed. When the same call is not
 * over afterwards, who could answer it was there, and is until the walk is over. */
static const struct process *holder_of(const struct process *caller) {
    const struct latch *latch = &caller->call.latch;
    uint64_t number = latch_number(latch);
    const struct process *holder = __atomic_load_n(&caller->call.holder, __ATOMIC_ACQUIRE);
    return latch_holds(latch, number) ? holder : nullptr;
}

/* Of those who close a ring at the same time, the last to open its call sees it whole. */
bool call_is_cycle(struct process *caller, struct process *target) {
    const struct process *at = target;
    core_walk_begin();
    while (at != nullptr && at != caller) {
        at = holder_of(at);
    }
    core_walk_end();
    return at == caller;
}

/* ---- promises ---- */

status_t promise_create(struct process *waiter, uint64_t key, struct promise **out) {
    struct promise *promise = port_allocate(sizeof *promise);
    if (promise == nullptr) {
        return ERR_NO_MEMORY;
    }
    lock_acquire(&waiter->lock);
    status_t status = mailbox_promise(&waiter->mailbox);
    lock_release(&waiter->lock);
    if (status != OK) {
        port_release(promise, sizeof *promise);
        return status;
    }
    *promise = (struct promise){.waiter = waiter, .key = key};
    process_acquire(waiter);
    *out = promise;
    return OK;
}

void promise_destroy(struct promise *promise) {
    struct process *waiter = promise->waiter;
    lock_acquire(&waiter->lock);
    ensure(waiter->mailbox.promised > 0);
    waiter->mailbox.promised--;
    mailbox_let_in(&waiter->mailbox);
    lock_release(&waiter->lock);
    port_release(promise, sizeof *promise);
    process_release(waiter);
}

/* Into the place that was kept. False: the waiter is dead. */
static bool put_answer(struct process *waiter, struct envelope *answer, uint64_t key) {
    answer->kind = ENVELOPE_ANSWER;
    answer->message.operation = MESSAGE_REPLY;
    answer->message.badge = key;
    lock_acquire(&waiter->lock);
    bool lives = process_state(waiter) != PROCESS_DEAD;
    bool claimed = false;
    if (lives) {
        mailbox_put(&waiter->mailbox, answer);
        claimed = process_claim(waiter);
    }
    lock_release(&waiter->lock);
    if (claimed) {
        core_enqueue(waiter);
    }
    return lives;
}

/* The promise's own memory carries the bad news: released as a whole on receipt. */
void promise_fail(struct promise *promise, status_t why) {
    struct process *waiter = promise->waiter;
    uint64_t key = promise->key;
    promise->answer = (struct envelope){.allocated = sizeof *promise, .message = {.status = why}};
    if (put_answer(waiter, &promise->answer, key)) {
        process_release(waiter);
    } else {
        promise_destroy(promise);
    }
}

/* ---- objects ---- */

void object_acquire(const struct object *object) {
    ensure(object_is_copyable(object));
    if (object->kind == OBJECT_ENDPOINT) {
        endpoint_acquire(object->endpoint);
    } else {
        shared_acquire(object->shared);
    }
}

static void drop_call(struct process *caller, uint64_t sequence, status_t why) {
    if (call_use(caller, sequence)) {
        call_finish(caller, why);
    }
}

void object_drop(struct object *object, status_t why) {
    struct object old = *object;
    *object = (struct object){};
    switch ((enum object_kind)old.kind) {
    case OBJECT_ENDPOINT:
        endpoint_release(old.endpoint);
        break;
    case OBJECT_CALL:
        drop_call(old.caller, old.sequence, why);
        break;
    case OBJECT_PROMISE:
        promise_fail(old.promise, why);
        break;
    case OBJECT_SHARED:
        shared_release(old.shared);
        break;
    case OBJECT_PROCESS:
        life_abandon(old.ward);
        break;
    case OBJECT_NONE:
        break;
    }
}

void object_close(struct object *object) {
    object_drop(object, ERR_CLOSED);
}

/* ---- answering ---- */

/* An answer that cannot reach the waiter ends what it carried, as if it had. */
static void close_moved(struct process *replier, const struct message *message) {
    struct object objects[MESSAGE_HANDLES];
    message_take_objects(replier, message, objects);
    objects_close(objects, message->handle_count);
}

/* The handles become the caller's own when it goes on. */
static void fill_answer(struct process *caller, struct process *replier,
                        const struct message *message) {
    struct message *out = caller->incoming;
    message_take_objects(replier, message, caller->call.objects);
    caller->call.object_count = message->handle_count;
    out->operation = MESSAGE_REPLY;
    out->badge = 0;
    out->reply = HANDLE_NONE;
    message_fill(out, message);
}

/* Uses up the right. */
static status_t answer_call(struct process *replier, const struct object *right,
                            const struct message *message) {
    struct process *caller = right->caller;
    if (!call_use(caller, right->sequence)) {
        close_moved(replier, message);
        return ERR_CLOSED;
    }
    status_t status = message->payload_size > caller->incoming->payload_capacity ? ERR_TOO_BIG : OK;
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
    struct envelope *answer = envelope_create(message);
    if (answer == nullptr) {
        close_moved(replier, message);
        promise_fail(promise, ERR_NO_MEMORY);
        return ERR_NO_MEMORY;
    }
    message_take_objects(replier, message, answer->objects);
    if (!put_answer(waiter, answer, promise->key)) {
        objects_close(answer->objects, message->handle_count);
        envelope_free(answer);
        promise_destroy(promise);
        return ERR_CLOSED;
    }
    port_release(promise, sizeof *promise);
    process_release(waiter);
    return OK;
}

status_t process_reply(struct process *process, handle_t reply, const struct message *message) {
    struct object *found = handle_find(&process->handles, reply);
    if (found == nullptr || !object_is_right(found)) {
        return ERR_BAD_HANDLE;
    }
    struct object right;
    ensure(handle_take(&process->handles, reply, &right));
    trace_record(TRACE_REPLY, reply, 0);
    status_t status = message_check(process, message);
    if (status != OK) {
        object_close(&right); /* the waiter learns now */
        return status;
    }
    return right.kind == OBJECT_PROMISE ? answer_promise(process, right.promise, message)
                                        : answer_call(process, &right, message);
}
