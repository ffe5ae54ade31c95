/* SPDX-License-Identifier: MIT */
/*
 * The gates that exchange messages: call, send, receive (reply is in reply.c).
 *
 * A call to a handler that is due runs it at once, on this core, past everyone who is ready; the
 * answer is there when the turn ends, unless the handler kept the right to answer. While a process
 * waits, others run; when nobody can and nothing is expected from outside, waiting for ever is
 * ERR_DEADLOCK.
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

/* Would the receiver take it, if it had the time? */
static status_t check_target(const struct process *target, const struct message *message) {
    if (target->dead) {
        return ERR_CLOSED;
    }
    bool fits = target->turn == nullptr || message->payload_size <= target->buffer_capacity;
    return fits ? OK : ERR_TOO_BIG;
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

static void queue_call(struct process *process, struct endpoint *endpoint,
                       const struct message *request, struct message *answer) {
    struct call *call = &process->call;
    call->envelope = (struct envelope){
        .kind = ENVELOPE_CALL, .endpoint = endpoint, .sender = process, .message = *request};
    call->answer = answer;
    call->sequence++;
    call->open = true;
    endpoint_acquire(endpoint);
    mailbox_put(&endpoint->process->mailbox, &call->envelope);
    process_wake(endpoint->process);
}

static bool call_is_done(void *data) {
    return !((struct process *)data)->call.open;
}

/* Nobody will ever answer: the call is taken back, wherever it is. */
static void cancel_call(struct process *process, struct process *target, status_t why) {
    struct envelope *envelope = &process->call.envelope;
    if (envelope->node.next != nullptr) {
        mailbox_remove(&target->mailbox, envelope);
        envelope_refuse(target, envelope, why);
    } else {
        call_finish(process, why);
    }
}

static status_t await_answer(struct process *process, struct process *target) {
    while (process->call.open && process_can_run(target)) {
        process_run(target);
    }
    status_t status = core_wait(call_is_done, process, DEADLINE_NEVER);
    if (status != OK) {
        cancel_call(process, target, status);
    }
    return process->call.status;
}

status_t process_call(struct process *process, handle_t handle, const struct message *given,
                      struct message *reply) {
    struct message request = *given;
    struct endpoint *endpoint;
    status_t status = check_request(process, handle, &request, &endpoint);
    if (status != OK) {
        return status;
    }
    struct process *target = endpoint->process;
    if (target == process || target->stacked) {
        return ERR_DEADLOCK;
    }
    status = handle_reserve(&target->handles, request.handle_count + 1);
    if (status != OK) {
        return status;
    }
    ensure(!process->call.open);
    trace_record(TRACE_SEND, request.operation, handle);
    process_acquire(target);
    bool before = stack_enter(process);
    queue_call(process, endpoint, &request, reply);
    status = await_answer(process, target);
    stack_leave(process, before);
    process_release(target);
    return status;
}

struct room {
    struct endpoint *endpoint;
    uint32_t size;
};

static bool has_room(void *data) {
    struct room *room = data;
    struct process *target = room->endpoint->process;
    return target->dead || mailbox_has_room(&target->mailbox, room->endpoint, room->size);
}

/* Waits until the target's mailbox takes a message of this size. */
static status_t await_room(struct endpoint *endpoint, uint32_t size, uint64_t deadline_ns) {
    if (!mailbox_may_hold(&endpoint->process->mailbox, size)) {
        return ERR_TOO_BIG;
    }
    struct room room = {endpoint, size};
    status_t status = core_wait(has_room, &room, deadline_ns);
    if (status == ERR_TIMED_OUT && deadline_ns == DEADLINE_NOW) {
        return ERR_FULL;
    }
    return status == OK && endpoint->process->dead ? ERR_CLOSED : status;
}

/* Takes its turn at once, payload and all, without being queued. */
static void send_directly(struct process *process, struct endpoint *endpoint,
                          const struct message *message, struct promise *promise) {
    struct envelope envelope = {
        .kind = ENVELOPE_SEND, .endpoint = endpoint, .promise = promise, .message = *message};
    message_take_objects(process, message, envelope.objects);
    mailbox_put(&endpoint->process->mailbox, &envelope);
    process_run(endpoint->process);
}

static status_t send_queued(struct process *process, struct endpoint *endpoint,
                            const struct message *message, struct promise *promise) {
    struct envelope *envelope = envelope_create(message);
    if (envelope == nullptr) {
        return ERR_NO_MEMORY;
    }
    envelope->kind = ENVELOPE_SEND;
    envelope->endpoint = endpoint;
    envelope->promise = promise;
    message_take_objects(process, message, envelope->objects);
    mailbox_put(&endpoint->process->mailbox, envelope);
    process_wake(endpoint->process);
    process_yield(process);
    return OK;
}

/* All is checked and there is room. The endpoint's reference and the promise go with the message,
 * if it goes. */
static status_t send_now(struct process *process, struct endpoint *endpoint,
                         const struct message *message, struct promise *promise) {
    struct process *target = endpoint->process;
    uint32_t places = message->handle_count + (promise != nullptr ? 1 : 0);
    status_t status = handle_reserve(&target->handles, places);
    if (status != OK) {
        return status;
    }
    bool idle = target->turn != nullptr && !target->stacked && mailbox_is_empty(&target->mailbox);
    if (idle && core_get()->depth == 0) {
        send_directly(process, endpoint, message, promise);
        return OK;
    }
    status = send_queued(process, endpoint, message, promise);
    if (status != OK) {
        handle_unreserve(&target->handles, places);
    }
    return status;
}

static status_t send(struct process *process, struct endpoint *endpoint,
                     const struct message *message, uint64_t key, uint64_t deadline_ns) {
    struct promise *promise = nullptr;
    status_t status = key != 0 ? promise_create(process, key, &promise) : OK;
    if (status != OK) {
        return status;
    }
    status = await_room(endpoint, message->payload_size, deadline_ns);
    if (status == OK) {
        status = send_now(process, endpoint, message, promise);
    }
    if (status != OK && promise != nullptr) {
        promise_destroy(promise);
    }
    return status;
}

status_t process_send(struct process *process, handle_t handle, const struct message *given,
                      uint64_t key, uint64_t deadline_ns) {
    struct message message = *given;
    struct endpoint *endpoint;
    status_t status = check_request(process, handle, &message, &endpoint);
    if (status != OK) {
        return status;
    }
    trace_record(TRACE_SEND, message.operation, handle);
    endpoint_acquire(endpoint);
    bool before = stack_enter(process);
    status = send(process, endpoint, &message, key, deadline_ns);
    stack_leave(process, before);
    if (status != OK) {
        endpoint_release(endpoint);
    }
    return status;
}

static bool has_message(void *data) {
    return !mailbox_is_empty(&((struct process *)data)->mailbox);
}

static status_t receive(struct process *process, struct message *out, uint64_t deadline_ns) {
    for (;;) {
        status_t status = core_wait(has_message, process, deadline_ns);
        if (status != OK) {
            return status;
        }
        if (envelope_deliver(process, mailbox_take(&process->mailbox), out)) {
            trace_record(TRACE_RECEIVE, out->operation, out->badge);
            return OK;
        }
    }
}

status_t process_receive(struct process *process, struct message *message, uint64_t deadline_ns) {
    bool before = stack_enter(process);
    status_t status = receive(process, message, deadline_ns);
    stack_leave(process, before);
    return status;
}
