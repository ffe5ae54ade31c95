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
 *   shared     something of another part of the kernel, which handles count
 *   process    a process, for its guardian: there is one such handle (lifetime.c)
 *
 * Kernel code never waits: a gate that cannot finish writes down what the process waits for and
 * answers WAITING; another process goes on. What ends a wait makes the process ready; what is left
 * to do of it is done when the process is chosen (schedule.c).
 *
 *   the handle table, `wait`, `incoming`   the process's own: touched by the core that runs it, or
 *                                          that has claimed or ended what it waited for
 *   state, mailbox, senders                under process->lock
 *   call.latch, wait.room                  atomic (latch.h): whoever closes it may fill in
 *                                          what was waited for, and wake
 *   the queue of ready processes           under core->lock
 *   reference counts                       atomic
 *
 * A process may be ended by any core at any time. Whoever does so says it first (`doom`), then ends
 * what it waits for; whoever lets a process wait does so first, then asks whether it is doomed. One
 * of the two sees the other.
 *
 * Order of locks: process, then core, then timers. No two processes are locked together.
 *
 * A process is freed when nothing refers to it: its creator, endpoints, calls and promises count.
 */
#pragma once
#include "latch.h"
#include <abi/process.h>
#include <abi/system.h>
#include <base/ensure.h>
#include <base/list.h>
#include <kernel/lock.h>
#include <kernel/port.h>
#include <kernel/process.h>

enum object_kind : uint8_t {
    OBJECT_NONE,
    OBJECT_ENDPOINT,
    OBJECT_CALL,
    OBJECT_PROMISE,
    OBJECT_SHARED,
    OBJECT_PROCESS,
};

/* What a handle stands for. Moved by value; exactly one place owns each. */
struct object {
    uint64_t kind : 8;      /* enum object_kind */
    uint64_t sequence : 56; /* OBJECT_CALL: of the call that it answers */
    union {
        struct endpoint *endpoint;
        struct process *caller;
        struct promise *promise;
        struct shared *shared;
        struct process *ward; /* a counted reference */
    };
};

/* May there be several of it? Rights to answer exist once. */
static inline bool object_is_copyable(const struct object *object) {
    return object->kind == OBJECT_ENDPOINT || object->kind == OBJECT_SHARED;
}
static inline bool object_is_right(const struct object *object) {
    return object->kind == OBJECT_CALL || object->kind == OBJECT_PROMISE;
}

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
    struct handle_entry *first_chunk; /* chunks[0], where most handles are */
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
/* Takes out the next of those `wanted`, or of all when that is NULL. *cursor is 0 at first, and
 * moves past the entries that were looked at, *budget at most; false: none was among these. */
bool handle_sweep(struct handle_table *table, uint32_t *cursor, uint32_t *budget,
                  bool (*wanted)(const struct object *object), struct object *out);
bool handle_sweep_is_over(const struct handle_table *table, uint32_t cursor);

enum envelope_kind : uint8_t {
    ENVELOPE_CALL,      /* its sender waits: payload and handles are fetched on receipt. The badge
                           is in the message: the sender's handle keeps the endpoint meanwhile. */
    ENVELOPE_SEND,      /* handles are in objects[], the payload lies behind it */
    ENVELOPE_ANSWER,    /* to a send with a key */
    ENVELOPE_RELEASED,  /* part of its endpoint */
    ENVELOPE_INTERRUPT, /* part of its process */
    ENVELOPE_NOTICE,    /* part of a struct notice */
    ENVELOPE_ENDED,     /* part of the process that has ended */
};

/* One message that is under way. */
struct envelope {
    struct list_node node;
    enum envelope_kind kind;
    struct endpoint
        *endpoint; /* it was sent to: a counted reference; NULL for calls, answers, interrupts */
    struct process *sender;  /* ENVELOPE_CALL only */
    struct promise *promise; /* ENVELOPE_SEND with a key, until receipt */
    struct message message;  /* as the sender gave it; payload points to the bytes */
    struct object objects[MESSAGE_HANDLES];
    size_t allocated; /* bytes to release after receipt; 0: part of something else */
};

/* A message of the kernel that counts instead of queueing: words[0] is how often it came since it
 * was taken last. Belongs to whoever posts it; under the lock of the process that it is for. */
struct notice {
    struct envelope envelope; /* first; message.operation and .badge are set by the owner */
    uint64_t count;
};
static_assert(offsetof(struct notice, envelope) == 0);

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
    uint64_t received;                  /* messages taken out, ever */
    uint32_t message_count, byte_count; /* of sends that lie in it or have been let in */
    uint32_t promised;                  /* places kept for answers, or taken by them */
    uint32_t released_count;            /* MESSAGE_RELEASED that lie in it; no limit, see mint */
    uint32_t interrupts;                /* since MESSAGE_INTERRUPT was taken last */
    bool was_full; /* nobody in the crowd is let in until half of it is empty */
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
/* The oldest, NULL when empty; of a call the latch is held. It leaves room: see mailbox_let_in().
 */
struct envelope *mailbox_take(struct mailbox *mailbox);
void mailbox_remove(struct mailbox *mailbox, struct envelope *envelope);
/* Who waits for room joins, and leaves. */
void mailbox_join(struct mailbox *mailbox, struct process *sender);
void mailbox_leave(struct mailbox *mailbox, struct process *sender);
/* Something was taken out: who waits for room is let in, as far as there is any, and made ready. */
void mailbox_let_in(struct mailbox *mailbox);
/* Those who wait for room are made ready, with this status, at most `budget` of them; true: all. */
bool mailbox_turn_away(struct mailbox *mailbox, status_t why, uint32_t budget);

status_t endpoint_create(struct process *process, uint64_t badge, bool minted,
                         struct endpoint **out);
void endpoint_acquire(struct endpoint *endpoint);
/* Not with a process locked. */
void endpoint_release(struct endpoint *endpoint);

/* A process's one waiting call. */
struct call {
    struct envelope envelope;
    struct latch latch;     /* open while it waits for its answer */
    struct process *holder; /* who could answer: for the search of cycles */
    status_t status;        /* once it is closed */
    uint32_t object_count;  /* of the answer, until the caller installs them */
    struct object objects[MESSAGE_HANDLES];
};

/* Deadlines (timer.c): a pairing heap of each core. */
struct timer {
    struct timer *child, *sibling, *previous; /* previous: sibling, or parent of the first child */
    uint64_t deadline_ns;
    uint64_t number; /* of the wait that it ends, or how often its alarm was set */
    bool armed;      /* atomic */
    bool rings;      /* it is a struct alarm's, not a struct wait's */
    unsigned core;   /* whose timers it is among */
};

/* A timer that the process has set itself (alarm.c). */
struct alarm {
    struct timer timer;
    struct notice notice; /* MESSAGE_TIMER; its badge is the key */
    struct process *process;
    struct alarm *next;
    uint64_t set; /* how often it was set or unset; under the process's lock */
    bool used;    /* it has a key; the process's own */
};
constexpr uint32_t ALARMS_MAX = 16;

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
    status_t status;       /* why it ended, when not by what it was for */
    struct list_node node; /* WAIT_ROOM: in endpoint->senders */
    struct latch room; /* open in WAIT_ROOM; its number is that of each wait that may time out */
    struct endpoint *endpoint; /* WAIT_ROOM: a counted reference */
    struct promise *promise;
    struct message message; /* WAIT_ROOM: what is to be sent */
    struct timer timer;
};

enum process_state : uint8_t {
    PROCESS_RUNNING, /* on a core, or nobody's yet */
    PROCESS_READY,   /* in the queue of a core, or its `next` */
    PROCESS_IDLE,    /* WAIT_TURN, WAIT_MESSAGE */
    PROCESS_CALLING, /* WAIT_ANSWER */
    PROCESS_SENDING, /* WAIT_ROOM */
    PROCESS_RESTING, /* created or ended: messages come, and nobody receives them */
    PROCESS_DEAD,
};

/* What is to become of a process at the next opportunity; never less than before. */
enum doom : uint8_t { DOOM_NONE, DOOM_END, DOOM_DESTROY };

/* How far its end, or its next beginning, has come: lifetime.c. */
enum phase : uint8_t {
    PHASE_LIVES,
    PHASE_REVIVES, /* what its last life left unanswered is answered */
    PHASE_HANDLES, /* its handles are closed, but for rights to answer */
    PHASE_RESTS,
    PHASE_MESSAGES, /* destroyed: what lies in the mailbox is refused */
    PHASE_SENDERS,  /* and those who wait for room in it */
    PHASE_RIGHTS,   /* and those who wait for answers */
    PHASE_GONE,
};

struct life {
    uint32_t cursor;                   /* of the sweep through its handles */
    uint32_t begins;                   /* how often it began */
    const struct process_owner *owner; /* NULL: native */
    struct process *guardian;          /* a counted reference; NULL: the kernel. Changes under the
                                          process's lock */
    bool left;                         /* it says no more; under the guardian's lock */
    struct process_ending ending;      /* under the lock */
    struct envelope ended;             /* in the guardian's mailbox; under the guardian's lock */
};

/* What a process takes, besides what its tables say. Atomic: others read it. */
struct cost {
    uint64_t ticks;        /* of its CPU */
    uint64_t kernel_bytes; /* what other parts of the kernel keep for it */
    uint64_t stack_bytes;
    uint32_t memory_pages; /* of its linear memories */
};

/* A handler's turn, whose time is looked at only when somebody asks: turn.c. */
struct turn {
    uint32_t number;      /* counts those that began */
    uint32_t seen;        /* the one whose time is counted */
    uint64_t since_ticks; /* the process's CPU time when that was seen first */
    uint64_t limit_ns;    /* 0: none */
};

/* What is touched by every message comes first, on few lines of the cache. */
struct process {
    struct lock lock;
    uint32_t references;
    enum process_state state;
    uint8_t priority; /* 0 is the most urgent */
    uint8_t doom;     /* enum doom; atomic, written under the lock */
    uint8_t queued;   /* the core in whose queue it is, or was; under that one's lock */
    enum phase phase; /* of its life */
    bool expects_interrupts;
    bool handler;           /* atomic */
    struct list_node ready; /* in the queue of a core */
    process_turn *turn;     /* of a native handler */
    void *data;

    struct message *incoming; /* what is received, or answered, goes there */
    struct message *buffer;   /* of a handler, as it named it at first */
    void *buffer_payload;
    uint32_t buffer_capacity; /* atomic */
    struct handle_table handles;
    struct cost cost;
    struct turn turns;
    struct mailbox mailbox;
    char name[PROCESS_NAME_MAX]; /* zeros behind it */
    struct wait wait;
    struct call call;

    uint64_t number; /* never used again */
    struct life life;
    struct envelope interrupt;
    struct device_use *uses; /* device_use.c */
    struct alarm *alarms;    /* alarm.c */
};

/* Others look at it without the lock: then it may have changed already. */
static inline enum process_state process_state(const struct process *process) {
    return __atomic_load_n(&process->state, __ATOMIC_RELAXED);
}
static inline void process_set_state(struct process *process, enum process_state state) {
    __atomic_store_n(&process->state, state, __ATOMIC_RELEASE);
}

/* State of one core. There is no other variable in kernel/core but the log's and the trace's. */
struct core {
    struct lock lock;
    bool is_ready;
    uint32_t ready_set; /* bit per priority: is anybody in that queue? */
    struct list ready[PRIORITY_COUNT];
    struct process *current; /* atomic: it is not freed as long as it stands here */
    uint64_t since;          /* atomic: ticks when it became so */
    bool chooses;            /* nobody runs: whoever becomes ready here goes on soon */
    bool walks;              /* atomic: it looks for a ring of calls; no process may be freed */
    struct process *next;    /* ready: goes on before all others of its priority; this core's own */
    uint32_t direct_count;   /* how often in a row `next` went first; its own, too */
    bool shares;             /* a slice has ended: others' queues are as good as its own */
    struct list spares;      /* envelopes for the next messages; its own, too */
    uint32_t spare_count;
    struct lock timer_lock;
    struct timer *first_timer; /* root of the heap */
    uint64_t timers_ns;        /* atomic: its deadline; DEADLINE_NEVER: there is none */
    bool leaves;               /* atomic: core_return() */
    uint32_t expecting;        /* processes that interrupts may reach; of core 0, for all */

    /* slice.c; shared with the core's own interrupts */
    uint8_t wishes;    /* atomic: why whoever runs is to be preempted */
    bool sleeps;       /* atomic: nobody runs */
    uint64_t due_ns;   /* atomic: the alarm is set for this deadline, or an earlier one */
    uint64_t slice_ns; /* atomic: and for the end of a slice; DEADLINE_NEVER: it does not count */
    uint64_t slice_number; /* atomic: which slice it is */
    uint64_t slice_seen;   /* the one that slice_ns was set for */
};
extern struct core core_states[CORES];

void core_init(struct core *core);

/* Made ready at first use, by the core itself. */
static inline struct core *core_at(unsigned number) {
    struct core *core = &core_states[number];
    if (!core->is_ready) [[clang::unlikely]] {
        core_init(core);
    }
    return core;
}
/* Of the core that asks. */
static inline struct core *core_get(void) {
    unsigned number = port_core();
    ensure(number < CORES);
    return core_at(number);
}

void process_acquire(struct process *process);
/* Not with a process locked. */
void process_release(struct process *process);

/* mailbox.c: once more; the process may be dead. No process is locked. */
void notice_post(struct process *process, struct notice *notice, uint64_t count);
/* The same of a process that is locked and not dead. True: it is claimed, and to be enqueued. */
bool notice_put(struct process *process, struct notice *notice, uint64_t count);
/* Out of the mailbox, if it lies there. */
void notice_withdraw(struct process *process, struct notice *notice);

/* schedule.c */

/* The most urgent priority in the queue; PRIORITY_COUNT: nobody is in it. */
static inline uint32_t core_priority(const struct core *core) {
    uint32_t set = __atomic_load_n(&core->ready_set, __ATOMIC_SEQ_CST);
    return set != 0 ? (uint32_t)__builtin_ctz(set) : PRIORITY_COUNT;
}
/* The process is ready, and nobody else has a claim on it: somebody will choose it. */
void core_enqueue(struct process *process);
/* The same; it is to go on at once where that is possible. */
void core_enqueue_next(struct process *process);
/* The most urgent of the core's queue; NULL: nobody is in it. */
struct process *core_take(struct core *core);
/* The process is going away: it is in no queue and current nowhere. */
void core_forget(struct process *process);
/* A message came, under the process's lock: true when it was waiting for one. Then the caller, once
 * it has unlocked, enqueues it. */
bool process_claim(struct process *process);

/* cores.c */

/* Do others run processes, too? */
static inline bool cores_are_many(void) {
    return cores_count() > 1;
}
/* Somebody is ready who could run on another core: one that sleeps is woken. */
void cores_invite(void);
/* Somebody of another core's queue who is as urgent as that, or more; NULL: nobody is. */
struct process *core_steal(uint32_t priority);
/* From now on this core is woken when there is something to steal. False: there is already. */
bool core_doze(void);
void core_awake(void);
/* Between these the processes that others wait for stay, whatever becomes of them. */
void core_walk_begin(void);
void core_walk_end(void);
/* No core looks at the process any more, to which nothing refers. */
void cores_forget(struct process *process);

/* registry.c */

/* Gives it its number. ERR_NO_MEMORY. */
status_t registry_add(struct process *process);
void registry_remove(const struct process *process);
/* The one of this number, or the next above, with a reference; NULL: there is none. */
struct process *registry_find_from(uint64_t number);

/* lifetime.c */

/* Is there something to be done before its thread may go on? Asked by the core that chose it. */
static inline bool life_is_due(const struct process *process) {
    return (__atomic_load_n(&process->doom, __ATOMIC_RELAXED) | process->phase) != 0;
}
/* Is it to end? Asked by whoever lets it wait, after having done so. */
static inline bool process_is_doomed(const struct process *process) {
    return __atomic_load_n(&process->doom, __ATOMIC_SEQ_CST) != DOOM_NONE;
}
/* Does a bounded part of that; then the process is ready again, rests, or is gone. */
void life_go_on(struct process *process);
/* The guardian's handle is gone: the process is destroyed, by whichever core chooses it. */
void life_abandon(struct process *process);

/* slice.c */

/* At the first use of a core, by itself. */
void slices_init(struct core *core);
/* The queue has chosen somebody. */
void slice_begin(struct core *core);
/* Was that why who ran does so no more? Asked once. */
bool slice_is_spent(struct core *core);
/* Somebody goes on. `rivals`: others are ready who could instead. True: they are to be asked at
 * once. */
bool slice_watch(struct core *core, bool rivals);
/* The core looks around after this, as interrupts may have wished. */
void core_looks(struct core *core);
/* Whoever runs on another core gives way there soon: something has changed that it does not know.
 */
void cores_look(void);
/* The same of one core, and it wakes. */
void core_look_at(unsigned number);

/* schedule.c: of a process that runs on this core, until now. */
uint64_t process_ticks(const struct process *process);

/* info.c: how long that many ticks are. */
uint64_t ticks_duration_ns(uint64_t ticks);

/* timer.c */
void timer_arm(struct process *process, uint64_t deadline_ns);
void timer_disarm(struct process *process);
/* It was armed, and has come due. */
static inline bool timer_is_over(const struct timer *timer) {
    return timer->deadline_ns < DEADLINE_NEVER && !__atomic_load_n(&timer->armed, __ATOMIC_ACQUIRE);
}
/* One that is not armed joins this core's; `rings` says whose it is, and the number what for. */
void timer_join(struct timer *timer, uint64_t deadline_ns, uint64_t number);
void timer_leave(struct timer *timer); /* if it is armed */
static inline bool timers_are_set(const struct core *core) {
    return __atomic_load_n(&core->timers_ns, __ATOMIC_RELAXED) < DEADLINE_NEVER;
}
/* Ends the waits that are due. The next deadline; DEADLINE_NEVER when there is none. */
uint64_t timer_run(void);

/* exchange.c */

/* What is left to do when a process that waited is chosen. False: it waits again. */
bool wait_finish(struct process *process);
/* Ends a wait with this status, whatever it is for; but not a handler's for its next turn. True: it
 * has been claimed, and the caller enqueues it. False: it does not wait, or what it waited for has
 * come. */
bool wait_end(struct process *process, status_t why);
/* The deadline of this wait has come: the same, if it is still that one. */
bool wait_expire(struct process *process, uint64_t number);

/* alarm.c */

/* It was set for the `set`-th time when it came due, and is out of the heap; the caller has a
 * reference to its process. */
void alarm_ring(struct alarm *alarm, uint64_t set);
/* All timers of the process are unset. */
void process_timers_close(struct process *process);
/* With the process's record. */
void alarms_destroy(struct process *process);

/* message.c */

/* A message as a sender gave it: shape and handles. Nothing is changed. */
status_t message_check(struct process *sender, const struct message *message);
/* Takes the handles of a checked message out of the sender's table, or copies them. */
void message_take_objects(struct process *sender, const struct message *message,
                          struct object objects[MESSAGE_HANDLES]);
void objects_close(struct object *objects, uint32_t count);
/* The answer, or a message but for operation, badge and handles, as `out` says where. */
void message_fill(struct message *out, const struct message *message);
/* The handles, for which there are places, into process->incoming. */
void message_install(struct process *receiver, const struct object *objects, uint32_t count);
/* A checked message, straight into receiver->incoming, with this right to answer (none: all zero).
 * An error: nothing has been changed. */
status_t message_deliver(struct process *receiver, struct process *sender,
                         const struct message *message, uint64_t badge, struct object right);
struct object call_right(struct process *caller);     /* to answer its open call */
struct object promise_right(struct promise *promise); /* none for NULL */
/* Fills process->incoming; a call is open from now on. False: it was not for this receiver and its
 * sender has been told. */
bool envelope_deliver(struct process *receiver, struct envelope *envelope);
/* Ends a message that will not be received: its sender learns why. */
void envelope_refuse(struct envelope *envelope, status_t why);
/* An envelope with room for a payload behind it, which is copied; NULL: out of memory. */
struct envelope *envelope_create(const struct message *message);
/* Its memory; `allocated` is not 0. */
void envelope_free(struct envelope *envelope);
/* What the core keeps of that for the next is given back. */
void envelopes_release(void);

/* reply.c */

/* Drops what a handle stood for. Whoever waits for an answer gets `why`. */
void object_drop(struct object *object, status_t why);
/* The same with ERR_CLOSED. */
void object_close(struct object *object);
void object_acquire(const struct object *object); /* a second one, of what is copyable */
/* It is held from now on. False: the caller is doomed, and it is closed again. */
bool call_open(struct process *caller, struct process *target);
/* The call of this number is over, by the right to answer, or by what would have become that; it is
 * used up. False: it was over before, and the caller may be gone. */
bool call_use(struct process *caller, uint64_t sequence);
uint64_t call_sequence(const struct process *caller);
/* A call that has been closed by us: its caller goes on with this status. */
void call_finish(struct process *caller, status_t status);
/* Would a call of this process to that one close a ring of calls? */
bool call_is_cycle(struct process *caller, struct process *target);
/* Answers a promise without a message. */
void promise_fail(struct promise *promise, status_t why);
status_t promise_create(struct process *waiter, uint64_t key, struct promise **out);
void promise_destroy(struct promise *promise);
