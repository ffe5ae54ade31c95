/* SPDX-License-Identifier: MIT */
/*
 * Processes, their mailboxes and handles (doc/system.md).
 *
 * Every message goes from a process to a process. A process is either wasm (kernel/wasm/) or, for
 * now, native: a server of user/srv/ compiled for this machine, whose turn is an ordinary call on
 * the kernel stack. Nothing on either side of a message can tell which the other is.
 */
#pragma once
#include <abi/message.h>
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>

struct process;

struct process_limits {
    uint32_t handles;          /* most entries of the handle table */
    uint32_t mailbox_messages; /* most undelivered messages */
    uint32_t mailbox_bytes;    /* and bytes of their payloads */
};

/* One turn of a handler: the message lies in the receive buffer that it named. */
typedef void process_turn(struct process *process, void *data, struct message *message);

status_t process_create(const char *name, const struct process_limits *limits,
                        struct process **out);
/* Makes it a native handler: `turn` is called once per message, with `buffer` filled in. */
void process_set_turn(struct process *process, process_turn *turn, void *data,
                      struct message *buffer);
/* Closes all its handles: replies it owes are answered with ERR_CLOSED, and messages that lie in
 * its mailbox too. */
void process_destroy(struct process *process);

/* The process whose request is being carried out on this core: gates of native servers act for it.
 * NULL when there is none. */
struct process *process_current(void);
/* Makes another one current; returns the one before. */
struct process *process_switch(struct process *to);

/* What a process was created with, cut to 31 bytes. */
const char *process_name(const struct process *process);

/* What it holds at this moment, for accounting and tests. */
struct process_usage {
    uint32_t handles, handles_reserved;
    uint32_t messages, bytes; /* sends and answers in its mailbox */
    uint32_t promised;        /* places kept for answers */
    uint32_t released;        /* MESSAGE_RELEASED in its mailbox */
};
void process_usage_get(const struct process *process, struct process_usage *out);

/* Interrupts. Whoever waits while a process expects one waits in port_wait(), and is not told
 * ERR_DEADLOCK. process_interrupt() puts MESSAGE_INTERRUPT into its mailbox, words[0] being how
 * many came since the last was received: never refused, takes no memory. To be called with
 * interrupts off, by an interrupt handler that struck outside the kernel, or from port_wait(). */
void process_expect_interrupts(struct process *process);
void process_interrupt(struct process *process);

/* For a native server that waits for its device in its turn: others have theirs, and the core
 * sleeps when nobody has, until is_done(data) or the deadline. */
void process_wait(bool (*is_done)(void *data), void *data, uint64_t deadline_ns);

/* Gives `to` a handle on the mailbox of `target` that stamps `badge`. */
status_t process_grant(struct process *to, struct process *target, uint64_t badge, handle_t *out);

/* The gates of abi/system.def, for the process they act for. Pointers are the kernel's own;
 * payloads are copied once, from the sender's to the receiver's. */
status_t process_call(struct process *process, handle_t handle, const struct message *request,
                      struct message *reply);
status_t process_send(struct process *process, handle_t handle, const struct message *message,
                      uint64_t key, uint64_t deadline_ns);
status_t process_receive(struct process *process, struct message *message, uint64_t deadline_ns);
status_t process_reply(struct process *process, handle_t reply, const struct message *message);
status_t process_handle_close(struct process *process, handle_t handle);
status_t process_handle_copy(struct process *process, handle_t handle, handle_t *out);
status_t process_handle_mint(struct process *process, uint64_t badge, handle_t *out);
status_t process_handle_badge(struct process *process, handle_t handle, uint64_t *out);
