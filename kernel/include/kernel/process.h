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
#include <abi/process.h>
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct shared;

struct process_limits {
    uint32_t handles;          /* most entries of the handle table */
    uint32_t mailbox_messages; /* most undelivered messages */
    uint32_t mailbox_bytes;    /* and bytes of their payloads */
    uint32_t turn_ms;          /* a handler's longest turn, CPU time; 0: as long as it likes */
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
/* What its owner likes, NULL at first; by process_set_turn() or process_set_owner(). */
void *process_data(const struct process *process);
void process_turn_end(struct process *process);
/* The same; true: its next message lies in `buffer` already, and its slice is not over. */
bool process_turn_next(struct process *process);
/* Of native ones: destroys it at once, wherever it waits; not while its own turn is being run. All
 * its handles are closed: replies it owes are answered with ERR_CLOSED, and messages that lie in
 * its mailbox too. Not while several cores run. */
void process_close(struct process *process);
/* Closes it, if that has not been done, and drops the creator's reference. */
void process_destroy(struct process *process);

/* ---- lifetimes: <abi/process.h> ----
 *
 * A process with an owner has a thread that others run: it rests until process_begin(), and again
 * when it has ended. All that follows an end is done in bounded pieces by core_schedule(). */

struct process_owner {
    /* Its thread will not go on where it was: what it needed may go. Called on the core that chose
     * it, before its guardian is told. */
    void (*ended)(struct process *process);
    void (*rests)(struct process *process); /* after that, when its guardian is the kernel */
    void (*gone)(struct process *process);  /* destroyed: its data is nobody's any more */
};
/* Makes it one, which rests. `owner` stays. */
void process_set_owner(struct process *process, const struct process_owner *owner, void *data);

/* How a process ended, as MESSAGE_ENDED tells it. */
struct process_ending {
    uint64_t words[MESSAGE_WORDS]; /* [0]: enum process_end */
};

/* Gives a process that has just been made, and rests, to a guardian: it gets the one handle to it,
 * with the creator's reference. On failure nothing changes. */
status_t process_adopt(struct process *guardian, struct process *process, uint64_t key,
                       handle_t *out);
/* The process that this handle of its guardian's stands for; NULL: it is no such handle. */
struct process *process_ward(struct process *guardian, handle_t handle);
/* A handle of `to` on another's mailbox, who is told MESSAGE_RELEASED. */
status_t process_mint(struct process *to, struct process *target, uint64_t badge, handle_t *out);
/* A copy of a handle of the process becomes one of `to`, which rests. */
status_t process_handle_give(struct process *process, handle_t handle, struct process *to,
                             handle_t *out);
/* Does it rest? Then its guardian may do with its handles as it likes. */
bool process_rests(const struct process *process);
/* It is ready, with no wait to end. ERR_BUSY: it does not rest. */
status_t process_begin(struct process *process);
/* It has ended by itself, on the core that runs it: it will not go on. */
void process_end(struct process *process, const struct process_ending *ending);
/* Ends it wherever it is; nothing happens when it rests. One that runs on another core ends when it
 * is preempted or at the end of its gate. */
void process_kill(struct process *process);
/* How it ended last. */
void process_ending_get(struct process *process, struct process_ending *out);

/* ---- scheduling ----
 *
 * A gate that cannot finish answers WAITING. Then the process is where others find it, and whoever
 * ran it asks core_schedule() who goes on instead. When that answers the process itself, what it
 * waited for is done: process_status() is what the gate would have answered, and what was to be
 * received or answered lies where the gate was told. */
constexpr status_t WAITING = (status_t)1; /* of gates only; no program sees it */

/* Who goes on on this core: a process whose thread is not the kernel's. Native handlers have their
 * turns meanwhile, and the core sleeps when nobody is ready. NULL: nothing can ever happen, which
 * is not asked when several cores run. */
struct process *core_schedule(void);
status_t process_status(const struct process *process);
/* Makes core_schedule() answer NULL on that core, until it is told otherwise: what its caller
 * waited for has come. */
void core_return(unsigned core, bool leaves);
bool core_returns(void); /* this core */
constexpr unsigned CORES = 64;
/* So many cores, from 0 on, call core_schedule(): a process that is ready runs on any of them.
 * Until then it is 1. Called by core 0, before the others run any. */
void cores_use(unsigned count);
unsigned cores_count(void);
/* Nothing can ever happen: a process that waits goes on, with ERR_DEADLOCK. */
void process_unblock(struct process *process);
/* For a core that has but one thread: the end of a gate that answered WAITING. ERR_DEADLOCK: it
 * would never have ended. */
status_t process_await(struct process *process);
/* The same, but the core does not sleep. NULL: nobody is ready. */
struct process *core_poll(void);
/* Is anybody ready who is more urgent than this process, which runs? */
bool process_is_preceded(const struct process *process);
/* In an interrupt on this core: there is something that core_schedule() looks at. Who runs is
 * preempted. */
void core_look(void);
/* Has it, which runs, used up the time of its turn? Asked when it is preempted, and when
 * process_is_preceded(): both happen now and then while there is a limit. */
bool process_turn_is_spent(struct process *process);
/* The process stays ready, before all others of its priority, or behind them when its slice is
 * spent: core_schedule() says who goes on. */
void process_give_way(struct process *process);

/* Whose turn, or thread, was chosen last on this core: gates of native servers act for it. */
struct process *process_current(void);
/* Makes another one current; returns the one before. */
struct process *process_switch(struct process *to);

uint8_t process_priority(const struct process *process);
/* What it is and has; numbers of a moment. */
void process_info_get(struct process *process, struct process_info *out);
/* Of the process of this number, or the next above. False: there is none. */
bool process_info_from(uint64_t number, struct process_info *out);
/* Kills it. ERR_NOT_FOUND; ERR_DENIED: it is one of the kernel's own, whose guardian is the kernel.
 */
status_t process_kill_number(uint64_t number);

/* What other parts of the kernel keep for a process counts to it, with a reference to its record
 * until it is taken off again. */
void process_charge(struct process *process, uint64_t bytes);
void process_discharge(struct process *process, uint64_t bytes);
/* The count of the 64 KiB pages of its linear memories, written by who runs it; and its stack. */
uint32_t *process_memory_pages(struct process *process);
void process_set_stack(struct process *process, uint64_t bytes);

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

/* Objects of other parts of the kernel that handles may stand for: modules, devices. A handle to
 * one may be copied and sent like one to a mailbox; each counts as a reference. */
struct shared_kind {
    const char *name;
    void (*destroy)(struct shared *shared); /* the last reference is gone; no lock is held */
};
struct shared {
    const struct shared_kind *kind;
    uint32_t references; /* atomic; 1 at first: its creator's */
};
void shared_acquire(struct shared *shared);
void shared_release(struct shared *shared);
/* A handle to it, with a reference of its own. ERR_FULL, ERR_NO_MEMORY. */
status_t process_share(struct process *to, struct shared *shared, handle_t *out);
/* What a handle of the process stands for, NULL when it is not one of this kind; borrowed from the
 * handle. */
struct shared *process_shared(struct process *process, handle_t handle,
                              const struct shared_kind *kind);

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
status_t process_timer_set(struct process *process, uint64_t key, uint64_t deadline_ns);
status_t process_handle_close(struct process *process, handle_t handle);
status_t process_handle_copy(struct process *process, handle_t handle, handle_t *out);
status_t process_handle_mint(struct process *process, uint64_t badge, handle_t *out);
status_t process_handle_badge(struct process *process, handle_t handle, uint64_t *out);
