/* SPDX-License-Identifier: MIT */
/*
 * The objects of the kernel's portable half, and who may touch what.
 *
 *   struct process   a mailbox, a handle table, at most one thing that it waits for
 *     struct handle_table --- struct object (by value): endpoint | call | promise
 *     struct mailbox -------- struct envelope, oldest first
 *
 *   endpoint   a mailbox and the badge it stamps; all copies of one handle share it
 *   call       the right to answer a process that waits in call(); stale when that has ended
 *   promise    the right to answer a send() with a key; keeps the place of the answer
 *
 * Kernel code never waits: a gate that cannot finish writes down what the process waits for and
 * answers WAITING; another process goes on. What ends a wait makes the process ready; what is left
 * to do of it is done when the process is chosen (schedule.c).
 *
 *   the handle table, `wait`, `incoming`   the process's own: touched by the core that runs it
 *   state, mailbox, senders                under process->lock
 *   call.word                              atomic; whoever closes it may fill the answer and wake
 *   the queue of ready processes           under core->lock
 *   reference counts                       atomic
 *
 * Order of locks: process, then core, then timers. No two processes are locked together.
 *
 * A process is freed when nothing refers to it: its creator, endpoints, calls and promises count.
 */
#pragma once
#include <base/list.h>
#include <kernel/lock.h>
#include <kernel/process.h>

enum object_kind : uint8_t { OBJECT_NONE, OBJECT_ENDPOINT, OBJECT_CALL, OBJECT_PROMISE };

/* What a handle stands for. Moved by value; exactly one place owns each. */
struct object {
    uint64_t kind : 8;      /* enum object_kind */
    uint64_t sequence : 56; /* OBJECT_CALL: of the call that it answers */
    union {
        struct endpoint *endpoint;
        struct process *caller;
        struct promise *promise;
    };
};

struct handle_entry {
    struct object object;
    uint32_t generation;
    uint32_t next; /* free entries: index of the next, HANDLE_END at the end */
};

constexpr uint32_t HANDLE_CHUNK = 64;
constexpr uint32_t HANDLE_END = UINT32_MAX;

/* Entries in chunks that never move; freed entries are reused oldest first, so that a stale number
 * stays wrong for as long as can be. */
struct handle_table {
    struct handle_entry **chunks;
    uint32_t chunk_capacity, chunk_count;
    uint32_t limit;
    uint32_t used, reserved, free;
    uint32_t first_free, last_free;
};

[[nodiscard]] status_t handle_table_init(struct handle_table *table, uint32_t limit);
void handle_table_fini(struct handle_table *table); /* nothing may be left in it */
/* Promises that `count` installs will succeed. ERR_FULL, ERR_NO_MEMORY. */
status_t handle_reserve(struct handle_table *table, uint32_t count);
void handle_unreserve(struct handle_table *table, uint32_t count);
/* Uses up one reservation. */
handle_t handle_install(struct handle_table *table, struct object object);
/* NULL when there is none under this number. */
struct object *handle_find(struct handle_table *table, handle_t handle);
/* Takes it out; false when there is none. */
bool handle_take(struct handle_table *table, handle_t handle, struct object *out);
/* Takes any one out; false when the table is empty. *cursor is 0 at first. */
bool handle_take_any(struct handle_table *table, uint32_t *cursor, struct object *out);

enum envelope_kind : uint8_t {
    ENVELOPE_CALL,     /* its sender waits: payload and handles are fetched on receipt */
    ENVELOPE_SEND,     /* handles are in objects[], the payload lies behind it */
    ENVELOPE_ANSWER,   /* to a send with a key */
    ENVELOPE_RELEASED, /* part of its endpoint */
    ENVELOPE_INTERRUPT /* part of its process */
};

/* One message that is under way. */
struct envelope {
    struct list_node node;
    enum envelope_kind kind;
    struct endpoint
        *endpoint;           /* it was sent to: a counted reference; NULL for answers, interrupts */
    struct process *sender;  /* ENVELOPE_CALL only */
    struct promise *promise; /* ENVELOPE_SEND with a key, until receipt */
    struct message message;  /* as the sender gave it; payload points to the bytes */
    struct object objects[MESSAGE_HANDLES];
    size_t allocated; /* bytes to release after receipt; 0: part of something else */
};

/* Under the lock of its process, but for the count of references. */
struct endpoint {
    struct process *process; /* whose mailbox: a counted reference */
    uint64_t badge;
    uint32_t references;
    uint32_t queued_messages, queued_bytes; /* of its share of the mailbox */
    bool minted;                            /* the owner is told when the last reference goes */
    struct envelope released;
    struct list senders;    /* processes that wait for room, by wait.node */
    struct list_node crowd; /* in mailbox.crowd while it has any who wait for others to make room */
};

struct promise {
    struct envelope answer; /* first: what becomes of it when there is no answer with a payload */
    struct process *waiter; /* a counted reference */
    uint64_t key;
};
static_assert(offsetof(struct promise, answer) == 0);

struct mailbox {
    struct list messages;
    struct list crowd; /* of endpoints, in the order in which they get room */
    uint32_t message_limit, byte_limit;
    uint32_t message_count, byte_count; /* of sends that lie in it or have been let in */
    uint32_t promised;                  /* places kept for answers, or taken by them */
    uint32_t released_count;            /* MESSAGE_RELEASED that lie in it; no limit, see mint */
    uint32_t interrupts;                /* since MESSAGE_INTERRUPT was taken last */
};

void mailbox_init(struct mailbox *mailbox, const struct process_limits *limits);
bool mailbox_is_empty(const struct mailbox *mailbox);
/* Could the mailbox ever hold a send of this size? */
bool mailbox_may_hold(const struct mailbox *mailbox, uint32_t size);
/* Lets a send of this size in, through this endpoint; false: there is no room now. */
bool mailbox_admit(struct mailbox *mailbox, struct endpoint *endpoint, uint32_t size);
/* Takes that back. */
void mailbox_dismiss(struct mailbox *mailbox, struct endpoint *endpoint, uint32_t size);
/* A place for an answer. ERR_FULL. */
status_t mailbox_promise(struct mailbox *mailbox);
/* Sends have been let in before, answers have a place. */
void mailbox_put(struct mailbox *mailbox, struct envelope *envelope);
/* The oldest, NULL when empty. It leaves room: see mailbox_let_in(). */
struct envelope *mailbox_take(struct mailbox *mailbox);
void mailbox_remove(struct mailbox *mailbox, struct envelope *envelope);
/* Who waits for room joins, and leaves. */
void mailbox_join(struct mailbox *mailbox, struct process *sender);
void mailbox_leave(struct mailbox *mailbox, struct process *sender);
/* Something was taken out: who waits for room is let in, as far as there is any, and made ready. */
void mailbox_let_in(struct mailbox *mailbox);
/* All who wait for room are made ready, with this status. */
void mailbox_turn_away(struct mailbox *mailbox, status_t why);

status_t endpoint_create(struct process *process, uint64_t badge, bool minted,
                         struct endpoint **out);
void endpoint_acquire(struct endpoint *endpoint);
/* Not with a process locked. */
void endpoint_release(struct endpoint *endpoint);

/* A process's one waiting call. */
struct call {
    struct envelope envelope;
    uint64_t word;          /* atomic: sequence << 1, and 1 while it waits for its answer */
    struct process *holder; /* who could answer: for the search of cycles */
    status_t status;        /* once it is closed */
    uint32_t object_count;  /* of the answer, until the caller installs them */
    struct object objects[MESSAGE_HANDLES];
};

/* Deadlines (timer.c): a pairing heap of each core. */
struct timer {
    struct timer *child, *sibling, *previous; /* previous: sibling, or parent of the first child */
    uint64_t deadline_ns;
    bool armed;
};

enum wait_kind : uint8_t {
    WAIT_NONE,    /* its thread goes on where it was */
    WAIT_TURN,    /* a handler, for the next message */
    WAIT_MESSAGE, /* in receive() */
    WAIT_ANSWER,  /* in call() */
    WAIT_ROOM,    /* in send() */
};

/* What a process waits for, or is ready to finish. */
struct wait {
    enum wait_kind kind;
    status_t status;           /* why it ended, when not by what it was for */
    struct list_node node;     /* WAIT_ROOM: in endpoint->senders */
    struct endpoint *endpoint; /* WAIT_ROOM: a counted reference */
    struct promise *promise;
    struct message message; /* WAIT_ROOM: what is to be sent */
    struct timer timer;
    unsigned core; /* whose timers it is among */
};

enum process_state : uint8_t {
    PROCESS_RUNNING, /* on a core, or nobody's yet */
    PROCESS_READY,   /* in the queue of a core, or its `next` */
    PROCESS_IDLE,    /* WAIT_TURN, WAIT_MESSAGE */
    PROCESS_CALLING, /* WAIT_ANSWER */
    PROCESS_SENDING, /* WAIT_ROOM */
    PROCESS_DEAD,
};

struct process {
    struct lock lock;
    uint32_t references;
    enum process_state state;
    uint8_t priority; /* 0 is the most urgent */
    bool expects_interrupts;
    char name[32];
    struct handle_table handles;
    struct mailbox mailbox;
    struct call call;
    struct wait wait;
    struct envelope interrupt;
    struct list_node ready; /* in the queue of a core */

    struct message *incoming; /* what is received, or answered, goes there */
    process_turn *turn;       /* of a native handler */
    bool handler;
    void *data;
    struct message *buffer; /* of a handler, as it named it at first */
    void *buffer_payload;
    uint32_t buffer_capacity;
};

constexpr unsigned CORES = 64;

/* State of one core. There is no other variable in kernel/core but the log's and the trace's. */
struct core {
    struct lock lock;
    uint32_t ready_set; /* bit per priority: is anybody in that queue? */
    struct list ready[PRIORITY_COUNT];
    struct process *current;
    struct process *next;  /* ready: goes on before all others of its priority */
    uint32_t direct_count; /* how often in a row `next` went first */
    struct lock timer_lock;
    struct timer *first_timer; /* root of the heap */
    uint32_t expecting;        /* processes that interrupts may reach; of core 0, for all */
};
struct core *core_get(void); /* of the core that asks */
struct core *core_at(unsigned number);

void process_acquire(struct process *process);
/* Not with a process locked. */
void process_release(struct process *process);

/* schedule.c */

/* The process is ready, and nobody else has a claim on it: somebody will choose it. */
void core_enqueue(struct process *process);
/* The same; it is to go on at once where that is possible. */
void core_enqueue_next(struct process *process);
/* The process is going away: it is in no queue and current nowhere. */
void core_forget(struct process *process);
/* A message came, under the process's lock: true when it was waiting for one. Then the caller, once
 * it has unlocked, enqueues it. */
bool process_claim(struct process *process);

/* timer.c */
void timer_arm(struct process *process, uint64_t deadline_ns);
void timer_disarm(struct process *process);
/* Ends the waits that are due. The next deadline; DEADLINE_NEVER when there is none. */
uint64_t timer_run(void);

/* exchange.c */

/* What is left to do when a process that waited is chosen. False: it waits again. */
bool wait_finish(struct process *process);
/* Ends a wait with this status. True: it has been claimed, and the caller enqueues it. False: it
 * does not wait, or what it waited for has come. */
bool wait_end(struct process *process, status_t why);

/* message.c */

/* A message as a sender gave it: shape and handles. Nothing is changed. */
status_t message_check(struct process *sender, const struct message *message);
/* Takes the handles of a checked message out of the sender's table, or copies them. */
void message_take_objects(struct process *sender, const struct message *message,
                          struct object objects[MESSAGE_HANDLES]);
void objects_close(struct object *objects, uint32_t count);
/* Fills process->incoming. False: it was not for this receiver and its sender has been told. */
bool envelope_deliver(struct process *receiver, struct envelope *envelope);
/* Ends a message that will not be received: its sender learns why. */
void envelope_refuse(struct envelope *envelope, status_t why);
/* An envelope with room for a payload behind it, which is copied; NULL: out of memory. */
struct envelope *envelope_create(const struct message *message);

/* reply.c */

/* Drops what a handle stood for. Whoever waits for an answer gets ERR_CLOSED. */
void object_close(struct object *object);
void object_acquire(const struct object *object); /* a second one; endpoints only */
void call_open(struct process *caller, struct process *target);
/* The call of this number is over, if it was not before: false then. */
bool call_close(struct process *caller, uint64_t sequence);
uint64_t call_sequence(const struct process *caller);
/* A call that has been closed by us: its caller goes on with this status. */
void call_finish(struct process *caller, status_t status);
/* Would a call of this process to that one close a ring of calls? */
bool call_is_cycle(struct process *caller, struct process *target);
/* Answers a promise without a message. */
void promise_fail(struct promise *promise, status_t why);
status_t promise_create(struct process *waiter, uint64_t key, struct promise **out);
void promise_destroy(struct promise *promise);
