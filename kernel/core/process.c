/* SPDX-License-Identifier: MIT */
/*
 * Processes: made, granted handles, taken down. What is taken down leaves nothing behind: whoever
 * waits for it is told, and its memory goes when the last reference to it does.
 */
#include "core.h"
#include <base/ensure.h>
#include <base/format.h>
#include <kernel/port.h>

constexpr uint32_t MAILBOX_BYTES_MAX = 1u << 30;

status_t process_create(const char *name, const struct process_limits *limits,
                        struct process **out) {
    if (limits->mailbox_bytes > MAILBOX_BYTES_MAX || limits->priority >= PRIORITY_COUNT) {
        return ERR_INVALID;
    }
    struct process *process = port_allocate(sizeof *process);
    if (process == nullptr) {
        return ERR_NO_MEMORY;
    }
    *process = (struct process){
        .lock = LOCK_INIT(LOCK_PROCESS), .references = 1, .priority = limits->priority};
    format_buffer(process->name, sizeof process->name, "%s", name);
    mailbox_init(&process->mailbox, limits);
    status_t status = handle_table_init(&process->handles, limits->handles);
    if (status != OK) {
        port_release(process, sizeof *process);
        return status;
    }
    *out = process;
    return OK;
}

void process_set_handler(struct process *process, struct message *buffer) {
    process->handler = true;
    process->buffer = buffer;
    process->buffer_payload = buffer->payload;
    process->buffer_capacity = buffer->payload_capacity;
    process_turn_end(process);
}

void process_set_turn(struct process *process, process_turn *turn, void *data,
                      struct message *buffer) {
    process->turn = turn;
    process->data = data;
    process_set_handler(process, buffer);
}

void process_set_data(struct process *process, void *data) {
    process->data = data;
}

void *process_data(const struct process *process) {
    return process->data;
}

const char *process_name(const struct process *process) {
    return process->name;
}

void process_acquire(struct process *process) {
    uint32_t before = __atomic_fetch_add(&process->references, 1, __ATOMIC_RELAXED);
    ensure(before > 0 && before < UINT32_MAX);
}

void process_release(struct process *process) {
    uint32_t before = __atomic_fetch_sub(&process->references, 1, __ATOMIC_ACQ_REL);
    ensure(before > 0);
    if (before == 1) {
        handle_table_fini(&process->handles);
        port_release(process, sizeof *process);
    }
}

/* From now on nothing more comes into the mailbox. */
static void mailbox_close(struct process *process) {
    lock_acquire(&process->lock);
    ensure(process->state != PROCESS_DEAD);
    process->state = PROCESS_DEAD;
    lock_release(&process->lock);
}

static struct envelope *take_last(struct process *process) {
    lock_acquire(&process->lock);
    struct envelope *envelope = mailbox_take(&process->mailbox);
    lock_release(&process->lock);
    return envelope;
}

static void refuse_all(struct process *process) {
    for (struct envelope *next; (next = take_last(process)) != nullptr;) {
        if (next->kind != ENVELOPE_INTERRUPT) {
            envelope_refuse(next, ERR_CLOSED);
        }
    }
}

/* Once the mailbox is empty, all who wait for room in it are in the crowd: nobody's share is used
 * up by what lies in it. */
static void refuse_senders(struct process *process) {
    lock_acquire(&process->lock);
    mailbox_turn_away(&process->mailbox, ERR_CLOSED);
    lock_release(&process->lock);
}

static void close_all(struct process *process) {
    struct object object;
    for (uint32_t cursor = 0; handle_take_any(&process->handles, &cursor, &object);) {
        object_close(&object);
    }
}

/* A wait that has ended holds what it was for until it is finished. */
static void drop_wait(struct process *process) {
    if (wait_end(process, ERR_CLOSED) || process->state == PROCESS_READY) {
        bool holds = process->wait.kind == WAIT_ROOM || process->wait.kind == WAIT_ANSWER;
        if (holds) {
            (void)wait_finish(process);
        }
    }
    timer_disarm(process);
}

void process_close(struct process *process) {
    core_forget(process);
    drop_wait(process);
    mailbox_close(process);
    refuse_all(process);
    refuse_senders(process);
    close_all(process);
}

void process_destroy(struct process *process) {
    if (process->state != PROCESS_DEAD) {
        process_close(process);
    }
    process_release(process);
}

/* A handle in a place of `to` that has been reserved. */
static status_t install_endpoint(struct process *to, struct process *target, uint64_t badge,
                                 bool minted, handle_t *out) {
    struct endpoint *endpoint;
    status_t status = endpoint_create(target, badge, minted, &endpoint);
    if (status != OK) {
        handle_unreserve(&to->handles, 1);
        return status;
    }
    *out = handle_install(&to->handles,
                          (struct object){.kind = OBJECT_ENDPOINT, .endpoint = endpoint});
    return OK;
}

status_t process_grant(struct process *to, struct process *target, uint64_t badge, handle_t *out) {
    if (to->state == PROCESS_DEAD || target->state == PROCESS_DEAD) {
        return ERR_CLOSED;
    }
    status_t status = handle_reserve(&to->handles, 1);
    return status == OK ? install_endpoint(to, target, badge, false, out) : status;
}

/* It mints and drops, and does not look at what it is told. */
static bool is_flooded(struct process *process) {
    lock_acquire(&process->lock);
    const struct mailbox *mailbox = &process->mailbox;
    bool flooded = mailbox->released_count > 0 && mailbox->released_count >= mailbox->message_limit;
    lock_release(&process->lock);
    return flooded;
}

status_t process_handle_mint(struct process *process, uint64_t badge, handle_t *out) {
    if (is_flooded(process)) {
        return ERR_FULL;
    }
    status_t status = handle_reserve(&process->handles, 1);
    return status == OK ? install_endpoint(process, process, badge, true, out) : status;
}

status_t process_handle_copy(struct process *process, handle_t handle, handle_t *out) {
    struct object *object = handle_find(&process->handles, handle);
    if (object == nullptr || object->kind != OBJECT_ENDPOINT) {
        return ERR_BAD_HANDLE;
    }
    status_t status = handle_reserve(&process->handles, 1);
    if (status != OK) {
        return status;
    }
    object_acquire(object);
    *out = handle_install(&process->handles, *object);
    return OK;
}

status_t process_handle_badge(struct process *process, handle_t handle, uint64_t *out) {
    struct object *object = handle_find(&process->handles, handle);
    if (object == nullptr || object->kind != OBJECT_ENDPOINT ||
        object->endpoint->process != process) {
        return ERR_BAD_HANDLE;
    }
    *out = object->endpoint->badge;
    return OK;
}

status_t process_handle_close(struct process *process, handle_t handle) {
    struct object object;
    if (!handle_take(&process->handles, handle, &object)) {
        return ERR_BAD_HANDLE;
    }
    object_close(&object);
    return OK;
}

void process_usage_get(const struct process *process, struct process_usage *out) {
    *out = (struct process_usage){
        .handles = process->handles.used,
        .handles_reserved = process->handles.reserved,
        .messages = process->mailbox.message_count,
        .bytes = process->mailbox.byte_count,
        .promised = process->mailbox.promised,
        .released = process->mailbox.released_count,
    };
}
