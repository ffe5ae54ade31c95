/* SPDX-License-Identifier: MIT */
/*
 * Several cores at once, under the sanitizer that sees races: actors with threads of their own call
 * and send to each other, to a native server and to a handler, with handles and with deadlines, and
 * a guardian kills and restarts them wherever they are. Not one answer may be wrong, and in the end
 * nothing may be left.
 *
 * An actor's thread is a state machine: step() does one gate, and what it does not say at once is
 * said when core_schedule() answers the actor again, on whichever core.
 */
#include "../../core.h"
#include "port.h"
#include <abi/system.h>
#include <base/checked.h>
#include <base/string.h>
#include <pthread.h>
#include <stdlib.h>
#include <test/check.h>

constexpr unsigned ACTORS = 12, HANDLERS = 2, WARDS = ACTORS + HANDLERS, KNOWN = 5;
constexpr uint64_t MS = 1'000'000;
constexpr uint32_t SIZE = 64;

struct actor {
    struct process *process;
    handle_t ward; /* the guardian's */
    handle_t known[KNOWN], right, spare;
    struct message in, out;
    uint8_t received[SIZE], sent[SIZE];
    uint64_t seed, asked;
    bool handler, fresh, waits, asks;
};

static struct actor *wards[WARDS], guardian; /* the guardian's, who makes new ones */
static struct process *server;
static struct message server_buffer;
static uint8_t server_payload[SIZE];
static uint64_t steps, steps_wanted = 100'000, answers, wrong, lives, made, gone; /* atomic */
static bool closing; /* the guardian's */

static void count(uint64_t *counter) {
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static uint64_t chance(struct actor *actor, uint64_t below) {
    actor->seed = actor->seed * 6364136223846793005 + 1442695040888963407;
    return (actor->seed >> 33) % below;
}

/* ---- who answers ---- */

static void answer(const struct message *request, struct process *process) {
    struct message reply = {.words = {request->words[0] + 1},
                            .payload = request->payload,
                            .payload_size = request->payload_size};
    for (uint32_t i = 0; i < request->handle_count; i++) {
        (void)process_handle_close(process, request->handles[i]);
    }
    if (request->reply != HANDLE_NONE) {
        (void)process_reply(process, request->reply, &reply);
    }
}

static void serve(struct process *process, void *data, struct message *message) {
    answer(message, process);
}

/* ---- actors ---- */

static void actor_ended(struct process *process) {
    struct actor *actor = process_data(process);
    actor->fresh = true;
    actor->waits = actor->asks = false;
    actor->right = actor->spare = HANDLE_NONE;
}

static void actor_rests(struct process *process) {
    for (unsigned i = 0; i < THREADS; i++) { /* only the guardian has no guardian */
        core_return(i, true);
    }
}

static void actor_gone(struct process *process) {
    struct actor *actor = process_data(process);
    count(&gone);
    if (actor != &guardian) {
        port_release(actor, sizeof *actor);
    }
}

static const struct process_owner owner = {actor_ended, actor_rests, actor_gone};

static uint64_t deadline(struct actor *actor) {
    switch (chance(actor, 4)) {
    case 0:
        return DEADLINE_NOW;
    case 1:
        return DEADLINE_NEVER;
    default:
        return port_time_ns() + chance(actor, MS);
    }
}

static void prepare(struct actor *actor) {
    actor->asked = chance(actor, 1 << 30);
    actor->out = (struct message){.operation = 1,
                                  .words = {actor->asked},
                                  .payload = actor->sent,
                                  .payload_size = (uint32_t)chance(actor, SIZE + 1)};
    memset(actor->sent, (int)(uint8_t)actor->asked, SIZE);
    if (actor->spare != HANDLE_NONE && chance(actor, 4) == 0) {
        actor->out.handle_count = 1;
        actor->out.handles[0] = actor->spare;
        actor->out.flags = chance(actor, 2) == 0 ? MESSAGE_HANDLE_COPY : 0;
    }
    actor->in = (struct message){.payload = actor->received, .payload_capacity = SIZE};
}

static status_t do_call(struct actor *actor) {
    prepare(actor);
    actor->asks = true;
    return process_call(actor->process, actor->known[chance(actor, KNOWN)], &actor->out,
                        &actor->in);
}

static status_t do_send(struct actor *actor) {
    prepare(actor);
    return process_send(actor->process, actor->known[chance(actor, KNOWN)], &actor->out,
                        chance(actor, 2), deadline(actor));
}

static status_t do_receive(struct actor *actor) {
    prepare(actor);
    return process_receive(actor->process, &actor->in, deadline(actor));
}

static status_t do_reply(struct actor *actor) {
    handle_t right = actor->right;
    actor->right = HANDLE_NONE;
    return process_reply(actor->process, right,
                         &(struct message){.words = {actor->in.words[0] + 1}});
}

static status_t do_mint(struct actor *actor) {
    handle_t minted;
    if (actor->spare != HANDLE_NONE) {
        (void)process_handle_close(actor->process, actor->spare);
        actor->spare = HANDLE_NONE;
    }
    status_t status = process_handle_mint(actor->process, 7, &minted);
    actor->spare = status == OK ? minted : HANDLE_NONE;
    return status;
}

static status_t do_timer(struct actor *actor) {
    return process_timer_set(actor->process, 1 + chance(actor, 3), deadline(actor));
}

/* From `waits` on, until it is false, another core may run it. */
static status_t step(struct actor *actor) {
    static status_t (*const all[])(struct actor *) = {do_call,    do_call, do_send, do_receive,
                                                      do_receive, do_mint, do_timer};
    count(&steps);
    actor->waits = true;
    return actor->right != HANDLE_NONE ? do_reply(actor) : all[chance(actor, COUNT_OF(all))](actor);
}

static bool is_right(const struct actor *actor) {
    const struct message *reply = &actor->in;
    return reply->operation == MESSAGE_REPLY && reply->words[0] == actor->asked + 1 &&
           (reply->payload_size == 0 ||
            (reply->payload_size == actor->out.payload_size &&
             memcmp(actor->received, actor->sent, reply->payload_size) == 0));
}

static void finish(struct actor *actor, status_t status) {
    bool asked = actor->asks;
    actor->waits = actor->asks = false;
    if (status == OK && asked) {
        count(is_right(actor) ? &answers : &wrong);
    } else if (status == OK && actor->in.reply != HANDLE_NONE) {
        actor->right = actor->in.reply;
    }
    if (status == OK && actor->in.handle_count == 1) {
        (void)process_handle_close(actor->process, actor->in.handles[0]);
    }
    actor->in.handle_count = 0;
    actor->in.reply = HANDLE_NONE;
}

static void end(struct actor *actor) {
    process_end(actor->process, &(struct process_ending){.words = {PROCESS_EXITED}});
}

static void run_command(struct actor *actor) {
    for (;;) {
        if (process_is_preceded(actor->process)) {
            process_give_way(actor->process);
            return;
        }
        if (chance(actor, 500) == 0) {
            end(actor);
            return;
        }
        status_t status = step(actor);
        if (status == WAITING) {
            return;
        }
        finish(actor, status);
    }
}

static void run_handler(struct actor *actor) {
    do {
        if (actor->in.operation == 1) {
            answer(&actor->in, actor->process);
        }
        if (chance(actor, 300) == 0) {
            end(actor);
            return;
        }
    } while (process_turn_next(actor->process));
}

static void run_ward(struct actor *actor) {
    if (actor->fresh && actor->handler) {
        actor->fresh = false;
        actor->in = (struct message){.payload = actor->received, .payload_capacity = SIZE};
        process_set_handler(actor->process, &actor->in);
        return;
    }
    actor->fresh = false;
    if (actor->waits) {
        finish(actor, process_status(actor->process));
    }
    if (actor->handler) {
        run_handler(actor);
    } else {
        run_command(actor);
    }
}

/* ---- their guardian ---- */

static void make(struct actor *actor, const char *name, uint8_t priority) {
    const struct process_limits limits = {
        .handles = 64, .mailbox_messages = 8, .mailbox_bytes = 512, .priority = priority};
    ensure(process_create(name, &limits, &actor->process) == OK);
    process_set_owner(actor->process, &owner, actor);
    actor->fresh = true;
    count(&made);
}

static void make_ward(unsigned i) {
    struct actor *actor = port_allocate(sizeof *actor);
    *actor = (struct actor){.handler = i >= ACTORS, .seed = guardian.seed + i + made};
    make(actor, "actor", actor->handler ? 3 : 8);
    ensure(process_adopt(guardian.process, actor->process, i, &actor->ward) == OK);
    wards[i] = actor;
}

static struct process *acquaintance(unsigned i) {
    return i == 0   ? server
           : i == 1 ? wards[ACTORS + chance(&guardian, HANDLERS)]->process
                    : wards[chance(&guardian, WARDS)]->process;
}

static void begin(struct actor *ward) {
    for (unsigned i = 0; i < KNOWN; i++) {
        ensure(process_grant(ward->process, acquaintance(i), i, &ward->known[i]) == OK);
    }
    count(&lives);
    ensure(process_begin(ward->process) == OK);
}

/* What has ended may have been the one that was abandoned since. */
static void begin_again(struct actor *ward) {
    if (process_rests(ward->process)) {
        begin(ward);
    }
}

/* Wherever it is, and whatever it does. */
static void abandon(unsigned i) {
    ensure(process_handle_close(guardian.process, wards[i]->ward) == OK);
    wards[i] = nullptr;
}

static void harass(void) {
    unsigned i = (unsigned)chance(&guardian, WARDS);
    if (chance(&guardian, 3) != 0) {
        process_kill(wards[i]->process);
    } else {
        abandon(i);
        make_ward(i);
        begin(wards[i]);
    }
}

/* True: it has ended. */
static bool guard(void) {
    if (closing) {
        end(&guardian);
        return true;
    }
    if (__atomic_load_n(&steps, __ATOMIC_RELAXED) >= steps_wanted) {
        for (unsigned i = 0; i < WARDS; i++) {
            abandon(i);
        }
        closing = true;
    } else if (chance(&guardian, 2) == 0) {
        harass();
    }
    return false;
}

static void run_guardian(void) {
    struct actor *actor = &guardian;
    status_t status = actor->waits ? process_status(actor->process) : ERR_TIMED_OUT;
    do {
        actor->waits = false;
        if (status == OK && actor->in.operation == MESSAGE_ENDED && !closing) {
            begin_again(wards[actor->in.badge]);
        }
        if (guard()) {
            return;
        }
        if (process_is_preceded(actor->process)) {
            process_give_way(actor->process);
            return;
        }
        uint64_t until = port_time_ns() + chance(actor, MS);
        actor->waits = true;
        status = process_receive(actor->process, &actor->in, until);
    } while (status != WAITING);
}

/* ---- cores ---- */

static void run(struct process *process) {
    struct actor *actor = process_data(process);
    if (actor == &guardian) {
        run_guardian();
    } else {
        run_ward(actor);
    }
}

static void *core(void *data) {
    struct process *process;
    thread_is_core((unsigned)(uintptr_t)data);
    while ((process = core_schedule()) != nullptr) {
        run(process);
    }
    while ((process = core_poll()) != nullptr) {
        run(process);
    }
    envelopes_release();
    return nullptr;
}

static void make_all(uint64_t seed) {
    const struct process_limits limits = {
        .handles = 64, .mailbox_messages = 16, .mailbox_bytes = 2048, .priority = 1};
    CHECK(process_create("server", &limits, &server) == OK);
    server_buffer = (struct message){.payload = server_payload, .payload_capacity = SIZE};
    process_set_turn(server, serve, nullptr, &server_buffer);
    make(&guardian, "guardian", 2);
    guardian.seed = seed;
    guardian.in = (struct message){.payload = guardian.received, .payload_capacity = SIZE};
    for (unsigned i = 0; i < WARDS; i++) {
        make_ward(i);
    }
    for (unsigned i = 0; i < WARDS; i++) {
        begin(wards[i]);
    }
    CHECK(process_begin(guardian.process) == OK);
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];
    uint64_t seed = count > 1 ? strtoull(arguments[1], nullptr, 10) : 1;
    steps_wanted = count > 2 ? strtoull(arguments[2], nullptr, 10) : steps_wanted;
    cores_use(THREADS);
    make_all(seed);
    for (unsigned i = 1; i < THREADS; i++) {
        ensure(pthread_create(&threads[i], nullptr, core, (void *)(uintptr_t)i) == 0);
    }
    (void)core(nullptr);
    for (unsigned i = 1; i < THREADS; i++) {
        ensure(pthread_join(threads[i], nullptr) == 0);
    }
    cores_use(1);
    CHECK(core_poll() == nullptr);
    process_destroy(guardian.process);
    process_destroy(server);
    envelopes_release();
    CHECK(gone == made && wrong == 0 && answers > 0 && lives > WARDS);
    CHECK(threads_allocated() == 0);
    printf("%llu steps, %llu answers, %llu lives\n", (unsigned long long)steps,
           (unsigned long long)answers, (unsigned long long)lives);
    return check_finish("kernel/core/threads");
}
