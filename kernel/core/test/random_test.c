/* SPDX-License-Identifier: MIT */
/*
 * Random gate calls between processes that answer, forget, forward, drop, wait, die (while they
 * wait, too) and forge; after each the tables hold what the model says, now and then every count
 * and reference is recounted, and in the end nothing is left.
 */
#include "pretend.h"
#include <abi/system.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>

constexpr unsigned ACTORS = 10; /* the first half are handlers, the rest have threads */
constexpr unsigned OPERATIONS = 150'000;
constexpr unsigned HELD_MAX = 64;

static struct actor {
    struct process *process;
    bool busy;
    enum { ACTS, CALLS, SENDS, RECEIVES } does; /* not ACTS: it waits in a gate, for `in` */
    struct message sent, in;
    uint8_t out_bytes[104], in_bytes[96];
    handle_t held[HELD_MAX]; /* the model of its table; may hold stale numbers until looked at */
    unsigned held_count;
    struct message buffer;
    uint8_t payload[96];
} actors[ACTORS];

static uint64_t state = 88172645463325252;
static unsigned operations;
static uint64_t outcomes[32]; /* by status: did every kind happen? */

static uint32_t chance(uint32_t bound) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % bound;
}

static status_t noted(status_t status) {
    outcomes[-status]++;
    return status;
}

static void hold(struct actor *actor, handle_t handle) {
    ensure(actor->held_count < HELD_MAX && handle != HANDLE_NONE);
    actor->held[actor->held_count++] = handle;
}

static void hold_all(struct actor *actor, const struct message *message) {
    ensure(message->handle_count <= MESSAGE_HANDLES);
    for (uint32_t i = 0; i < message->handle_count; i++) {
        hold(actor, message->handles[i]);
    }
    if (message->reply != HANDLE_NONE) {
        hold(actor, message->reply);
    }
}

static handle_t pick(struct actor *actor) {
    if (actor->held_count == 0 || chance(16) == 0) {
        return chance(2) == 0 ? HANDLE_NONE : (handle_t)state; /* forged */
    }
    return actor->held[chance(actor->held_count)];
}

static bool has(struct actor *actor, handle_t handle) {
    return handle_find(&actor->process->handles, handle) != nullptr;
}

/* A message that took the short way, for a turn that has not begun. */
static bool is_delivered(const struct actor *actor) {
    const struct process *process = actor->process;
    return process->turn != nullptr && process->state == PROCESS_READY &&
           process->wait.kind == WAIT_NONE;
}

/* What came with it. */
static unsigned count_delivered(const struct actor *actor) {
    const struct message *message = &actor->buffer;
    return is_delivered(actor) ? message->handle_count + (message->reply != HANDLE_NONE) : 0;
}

/* The table holds exactly those of the model that are still there. */
static void check_model(struct actor *actor) {
    unsigned kept = 0;
    for (unsigned i = 0; i < actor->held_count; i++) {
        if (has(actor, actor->held[i])) {
            actor->held[kept++] = actor->held[i];
        }
    }
    actor->held_count = kept;
    ensure(kept + count_delivered(actor) == handles_used(actor->process));
}

static struct message random_message(struct actor *actor, uint8_t *payload) {
    struct message message = {.operation = 1 + chance(3), .payload = payload};
    message.payload_size = chance(8) == 0 ? 100 : chance(97);
    memset(payload, (int)message.payload_size, message.payload_size);
    message.flags = chance(2);
    message.handle_count = chance(4) == 0 ? chance(MESSAGE_HANDLES + 2) : 0;
    for (uint32_t i = 0; i < message.handle_count && i < MESSAGE_HANDLES; i++) {
        message.handles[i] = pick(actor);
    }
    return message;
}

static void check_payload(const struct message *message) {
    const uint8_t *bytes = message->payload;
    for (uint32_t i = 0; i < message->payload_size; i++) {
        ensure(bytes[i] == (uint8_t)message->payload_size);
    }
}

/* After an exchange: what was named is still there, or gone. */
static void check_moved(struct actor *actor, const struct message *message, bool moved) {
    bool stays = !moved || (message->flags & MESSAGE_HANDLE_COPY) != 0;
    for (uint32_t i = 0; i < message->handle_count && i < MESSAGE_HANDLES; i++) {
        ensure(stays || !has(actor, message->handles[i]));
    }
}

static void end_call(struct actor *actor, status_t status) {
    actor->does = ACTS;
    if (noted(status) == OK) {
        check_payload(&actor->in);
        check_moved(actor, &actor->sent, true);
        hold_all(actor, &actor->in);
    }
}

static void do_call(struct actor *actor) {
    actor->sent = random_message(actor, actor->out_bytes);
    actor->in = (struct message){.payload = actor->in_bytes, .payload_capacity = chance(97)};
    actor->does = CALLS;
    status_t status = process_call(actor->process, pick(actor), &actor->sent, &actor->in);
    if (status != WAITING) {
        end_call(actor, status);
    }
}

static void end_send(struct actor *actor, status_t status) {
    actor->does = ACTS;
    check_moved(actor, &actor->sent, noted(status) == OK);
}

static uint64_t some_deadline(unsigned most) {
    static const unsigned never = 4;
    return chance(never) == 0 ? DEADLINE_NEVER : pretend_now_ns + chance(most);
}

static void do_send(struct actor *actor) {
    actor->sent = random_message(actor, actor->out_bytes);
    uint64_t deadline = actor->busy || chance(3) != 0 ? DEADLINE_NOW : some_deadline(100);
    uint32_t used = handles_used(actor->process);
    actor->does = SENDS;
    status_t status =
        process_send(actor->process, pick(actor), &actor->sent, chance(2) * chance(99), deadline);
    if (status != WAITING) {
        end_send(actor, status);
        ensure(status == OK || handles_used(actor->process) == used);
    }
}

static void end_receive(struct actor *actor, status_t status) {
    actor->does = ACTS;
    if (noted(status) == OK) {
        check_payload(&actor->in);
        hold_all(actor, &actor->in);
    }
}

static void do_receive(struct actor *actor) {
    actor->in = (struct message){.payload = actor->in_bytes,
                                 .payload_capacity = chance(8) == 0 ? 8 : sizeof actor->in_bytes};
    uint64_t deadline = actor->busy ? DEADLINE_NOW : some_deadline(50);
    actor->does = RECEIVES;
    status_t status = process_receive(actor->process, &actor->in, deadline);
    if (status != WAITING) {
        end_receive(actor, status);
    }
}

/* What it waited for is over. */
static void go_on(struct actor *actor) {
    status_t status = process_status(actor->process);
    switch (actor->does) {
    case CALLS:
        end_call(actor, status);
        break;
    case SENDS:
        end_send(actor, status);
        break;
    case RECEIVES:
        end_receive(actor, status);
        break;
    case ACTS:
        ensure(!"chosen without having waited");
    }
    check_model(actor);
}

static void do_reply(struct actor *actor) {
    uint8_t out[104];
    struct message message = random_message(actor, out);
    for (unsigned i = 0; i < actor->held_count; i++) {
        struct object *object = handle_find(&actor->process->handles, actor->held[i]);
        if (object != nullptr && object->kind != OBJECT_ENDPOINT) {
            (void)noted(process_reply(actor->process, actor->held[i], &message));
            ensure(!has(actor, actor->held[i])); /* used up, whatever the result */
            return;
        }
    }
    (void)noted(process_reply(actor->process, pick(actor), &message));
}

static void do_handle(struct actor *actor) {
    handle_t made, named = pick(actor);
    status_t status;
    switch (chance(6)) {
    case 0:
        status = process_handle_copy(actor->process, named, &made);
        break;
    case 1:
        status = process_handle_mint(actor->process, chance(1000), &made);
        break;
    case 2:
        status = process_grant(actor->process, actors[chance(ACTORS)].process, 5, &made);
        break;
    default:
        (void)noted(process_handle_close(actor->process, named));
        ensure(!has(actor, named));
        return;
    }
    if (noted(status) == OK) {
        hold(actor, made);
    }
}

/* Native handlers do not call. */
static void operate(struct actor *actor) {
    static void (*const all[])(struct actor *actor) = {do_send,   do_send,   do_receive, do_reply,
                                                       do_handle, do_handle, do_call};
    operations++;
    all[chance(COUNT_OF(all) - actor->busy)](actor);
    if (actor->does == ACTS) {
        check_model(actor);
    }
}

static void turn(struct process *process, void *data, struct message *message) {
    struct actor *actor = data;
    ensure(actor->process == process && !actor->busy && process_current() == process);
    actor->busy = true;
    check_payload(message);
    hold_all(actor, message);
    check_model(actor);
    for (unsigned count = chance(3); count > 0; count--) {
        operate(actor);
    }
    do_reply(actor);
    check_model(actor);
    actor->busy = false;
}

static void born(struct actor *actor) {
    *actor = (struct actor){.buffer = {.payload = actor->payload, .payload_capacity = 90}};
    actor->process =
        pretend_process_limited("actor", (struct process_limits){40, 12, 500, (uint8_t)chance(4)});
    if (actor < actors + ACTORS / 2) {
        process_set_turn(actor->process, turn, actor, &actor->buffer);
    }
}

/* What the whole system holds, recounted. */
struct tally {
    struct endpoint *endpoint;
    uint32_t references, messages, bytes;
};
static struct tally tallies[4096];
static unsigned tally_count, promises;

static struct tally *tally_of(struct endpoint *endpoint) {
    for (unsigned i = 0; i < tally_count; i++) {
        if (tallies[i].endpoint == endpoint) {
            return &tallies[i];
        }
    }
    ensure(tally_count < COUNT_OF(tallies));
    tallies[tally_count] = (struct tally){.endpoint = endpoint};
    return &tallies[tally_count++];
}

static void tally_object(const struct object *object) {
    if (object->kind == OBJECT_ENDPOINT) {
        tally_of(object->endpoint)->references++;
    } else if (object->kind == OBJECT_PROMISE) {
        promises++;
    }
}

static void tally_envelope(const struct envelope *envelope) {
    promises += envelope->promise != nullptr;
    if (envelope->endpoint != nullptr) {
        struct tally *tally = tally_of(envelope->endpoint);
        tally->references++;
        if (envelope->kind == ENVELOPE_SEND) {
            tally->messages++;
            tally->bytes += envelope->message.payload_size;
        }
    }
    bool own = envelope->kind != ENVELOPE_CALL; /* else they are still the caller's */
    for (uint32_t i = 0; own && i < envelope->message.handle_count; i++) {
        tally_object(&envelope->objects[i]);
    }
}

/* What a process holds that waits, or has waited and not gone on. */
static void tally_wait(const struct process *process) {
    const struct wait *wait = &process->wait;
    if (wait->kind == WAIT_ROOM) {
        struct tally *tally = tally_of(wait->endpoint);
        tally->references++;
        promises += wait->promise != nullptr;
        if (process->state == PROCESS_READY && wait->status == OK) { /* let in already */
            tally->messages++;
            tally->bytes += wait->message.payload_size;
        }
    }
    for (uint32_t i = 0; wait->kind == WAIT_ANSWER && i < process->call.object_count; i++) {
        tally_object(&process->call.objects[i]);
    }
}

/* Nobody waits for room that is there. */
static void check_sender(struct process *process) {
    struct endpoint *endpoint = process->wait.endpoint;
    struct mailbox *mailbox = &endpoint->process->mailbox;
    struct process *first = list_owner(endpoint->senders.head.next, struct process, wait.node);
    if (first != process) {
        return;
    }
    struct endpoint *crowd = list_owner(mailbox->crowd.head.next, struct endpoint, crowd);
    uint32_t size = process->wait.message.payload_size;
    if (endpoint->crowd.next == nullptr) { /* then its share is used up */
        ensure(endpoint->queued_messages > 0 &&
               (endpoint->queued_messages >= 3 || endpoint->queued_bytes + size > 125));
    } else if (crowd == endpoint) {
        ensure(mailbox->message_count + mailbox->promised >= 12 ||
               mailbox->byte_count + size > 500);
    }
}

static void tally_process(struct process *process) {
    uint32_t messages = 0, answers = 0;
    for (struct list_node *node = process->mailbox.messages.head.next;
         node != &process->mailbox.messages.head; node = node->next) {
        struct envelope *envelope = list_owner(node, struct envelope, node);
        tally_envelope(envelope);
        messages += envelope->kind == ENVELOPE_SEND;
        answers += envelope->kind == ENVELOPE_ANSWER;
    }
    tally_wait(process);
    if (process->state == PROCESS_SENDING) {
        check_sender(process);
    }
    struct process_usage usage;
    process_usage_get(process, &usage);
    ensure(usage.handles_reserved == 0 && usage.messages >= messages && usage.promised >= answers);
    ensure(usage.messages + usage.promised <= 12 && usage.bytes <= 500);
    promises += answers; /* those that took their place in its mailbox */
}

static void tally_delivered(struct actor *actor) {
    const struct message *message = &actor->buffer;
    struct handle_table *handles = &actor->process->handles;
    if (!is_delivered(actor)) {
        return;
    }
    for (uint32_t i = 0; i < message->handle_count; i++) {
        tally_object(handle_find(handles, message->handles[i]));
    }
    if (message->reply != HANDLE_NONE) {
        tally_object(handle_find(handles, message->reply));
    }
}

static void recount(void) {
    tally_count = promises = 0;
    unsigned promised = 0;
    for (unsigned i = 0; i < ACTORS; i++) {
        struct actor *actor = &actors[i];
        check_model(actor);
        tally_process(actor->process);
        for (unsigned h = 0; h < actor->held_count; h++) {
            tally_object(handle_find(&actor->process->handles, actor->held[h]));
        }
        tally_delivered(actor);
        promised += actor->process->mailbox.promised;
    }
    for (unsigned i = 0; i < tally_count; i++) {
        struct tally *tally = &tallies[i];
        CHECK(tally->references == tally->endpoint->references);
        CHECK(tally->messages == tally->endpoint->queued_messages);
        CHECK(tally->bytes == tally->endpoint->queued_bytes);
    }
    /* dead processes' promises are counted by their holders, not by them */
    CHECK(promises >= promised);
}

static struct actor *actor_of(const struct process *process) {
    for (unsigned i = 0; i < ACTORS; i++) {
        if (actors[i].process == process) {
            return &actors[i];
        }
    }
    ensure(!"not an actor");
    return nullptr;
}

/* One that waits goes on; when nobody ever could, one of them is told. */
static void schedule(void) {
    struct process *next = core_schedule();
    for (unsigned i = chance(ACTORS); next == nullptr; i = (i + 1) % ACTORS) {
        if (actors[i].does != ACTS && wait_end(actors[i].process, ERR_DEADLOCK)) {
            core_enqueue(actors[i].process);
            next = core_schedule();
        }
    }
    go_on(actor_of(next));
}

static bool anyone_waits(void) {
    for (unsigned i = 0; i < ACTORS; i++) {
        if (actors[i].does != ACTS) {
            return true;
        }
    }
    return false;
}

static void step(void) {
    struct actor *actor = &actors[chance(ACTORS)];
    if (chance(400) == 0) {
        process_destroy(actor->process);
        born(actor);
    }
    if (actor >= actors + ACTORS / 2 && actor->does == ACTS) {
        operate(actor);
    } else if (anyone_waits() && chance(3) == 0) {
        schedule();
    } else if (!anyone_waits()) {
        ensure(core_poll() == nullptr);
    }
    if (chance(200) == 0) {
        recount();
    }
}

int main(void) {
    for (unsigned i = 0; i < ACTORS; i++) {
        born(&actors[i]);
    }
    while (operations < OPERATIONS) {
        step();
    }
    CHECK(outcomes[-OK] > OPERATIONS / 10);
    static const status_t expected[] = {ERR_BAD_HANDLE, ERR_FULL,     ERR_TIMED_OUT, ERR_TOO_BIG,
                                        ERR_CLOSED,     ERR_DEADLOCK, ERR_INVALID};
    for (unsigned i = 0; i < COUNT_OF(expected); i++) {
        CHECK(outcomes[-expected[i]] > 20);
    }
    for (unsigned i = 0; i < ACTORS; i++) {
        process_destroy(actors[i].process);
    }
    CHECK(pretend_allocated() == 0);
    return check_finish("random");
}
