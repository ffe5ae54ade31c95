/* SPDX-License-Identifier: MIT */
/* A pretended machine for tests of servers: a clock, a generator, a serial line whose input comes
 * while someone waits, and a client process that asks. */
#pragma once
#include <kernel/process.h>
#include <test/check.h>
#include <user/native.h>

extern uint64_t machine_now_ns;
extern int64_t machine_wall_ns;
size_t machine_allocated(void); /* bytes, but for what the core keeps for its next messages */

/* The line: what has arrived, what will arrive at the next wait, what was written. */
struct machine_line {
    struct native_serial serial;
    struct process *console;
    char arrived[16 * 1024];
    size_t arrived_first, arrived_size;
    const char *later[8]; /* each arrives at one wait */
    unsigned later_first, later_count;
    char written[16 * 1024];
    size_t written_size;
};
extern struct machine_line machine_line;
void machine_line_attach(enum device_serial kind, struct process *console);
void machine_type(const char *bytes, size_t size); /* arrives now */
bool machine_written(const char *bytes);           /* is this all, since the last question? */

struct process *machine_process(const char *name);
handle_t machine_grant(struct process *to, struct process *target, uint64_t badge);

/* Gates to their end, after which servers have had their turns. */
status_t machine_call(struct process *process, handle_t handle, const struct message *request,
                      struct message *reply);
status_t machine_send(struct process *process, handle_t handle, const struct message *message,
                      uint64_t key, uint64_t deadline_ns);
status_t machine_receive(struct process *process, struct message *message, uint64_t deadline_ns);
