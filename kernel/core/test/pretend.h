/* SPDX-License-Identifier: MIT */
/* The place the kernel's core is tested in: a heap that counts and fails on demand, a clock that
 * moves only when someone waits, interrupts that come when a test says so. */
#pragma once
#include "../core.h"
#include <test/check.h>

/* Bytes, when the core has given back what it keeps for messages. */
size_t pretend_allocated(void);
extern int pretend_fail_after; /* allocations until one fails; < 0: none does */
extern thread_local uint64_t pretend_now_ns;
extern thread_local unsigned pretend_core;
extern uint64_t
    pretend_alarm_ns; /* what the alarm was set for last; it rings when a test says so */
extern void (*pretend_rings)(void);
extern bool (*pretend_is_wanted)(void);
extern unsigned pretend_waits;
extern void (*pretend_on_wait)(void);

/* A process with ample limits; stops the test when there is none. */
struct process *pretend_process(const char *name);
struct process *pretend_process_limited(const char *name, struct process_limits limits);

/* A native handler with a receive buffer. */
struct handler {
    struct process *process;
    struct message buffer;
    unsigned turns;
    void (*act)(struct handler *handler, struct message *message);
    handle_t kept; /* what `act` likes */
    uint8_t payload[1024];
};
void handler_start(struct handler *handler, const char *name,
                   void (*act)(struct handler *handler, struct message *message));

/* Gates to their end, after which native handlers have had their turns. */
status_t call(struct process *process, handle_t handle, const struct message *request,
              struct message *reply);
status_t send(struct process *process, handle_t handle, const struct message *message, uint64_t key,
              uint64_t deadline_ns);
status_t receive(struct process *process, struct message *message, uint64_t deadline_ns);
status_t answer(struct process *process, handle_t reply, const struct message *message);
status_t drop(struct process *process, handle_t handle);

handle_t grant(struct process *to, struct process *target, uint64_t badge);
uint32_t handles_used(const struct process *process);
