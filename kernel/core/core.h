/* SPDX-License-Identifier: MIT */
/*
 * The objects of the kernel's portable half, and who may touch what.
 *
 *   struct process   a mailbox, a handle table, at most one waiting call
 *     struct handle_table --- struct object (by value): endpoint | call | promise
 *     struct mailbox -------- struct envelope, oldest first
 *
 *   endpoint   a mailbox and the badge it stamps; all copies of one handle share it
 *   call       the right to answer a process that waits in call(); stale when that has ended
 *   promise    the right to answer a send() with a key; keeps the place of the answer
 *
 * One core, interrupts off, one kernel stack: nothing here is locked yet. With more cores each
 * mailbox has a lock, each handle table has one (its process, and a replier who installs handles in
 * it), each core's queue of ready processes has one. Order: mailbox, then handle table, then ready
 * queue; two mailboxes are never locked together (a reply locks the caller's, a send the
 * target's). Reference counts are atomic then.
 *
 * A process is freed when nothing refers to it: its creator, endpoints, calls and promises count.
 */
#pragma once
#include <base/list.h>
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
    ENVELOPE_CALL, /* its sender waits: payload and handles are fetched on receipt */
    ENVELOPE_SEND, /* handles are in objects[]; payload lies behind it or with a sender who waits */
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

struct endpoint {
    struct process *process; /* whose mailbox: a counted reference */
    uint64_t badge;
    uint32_t references;
    uint32_t queued_messages, queued_bytes; /* of its share of the mailbox */
    bool minted;                            /* the owner is told when the last reference goes */
    struct envelope released;
};

struct promise {
    struct envelope answer; /* first: what becomes of it when there is no answer with a payload */
    struct process *waiter; /* a counted reference */
    uint64_t key;
};
static_assert(offsetof(struct promise, answer) == 0);

struct mailbox {
    struct list messages;
    uint32_t message_limit, byte_limit;
    uint32_t message_count, byte_count; /* of sends and answers that lie in it */
    uint32_t promised;                  /* places kept for answers */
    uint32_t released_count;            /* MESSAGE_RELEASED that lie in it; no limit, see mint */
};

void mailbox_init(struct mailbox *mailbox, const struct process_limits *limits);
/* Is there room for a send of this size through this endpoint? */
bool mailbox_has_room(const struct mailbox *mailbox, const struct endpoint *endpoint,
                      uint32_t size);
void mailbox_put(struct mailbox *mailbox, struct envelope *envelope);
struct envelope *mailbox_take(struct mailbox *mailbox); /* NULL when empty */
void mailbox_remove(struct mailbox *mailbox, struct envelope *envelope);
bool mailbox_is_empty(const struct mailbox *mailbox);
/* Could the mailbox ever hold a send of this size? */
bool mailbox_may_hold(const struct mailbox *mailbox, uint32_t size);
status_t mailbox_promise(struct mailbox *mailbox);

status_t endpoint_create(struct process *process, uint64_t badge, bool minted,
                         struct endpoint **out);
void endpoint_acquire(struct endpoint *endpoint);
void endpoint_release(struct endpoint *endpoint);

/* A process's one waiting call. */
struct call {
    struct envelope envelope;
    struct message *answer;
    uint64_t sequence : 56; /* counts calls; handles to earlier ones are stale */
    bool open;              /* waits for its answer */
    status_t status;
};

struct process {
    char name[32];
    uint32_t references;
    bool dead;
    bool stacked; /* runs, or waits below whoever runs, on this core's kernel stack */
    bool expects_interrupts;
    struct handle_table handles;
    struct mailbox mailbox;
    struct call call;
    struct envelope interrupt;

    process_turn *turn; /* NULL: it receives by itself */
    void *data;
    struct message *buffer;
    void *buffer_payload;
    uint32_t buffer_capacity;
    struct list_node ready; /* in core.ready while it has messages and is not stacked */
};

/* All state of this core. There is no other variable in kernel/core but the log's. */
struct core {
    struct process *current;
    struct list ready;
    uint32_t depth;     /* native turns on the stack */
    uint32_t expecting; /* processes that interrupts may reach */
};
struct core *core_get(void);

void process_acquire(struct process *process);
void process_release(struct process *process);

/* schedule.c */

/* A message came: it is due for a turn, if it takes turns and is not in one. */
void process_wake(struct process *process);
/* Can the oldest message of the process be handled right now? */
bool process_can_run(const struct process *process);
/* One turn of a process that can run. */
void process_run(struct process *process);
/* While a process is in a gate that lets others run, it lies below them on the stack: gives what
 * stack_leave() needs. */
bool stack_enter(struct process *process);
void stack_leave(struct process *process, bool before);
/* After something was sent at leisure: unless this is a turn itself, one ready process gets one. */
void process_yield(struct process *process);
/* Runs others until is_done(data). ERR_TIMED_OUT; ERR_DEADLOCK: nothing can ever happen. */
typedef bool wait_condition(void *data);
status_t core_wait(wait_condition *is_done, void *data, uint64_t deadline_ns);

/* message.c */

/* A message as a sender gave it: shape and handles. Nothing is changed. */
status_t message_check(struct process *sender, const struct message *message);
/* Takes the handles of a checked message out of the sender's table, or copies them. */
void message_take_objects(struct process *sender, const struct message *message,
                          struct object objects[MESSAGE_HANDLES]);
/* Fills the receiver's struct; the reservations for its handles are used up. False: it was too big
 * for the receiver and its sender has been told. */
bool envelope_deliver(struct process *receiver, struct envelope *envelope, struct message *out);
/* Ends a message that will not be received: its sender learns why. */
void envelope_refuse(struct process *receiver, struct envelope *envelope, status_t why);
/* How many entries of the receiver's table it will take. */
uint32_t envelope_handles(const struct envelope *envelope);
/* An envelope with room for a payload behind it, which is copied; NULL: out of memory. */
struct envelope *envelope_create(const struct message *message);

/* reply.c */

/* Drops what a handle stood for. Whoever waits for an answer gets ERR_CLOSED. */
void object_close(struct object *object);
void object_acquire(const struct object *object); /* a second one; endpoints only */
/* The call is over. */
void call_finish(struct process *caller, status_t status);
/* Answers a promise without a message. */
void promise_fail(struct promise *promise, status_t why);
status_t promise_create(struct process *waiter, uint64_t key, struct promise **out);
void promise_destroy(struct promise *promise);
