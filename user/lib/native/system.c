/* SPDX-License-Identifier: MIT */
/*
 * The gates for servers that are built natively: each acts for the process whose turn it is. And
 * how such a server becomes a process.
 */
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>
#include <kernel/process.h>
#include <user/native.h>

static struct process *self(void) {
    struct process *process = process_current();
    ensure(process != nullptr);
    return process;
}

/* Their turns are calls on the kernel stack, where nobody waits. */
static status_t at_once(status_t status) {
    ensure(status != WAITING);
    return status;
}

status_t system_call(handle_t handle, const struct message *request, struct message *reply) {
    return ERR_NOT_SUPPORTED;
}

status_t system_send(handle_t handle, const struct message *message, uint64_t key,
                     uint64_t deadline_ns) {
    return at_once(process_send(self(), handle, message, key, DEADLINE_NOW));
}

status_t system_receive(struct message *message, uint64_t deadline_ns) {
    return at_once(process_receive(self(), message, DEADLINE_NOW));
}

status_t system_reply(handle_t reply, const struct message *message) {
    return process_reply(self(), reply, message);
}

status_t system_handle_close(handle_t handle) {
    return process_handle_close(self(), handle);
}

status_t system_handle_copy(handle_t handle, handle_t *out) {
    return process_handle_copy(self(), handle, out);
}

status_t system_handle_mint(uint64_t badge, handle_t *out) {
    return process_handle_mint(self(), badge, out);
}

status_t system_handle_badge(handle_t handle, uint64_t *out) {
    return process_handle_badge(self(), handle, out);
}

/* Native servers are wired by whoever starts them. */
int32_t system_birth(void *buffer, uint32_t capacity) {
    return ERR_NOT_SUPPORTED;
}

uint64_t system_time_get(void) {
    return port_time_ns();
}

status_t system_timer_set(uint64_t key, uint64_t deadline_ns) {
    return process_timer_set(self(), key, deadline_ns);
}

/* A server does not end; if it does, that is our fault. */
[[noreturn]] void system_exit(uint32_t code) {
    ensure_failed("a native server ends", __FILE_NAME__, (int)code);
}

static void turn(struct process *process, void *data, struct message *message) {
    const struct server *server = data;
    server->handle(message);
}

static constexpr struct process_limits LIMITS = {
    .handles = 16 * 1024, .mailbox_messages = 256, .mailbox_bytes = 1024 * 1024, .priority = 4};

status_t server_start_native(const struct server *server, struct process **out) {
    struct process *process;
    status_t status = process_create(server->name, &LIMITS, &process);
    if (status != OK) {
        return status;
    }
    struct process *before = process_switch(process);
    struct message *buffer = server->start();
    process_switch(before);
    if (buffer == nullptr) {
        process_destroy(process);
        return ERR_NO_MEMORY;
    }
    process_set_turn(process, turn, (void *)(uintptr_t)server, buffer);
    *out = process;
    return OK;
}
