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
    uint8_t priority;          /* below PRIORITY_COUNT; 0 is the most urgent */
};
constexpr uint32_t PRIORITY_COUNT = 16;

/* One turn of a handler: the message lies in the receive buffer that it named. */
typedef void process_turn(struct process *process, void *data, struct message *message);

status_t process_create(const char *name, const struct process_limits *limits,
                        struct process **out);
/* Makes it a native handler: `turn` is called once per message, with `buffer` filled in, by
 * core_schedule() on the kernel stack. It never waits. */
void process_set_turn(struct process *process, process_turn *turn, void *data,
                      struct message *buffer);
/* Makes it a handler with a thread of its own: core_schedule() answers it when a message lies in
 * `buffer`; process_turn_end() says that its turn is over. */
void process_set_handler(struct process *process, struct message *buffer);
/* What its owner likes, NULL at first; native handlers have theirs by process_set_turn(). */
void process_set_data(struct process *process, void *data);
void *process_data(const struct process *process);
void process_turn_end(struct process *process);
/* Ends it, wherever it waits; not while its own turn is being run. All its handles are closed:
 * replies it owes are answered with ERR_CLOSED, and messages that lie in its mailbox too. */
void process_close(struct process *process);
/* Closes it, if that has not been done, and drops the creator's reference. */
void process_destroy(struct process *process);

/* ---- scheduling ----
 *
 * A gate that cannot finish answers WAITING. Then the process is where others find it, and whoever
 * ran it asks core_schedule() who goes on instead. When that answers the process itself, what it
 * waited for is done: process_status() is what the gate would have answered, and what was to be
 * received or answered lies where the gate was told. */
constexpr status_t WAITING = (status_t)1; /* of gates only; no program sees it */

/* Who goes on on this core: a process whose thread is not the kernel's. Native handlers have their
 * turns meanwhile, and the core sleeps when nobody is ready. NULL: nothing can ever happen. */
struct process *core_schedule(void);
status_t process_status(const struct process *process);
/* Nothing can ever happen: a process that waits goes on, with ERR_DEADLOCK. */
void process_unblock(struct process *process);
/* For a core that has but one thread: the end of a gate that answered WAITING. ERR_DEADLOCK: it
 * would never have ended. */
status_t process_await(struct process *process);
/* The same, but the core does not sleep. NULL: nobody is ready. */
struct process *core_poll(void);
/* Is anybody ready who is more urgent than this process, which runs? */
bool process_is_preceded(const struct process *process);
/* The process stays ready, before all others of its priority: core_schedule() says who goes on. */
void process_give_way(struct process *process);

/* Whose turn, or thread, was chosen last on this core: gates of native servers act for it. */
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

/* Interrupts. While a process expects one, nobody who waits is told ERR_DEADLOCK.
 * process_interrupt() puts MESSAGE_INTERRUPT into its mailbox, words[0] being how many came since
 * the last was received: never refused, takes no memory. To be called from port_wait(), or between
 * gates. */
void process_expect_interrupts(struct process *process);
void process_interrupt(struct process *process);

/* Gives `to` a handle on the mailbox of `target` that stamps `badge`. */
status_t process_grant(struct process *to, struct process *target, uint64_t badge, handle_t *out);

/* The gates of abi/system.def, for the process they act for, which runs. Pointers are the kernel's
 * own; payloads are copied once, from the sender's to the receiver's. `reply`, `message` of receive
 * and all payloads stay where they are until the gate is over. call, send and receive may answer
 * WAITING. */
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
