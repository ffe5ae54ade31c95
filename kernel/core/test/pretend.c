/* SPDX-License-Identifier: MIT */
/* See pretend.h. */
#include "pretend.h"
#include <abi/system.h>
#include <base/ensure.h>
#include <kernel/port.h>
#include <stdlib.h>
#include <string.h>

static size_t allocated;

size_t pretend_allocated(void) {
    envelopes_release();
    return allocated;
}
int pretend_fail_after = -1;
thread_local uint64_t pretend_now_ns;
thread_local unsigned pretend_core;
uint64_t pretend_alarm_ns = DEADLINE_NEVER;
void (*pretend_rings)(void);
bool (*pretend_is_wanted)(void);
unsigned pretend_waits;
void (*pretend_on_wait)(void);

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

void *port_allocate(size_t size) {
    if (pretend_fail_after == 0) {
        return nullptr;
    }
    if (pretend_fail_after > 0) {
        pretend_fail_after--;
    }
    void *memory = malloc(size);
    ensure(memory != nullptr);
    memset(memory, 0xA5, size);
    allocated += size;
    return memory;
}

void port_release(void *memory, size_t size) {
    ensure(allocated >= size);
    allocated -= size;
    free(memory);
}

uint64_t port_time_ns(void) {
    return pretend_now_ns;
}

uint64_t port_ticks(void) {
    return pretend_now_ns;
}

uint64_t port_ticks_time_ns(uint64_t ticks) {
    return ticks;
}

unsigned port_core(void) {
    return pretend_core;
}

void port_core_wake(unsigned core) {
}

void port_alarm(uint64_t deadline_ns) {
    pretend_alarm_ns = deadline_ns;
}

void port_alarm_start(void (*rings)(void), bool (*is_wanted)(void)) {
    pretend_rings = rings;
    pretend_is_wanted = is_wanted;
}

void port_wait(uint64_t deadline_ns) {
    pretend_waits++;
    if (pretend_on_wait != nullptr) {
        pretend_on_wait();
    } else {
        ensure(deadline_ns != DEADLINE_NEVER);
        pretend_now_ns = deadline_ns;
    }
}

struct process *pretend_process_limited(const char *name, struct process_limits limits) {
    struct process *process;
    ensure(process_create(name, &limits, &process) == OK);
    return process;
}

struct process *pretend_process(const char *name) {
    return pretend_process_limited(
        name,
        (struct process_limits){.handles = 256, .mailbox_messages = 64, .mailbox_bytes = 1 << 16});
}

static void turn(struct process *process, void *data, struct message *message) {
    struct handler *handler = data;
    ensure(process == handler->process && process_current() == process);
    handler->turns++;
    handler->act(handler, message);
}

void handler_start(struct handler *handler, const char *name,
                   void (*act)(struct handler *handler, struct message *message)) {
    *handler = (struct handler){.process = pretend_process(name), .act = act};
    handler->buffer.payload = handler->payload;
    handler->buffer.payload_capacity = sizeof handler->payload;
    process_set_turn(handler->process, turn, handler, &handler->buffer);
}

static status_t finish(struct process *process, status_t status) {
    if (status == WAITING) {
        status = process_await(process);
    }
    ensure(core_poll() == nullptr);
    return status;
}

status_t call(struct process *process, handle_t handle, const struct message *request,
              struct message *reply) {
    return finish(process, process_call(process, handle, request, reply));
}

status_t send(struct process *process, handle_t handle, const struct message *message, uint64_t key,
              uint64_t deadline_ns) {
    return finish(process, process_send(process, handle, message, key, deadline_ns));
}

status_t receive(struct process *process, struct message *message, uint64_t deadline_ns) {
    return finish(process, process_receive(process, message, deadline_ns));
}

status_t answer(struct process *process, handle_t reply, const struct message *message) {
    return finish(process, process_reply(process, reply, message));
}

status_t drop(struct process *process, handle_t handle) {
    return finish(process, process_handle_close(process, handle));
}

handle_t grant(struct process *to, struct process *target, uint64_t badge) {
    handle_t handle;
    ensure(process_grant(to, target, badge, &handle) == OK);
    return handle;
}

uint32_t handles_used(const struct process *process) {
    struct process_usage usage;
    process_usage_get(process, &usage);
    return usage.handles;
}
