/* SPDX-License-Identifier: MIT */
/*
 * The gates that exchange messages: call, send, receive (reply is in reply.c).
 *
 * A gate either finishes at once, or notes in process->wait what is left to do and answers WAITING.
 * Before it does so the process is put where others find it: from then on it may be chosen by any
 * core, and nothing of it may be touched here.
 *
 * What goes to a handler that has nothing to do takes the short way: the handler is claimed, and so
 * ours, its buffer and its handle table with it; the message is copied there at once.
 */
#include "core.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>
#include <kernel/trace.h>

static status_t find_endpoint(struct process *process, handle_t handle, struct endpoint **out) {
    struct object *object = handle_find(&process->handles, handle);
    if (object == nullptr || object->kind != OBJECT_ENDPOINT) {
        return ERR_BAD_HANDLE;
    }
    *out = object->endpoint;
    return OK;
}

/* Would the receiver take it, if it had the time? Whether it lives is asked again, under its lock,
 * by whoever puts something into its mailbox. */
static status_t check_target(const struct process *target, const struct message *message) {
    if (process_state(target) == PROCESS_DEAD) {
        return ERR_CLOSED;
    }
    bool too_big =
        __atomic_load_n(&target->handler, __ATOMIC_RELAXED) &&
        message->payload_size > __atomic_load_n(&target->buffer_capacity, __ATOMIC_RELAXED);
    return too_big ? ERR_TOO_BIG : OK;
}

static status_t check_request(struct process *process, handle_t handle,
                              const struct message *message, struct endpoint **out) {
    status_t status = find_endpoint(process, handle, out);
    if (status == OK && message->operation > MESSAGE_OPERATION_MAX) {
        return ERR_INVALID; /* those are the kernel's */
    }
    if (status == OK) {
        status = message_check(process, message);
    }
    return status == OK ? check_target((*out)->process, message) : status;
}

/* ---- straight to a handler ---- */

/* A handler that has nothing to do is ours when this is true. */
static bool claim_idle(struct process *target) {
    if (process_state(target) != PROCESS_IDLE) {
        return false;
    }
    lock_acquire(&target->lock);
    bool claimed = process_state(target) == PROCESS_IDLE && target->wait.kind == WAIT_TURN;
    if (claimed) {
        process_set_state(target, PROCESS_READY);
    }
    lock_release(&target->lock);
    return claimed;
}

static void prepare_turn(struct process *process);

/* The message goes to a handler that is ours: it may begin its turn. Not: it is idle again. */
static status_t begin_directly(struct process *target, struct process *sender,
                               const struct message *message, uint64_t badge, struct object right) {
    prepare_turn(target);
    status_t status = message_deliver(target, sender, message, badge, right);
    if (status != OK) {
        process_turn_end(target);
        return status;
    }
    trace_record_at(trace_last_ticks(), TRACE_RECEIVE, message->operation, badge);
    target->mailbox.received++;
    target->wait.kind = WAIT_NONE;
    return OK;
}

/* ---- call ---- */

/* It comes to nothing: the process goes on. */
static status_t undo_wait(struct process *process, status_t why) {
    process_set_state(process, PROCESS_RUNNING);
    process->wait.kind = WAIT_NONE;
    return why;
}

/* The same of a call that is still held. */
static status_t undo_call(struct process *process, status_t why) {
    latch_drop(&process->call.latch);
    return undo_wait(process, why);
}

/* The direct switch. The handler called nobody, so there is no cycle. */
static status_t call_directly(struct process *process, struct process *target,
                              const struct message *request, uint64_t badge) {
    if (!call_open(process, target)) {
        process_turn_end(target);
        return undo_wait(process, ERR_INTERRUPTED);
    }
    status_t status = begin_directly(target, process, request, badge, call_right(process));
    if (status != OK) {
        return undo_call(process, status);
    }
    latch_open(&process->call.latch);
    core_enqueue_next(target);
    return WAITING;
}

/* Into the mailbox, where the caller itself is the message. */
static status_t queue_call(struct process *process, struct process *target) {
    lock_acquire(&target->lock);
    bool lives = process_state(target) != PROCESS_DEAD;
    bool claimed = false;
    if (lives) {
        mailbox_put(&target->mailbox, &process->call.envelope);
        latch_open(&process->call.latch);
        claimed = process_claim(target);
    }
    lock_release(&target->lock);
    if (claimed) {
        core_enqueue_next(target);
    }
    return lives ? WAITING : ERR_CLOSED;
}

static status_t call_by_mailbox(struct process *process, struct process *target,
                                const struct message *request, uint64_t badge) {
    struct envelope *envelope = &process->call.envelope;
    envelope->kind = ENVELOPE_CALL;
    envelope->endpoint = nullptr;
    envelope->sender = process;
    envelope->message = *request;
    envelope->message.badge = badge;
    if (!call_open(process, target)) {
        return undo_wait(process, ERR_INTERRUPTED);
    }
    if (call_is_cycle(process, target)) {
        return undo_call(process, ERR_DEADLOCK);
    }
    status_t status = queue_call(process, target);
    return status == WAITING ? WAITING : undo_call(process, status);
}

status_t process_call(struct process *process, handle_t handle, const struct message *request,
                      struct message *reply) {
    struct endpoint *endpoint;
    status_t status = check_request(process, handle, request, &endpoint);
    if (status != OK) {
        return status;
    }
    trace_record(TRACE_SEND, request->operation, handle);
    struct process *target = endpoint->process;
    process->incoming = reply;
    process->wait.kind = WAIT_ANSWER;
    process_set_state(process, PROCESS_CALLING);
    return claim_idle(target) ? call_directly(process, target, request, endpoint->badge)
                              : call_by_mailbox(process, target, request, endpoint->badge);
}

/* What the answer brought becomes the caller's. */
static status_t finish_call(struct process *process) {
    struct call *call = &process->call;
    status_t status = call->status;
    if (status == OK && call->object_count > 0) {
        status = handle_reserve(&process->handles, call->object_count);
    }
    if (status != OK) {
        objects_close(call->objects, call->object_count);
        return status;
    }
    message_install(process, call->objects, call->object_count);
    return OK;
}

/* ---- send ---- */

static struct envelope *make_send(const struct message *message, struct endpoint *endpoint,
                                  struct promise *promise) {
    struct envelope *envelope = envelope_create(message);
    if (envelope != nullptr) {
        envelope->kind = ENVELOPE_SEND;
        envelope->endpoint = endpoint;
        envelope->promise = promise;
    }
    return envelope;
}

enum entrance : uint8_t { ENTRANCE_FULL, ENTRANCE_DEAD, ENTRANCE_OPEN };

/* Puts a message that is complete, once it has been let in. */
static enum entrance put_send(struct process *process, struct envelope *envelope,
                              const struct message *message, bool admitted) {
    struct process *target = envelope->endpoint->process;
    enum entrance entrance = ENTRANCE_DEAD;
    bool claimed = false;
    lock_acquire(&target->lock);
    if (process_state(target) != PROCESS_DEAD) {
        admitted =
            admitted || mailbox_admit(&target->mailbox, envelope->endpoint, message->payload_size);
        entrance = admitted ? ENTRANCE_OPEN : ENTRANCE_FULL;
    }
    if (entrance == ENTRANCE_OPEN) {
        message_take_objects(process, message, envelope->objects);
        mailbox_put(&target->mailbox, envelope);
        claimed = process_claim(target);
    }
    lock_release(&target->lock);
    if (claimed) {
        core_enqueue(target);
    }
    return entrance;
}

/* Into the crowd, with the latch held, which is open when it has joined; unless things have changed
 * meanwhile. */
static enum entrance join(struct process *process, struct process *target) {
    const struct wait *wait = &process->wait;
    enum entrance entrance = ENTRANCE_DEAD;
    lock_acquire(&target->lock);
    if (process_state(target) != PROCESS_DEAD) {
        bool admitted = mailbox_admit(&target->mailbox, wait->endpoint, wait->message.payload_size);
        entrance = admitted ? ENTRANCE_OPEN : ENTRANCE_FULL;
    }
    if (entrance == ENTRANCE_FULL) {
        mailbox_join(&target->mailbox, process);
        latch_open(&process->wait.room);
    }
    lock_release(&target->lock);
    return entrance;
}

/* Waits in the crowd. The wait holds a reference to the endpoint, and the promise. */
static status_t wait_for_room(struct process *process, struct endpoint *endpoint,
                              const struct message *message, struct promise *promise,
                              uint64_t deadline_ns) {
    struct wait *wait = &process->wait;
    wait->kind = WAIT_ROOM;
    wait->status = OK;
    wait->endpoint = endpoint;
    wait->promise = promise;
    wait->message = *message;
    process_set_state(process, PROCESS_SENDING);
    latch_hold(&wait->room);
    if (process_is_doomed(process)) {
        latch_drop(&wait->room);
        return undo_wait(process, ERR_INTERRUPTED);
    }
    timer_arm(process, deadline_ns);
    enum entrance entrance = join(process, endpoint->process);
    if (entrance != ENTRANCE_FULL) { /* it is ready to be finished */
        wait->status = entrance == ENTRANCE_OPEN ? OK : ERR_CLOSED;
        latch_drop(&wait->room);
        process_set_state(process, PROCESS_READY);
        core_enqueue_next(process);
    }
    return WAITING;
}

static status_t send_by_mailbox(struct process *process, struct endpoint *endpoint,
                                const struct message *message, struct promise *promise,
                                uint64_t deadline_ns) {
    struct envelope *envelope = make_send(message, endpoint, promise);
    if (envelope == nullptr) {
        return ERR_NO_MEMORY;
    }
    enum entrance entrance = put_send(process, envelope, message, false);
    if (entrance == ENTRANCE_OPEN) {
        return OK;
    }
    envelope_free(envelope);
    if (entrance == ENTRANCE_DEAD) {
        return ERR_CLOSED;
    }
    return deadline_ns == DEADLINE_NOW
               ? ERR_FULL
               : wait_for_room(process, endpoint, message, promise, deadline_ns);
}

static status_t send_directly(struct process *process, const struct endpoint *endpoint,
                              const struct message *message, struct promise *promise) {
    struct process *target = endpoint->process;
    status_t status =
        begin_directly(target, process, message, endpoint->badge, promise_right(promise));
    if (status == OK) {
        core_enqueue(target);
    }
    return status;
}

/* A send that failed leaves nothing behind. */
static status_t send_end(struct endpoint *endpoint, struct promise *promise, status_t status) {
    if (status != OK && status != WAITING) {
        if (promise != nullptr) {
            promise_destroy(promise);
        }
        endpoint_release(endpoint);
    }
    return status;
}

/* What is sent straight needs no reference to the endpoint: the sender's handle has one, or the
 * receiver's if that is what was sent. */
static status_t send(struct process *process, struct endpoint *endpoint,
                     const struct message *message, struct promise *promise, uint64_t deadline_ns) {
    if (!claim_idle(endpoint->process)) {
        endpoint_acquire(endpoint);
        status_t status = send_by_mailbox(process, endpoint, message, promise, deadline_ns);
        return send_end(endpoint, promise, status);
    }
    status_t status = send_directly(process, endpoint, message, promise);
    if (status != OK && promise != nullptr) {
        promise_destroy(promise);
    }
    return status;
}

status_t process_send(struct process *process, handle_t handle, const struct message *message,
                      uint64_t key, uint64_t deadline_ns) {
    struct endpoint *endpoint;
    status_t status = check_request(process, handle, message, &endpoint);
    if (status != OK) {
        return status;
    }
    if (!mailbox_may_hold(&endpoint->process->mailbox, message->payload_size)) {
        return ERR_TOO_BIG;
    }
    trace_record(TRACE_SEND, message->operation, handle);
    struct promise *promise = nullptr;
    status = key != 0 ? promise_create(process, key, &promise) : OK;
    return status == OK ? send(process, endpoint, message, promise, deadline_ns) : status;
}

/* It was let in, or its time is up, or the mailbox is gone. */
static status_t finish_send(struct process *process) {
    struct wait *wait = &process->wait;
    struct process *target = wait->endpoint->process;
    status_t status = wait->status;
    struct envelope *envelope =
        status == OK ? make_send(&wait->message, wait->endpoint, wait->promise) : nullptr;
    if (envelope != nullptr && put_send(process, envelope, &wait->message, true) == ENTRANCE_DEAD) {
        envelope_free(envelope);
        status = ERR_CLOSED;
    } else if (envelope == nullptr && status == OK) {
        status = ERR_NO_MEMORY;
    }
    if (status != OK && wait->status == OK) { /* it had been let in */
        lock_acquire(&target->lock);
        mailbox_dismiss(&target->mailbox, wait->endpoint, wait->message.payload_size);
        mailbox_let_in(&target->mailbox);
        lock_release(&target->lock);
    }
    return send_end(wait->endpoint, wait->promise, status);
}

/* ---- receive ---- */

/* Has its time come while it was not idle, because something had come, and has been taken back? */
static bool is_late(const struct process *process) {
    return process->wait.kind == WAIT_MESSAGE && timer_is_over(&process->wait.timer);
}

/* From now on it is idle, unless it is ready to be ended, or to be told that its time is up. */
static bool become_idle(struct process *process) {
    bool late = is_late(process), idles = !late && !process_is_doomed(process);
    if (late) {
        process->wait.status = ERR_TIMED_OUT;
    }
    process_set_state(process, idles ? PROCESS_IDLE : PROCESS_READY);
    return idles;
}

/* The oldest message; of a call the latch is held. It makes room for whoever waits for that. NULL:
 * there is none, and from now on the process is idle, if it `waits`. */
static struct envelope *take(struct process *process, bool waits) {
    bool idles = true;
    lock_acquire(&process->lock);
    struct envelope *oldest = mailbox_take(&process->mailbox);
    mailbox_let_in(&process->mailbox);
    if (oldest == nullptr && waits) {
        idles = become_idle(process);
    }
    lock_release(&process->lock);
    if (!idles) {
        core_enqueue(process);
    }
    return oldest;
}

/* OK, or ERR_TIMED_OUT: there is no message for it; then, if it waits, it is idle. */
static status_t take_message(struct process *process, bool waits) {
    struct envelope *oldest;
    while ((oldest = take(process, waits)) != nullptr) {
        if (envelope_deliver(process, oldest)) {
            trace_record(TRACE_RECEIVE, process->incoming->operation, process->incoming->badge);
            return OK;
        }
    }
    return ERR_TIMED_OUT;
}

status_t process_receive(struct process *process, struct message *message, uint64_t deadline_ns) {
    process->incoming = message;
    status_t status = take_message(process, false);
    if (status == OK || deadline_ns == DEADLINE_NOW) {
        return status;
    }
    process->wait.kind = WAIT_MESSAGE;
    process->wait.status = OK;
    latch_pass(&process->wait.room);
    timer_arm(process, deadline_ns);
    status = take_message(process, true); /* something may have come from another core */
    if (status == OK) {
        timer_disarm(process);
        process->wait.kind = WAIT_NONE;
        return OK;
    }
    return WAITING;
}

/* A handler may have used its struct to make an answer: the receive buffer is the one that it
 * named at first. */
static void prepare_turn(struct process *process) {
    process->buffer->payload = process->buffer_payload;
    process->buffer->payload_capacity = process->buffer_capacity;
    process->incoming = process->buffer;
    process->turns.number++;
}

static bool begin_turn(struct process *process) {
    prepare_turn(process);
    return take_message(process, true) == OK;
}

/* ---- the end of a wait ---- */

/* Its time is up, unless a message has come after all. */
static bool finish_receive(struct process *process) {
    bool ended = process->wait.status != OK;
    bool received = take_message(process, !ended) == OK;
    if (received) {
        process->wait.status = OK;
    }
    return received || ended;
}

bool wait_finish(struct process *process) {
    struct wait *wait = &process->wait;
    switch (wait->kind) {
    case WAIT_TURN:
        if (!begin_turn(process)) {
            return false;
        }
        break;
    case WAIT_MESSAGE:
        if (!finish_receive(process)) {
            return false;
        }
        timer_disarm(process);
        break;
    case WAIT_ANSWER:
        wait->status = finish_call(process);
        break;
    case WAIT_ROOM:
        timer_disarm(process);
        wait->status = finish_send(process);
        break;
    case WAIT_NONE:
        break;
    }
    wait->kind = WAIT_NONE;
    return true;
}

/* A number of 0 is any wait's. */
static bool expire_receive(struct process *process, status_t why, uint64_t number) {
    lock_acquire(&process->lock);
    bool waits = process_state(process) == PROCESS_IDLE && process->wait.kind == WAIT_MESSAGE &&
                 (number == 0 || latch_number(&process->wait.room) == number);
    if (waits) {
        process_set_state(process, PROCESS_READY);
        process->wait.status = why;
    }
    lock_release(&process->lock);
    return waits;
}

/* Once the latch is closed the process stays as it is: nobody else may wake it. */
static bool expire_send(struct process *process, status_t why, uint64_t number) {
    if (!latch_close(&process->wait.room, number)) {
        return false;
    }
    struct process *target = process->wait.endpoint->process;
    lock_acquire(&target->lock);
    if (process->wait.node.next != nullptr) {
        mailbox_leave(&target->mailbox, process);
        mailbox_let_in(&target->mailbox); /* who was behind it may be smaller */
    }
    lock_release(&target->lock);
    process->wait.status = why;
    process_set_state(process, PROCESS_READY);
    return true;
}

/* Nobody will ever answer: the call is taken back, wherever it is. */
static bool expire_call(struct process *process, status_t why) {
    struct envelope *envelope = &process->call.envelope;
    process_acquire(process); /* for the right to answer, wherever that is */
    if (!call_use(process, call_sequence(process))) {
        return false;
    }
    struct process *target = process->call.holder; /* the process's handle keeps it */
    lock_acquire(&target->lock);
    bool queued = envelope->node.next != nullptr;
    if (queued) {
        mailbox_remove(&target->mailbox, envelope);
    }
    lock_release(&target->lock);
    if (queued) { /* then there is none yet */
        process_release(process);
    }
    process->call.status = why;
    process_set_state(process, PROCESS_READY);
    return true;
}

bool wait_end(struct process *process, status_t why) {
    return expire_receive(process, why, 0) ||
           expire_send(process, why, latch_number(&process->wait.room)) ||
           expire_call(process, why);
}

bool wait_expire(struct process *process, uint64_t number) {
    return expire_receive(process, ERR_TIMED_OUT, number) ||
           expire_send(process, ERR_TIMED_OUT, number);
}
