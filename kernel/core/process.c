/* SPDX-License-Identifier: MIT */
/*
 * Processes: their records, and the gates of handles. How they begin and end is in lifetime.c; the
 * record goes when the last reference to it does.
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
    *process = (struct process){.lock = LOCK_INIT(LOCK_PROCESS),
                                .references = 1,
                                .priority = limits->priority,
                                .turns.limit_ns = (uint64_t)limits->turn_ms * 1'000'000};
    format_buffer(process->name, sizeof process->name, "%s", name);
    mailbox_init(&process->mailbox, limits);
    status_t status = handle_table_init(&process->handles, limits->handles);
    if (status == OK) {
        status = registry_add(process);
        if (status == OK) {
            *out = process;
            return OK;
        }
        handle_table_fini(&process->handles);
    }
    port_release(process, sizeof *process);
    return status;
}

void process_set_handler(struct process *process, struct message *buffer) {
    __atomic_store_n(&process->handler, true, __ATOMIC_RELAXED);
    process->buffer = buffer;
    process->buffer_payload = buffer->payload;
    __atomic_store_n(&process->buffer_capacity, buffer->payload_capacity, __ATOMIC_RELAXED);
    process_turn_end(process);
}

void process_set_turn(struct process *process, process_turn *turn, void *data,
                      struct message *buffer) {
    process->turn = turn;
    process->data = data;
    process_set_handler(process, buffer);
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
        cores_forget(process);
        handle_table_fini(&process->handles);
        alarms_destroy(process);
        port_release(process, sizeof *process);
    }
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
    if (process_state(to) == PROCESS_DEAD || process_state(target) == PROCESS_DEAD) {
        return ERR_CLOSED;
    }
    status_t status = handle_reserve(&to->handles, 1);
    return status == OK ? install_endpoint(to, target, badge, false, out) : status;
}

/* Who mints and drops, and whose owner does not look at what it is told. */
static bool is_flooded(struct process *process) {
    lock_acquire(&process->lock);
    const struct mailbox *mailbox = &process->mailbox;
    bool flooded = mailbox->released_count > 0 && mailbox->released_count >= mailbox->message_limit;
    lock_release(&process->lock);
    return flooded;
}

status_t process_mint(struct process *to, struct process *target, uint64_t badge, handle_t *out) {
    if (is_flooded(target)) {
        return ERR_FULL;
    }
    status_t status = handle_reserve(&to->handles, 1);
    return status == OK ? install_endpoint(to, target, badge, true, out) : status;
}

status_t process_handle_mint(struct process *process, uint64_t badge, handle_t *out) {
    return process_mint(process, process, badge, out);
}

status_t process_handle_give(struct process *process, handle_t handle, struct process *to,
                             handle_t *out) {
    struct object *object = handle_find(&process->handles, handle);
    if (object == nullptr || !object_is_copyable(object)) {
        return ERR_BAD_HANDLE;
    }
    status_t status = handle_reserve(&to->handles, 1);
    if (status != OK) {
        return status;
    }
    object_acquire(object);
    *out = handle_install(&to->handles, *object);
    return OK;
}

status_t process_handle_copy(struct process *process, handle_t handle, handle_t *out) {
    return process_handle_give(process, handle, process, out);
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
