/* SPDX-License-Identifier: MIT */
/*
 * How processes begin, end, are killed wherever they wait, begin again and go: who is told what,
 * what stays and what does not, and that nothing is left. Their threads are played by the test.
 */
#include "pretend.h"
#include <abi/system.h>
#include <base/ensure.h>

constexpr unsigned CHAIN = 2000;

static unsigned ended, rested, gone;

static void on_ended(struct process *process) {
    ended++;
}

static void on_rests(struct process *process) {
    rested++;
}

static void on_gone(struct process *process) {
    gone++;
}

static const struct process_owner owner = {on_ended, on_rests, on_gone};

static struct process *make(const char *name) {
    struct process *process = pretend_process(name);
    process_set_owner(process, &owner, nullptr);
    CHECK(process_rests(process));
    return process;
}

/* A ward of `guardian`, which rests. */
static handle_t adopt(struct process *guardian, uint64_t key, struct process **out) {
    handle_t handle;
    *out = make("ward");
    CHECK(process_adopt(guardian, *out, key, &handle) == OK);
    CHECK(process_ward(guardian, handle) == *out);
    return handle;
}

static void begin(struct process *process) {
    CHECK(process_begin(process) == OK && core_schedule() == process);
    CHECK(process_begin(process) == ERR_BUSY && !process_rests(process));
}

static void end(struct process *process, enum process_end how, uint64_t word) {
    process_end(process, &(struct process_ending){.words = {how, word}});
    CHECK(core_poll() == nullptr && process_rests(process));
}

static void check_told(struct process *guardian, uint64_t key, enum process_end how,
                       uint64_t word) {
    struct message in = {};
    CHECK(receive(guardian, &in, DEADLINE_NOW) == OK);
    CHECK(in.operation == MESSAGE_ENDED && in.badge == key && in.reply == HANDLE_NONE);
    CHECK(in.words[0] == how && in.words[1] == word);
}

static bool is_silent(struct process *guardian) {
    struct message in = {};
    return receive(guardian, &in, DEADLINE_NOW) == ERR_TIMED_OUT;
}

static void finish(struct process *guardian) {
    process_destroy(guardian);
    CHECK(core_poll() == nullptr && pretend_allocated() == 0);
}

static void test_life(void) {
    struct process *guardian = pretend_process("guardian"), *ward;
    handle_t handle = adopt(guardian, 5, &ward);
    ended = rested = gone = 0;
    begin(ward);
    end(ward, PROCESS_EXITED, 3);
    CHECK(ended == 1 && rested == 0 && gone == 0);
    check_told(guardian, 5, PROCESS_EXITED, 3);
    begin(ward);
    end(ward, PROCESS_TRAPPED, 7);
    begin(ward); /* what was not received is replaced */
    end(ward, PROCESS_TRAPPED, 8);
    check_told(guardian, 5, PROCESS_TRAPPED, 8);
    CHECK(is_silent(guardian) && ended == 3);
    begin(ward);
    end(ward, PROCESS_EXITED, 0);
    CHECK(drop(guardian, handle) == OK && gone == 1 && is_silent(guardian));
    CHECK(process_ward(guardian, handle) == nullptr);
    finish(guardian);
}

static void test_handle(void) {
    struct process *guardian = pretend_process("guardian"), *ward;
    handle_t handle = adopt(guardian, 5, &ward), copy;
    handle_t way = grant(guardian, guardian, 1);
    struct message message = {.operation = 1, .handle_count = 1, .handles = {handle}};
    uint64_t badge;
    CHECK(process_handle_copy(guardian, handle, &copy) == ERR_BAD_HANDLE);
    CHECK(send(guardian, way, &message, 0, DEADLINE_NOW) == ERR_BAD_HANDLE);
    message.flags = MESSAGE_HANDLE_COPY;
    CHECK(send(guardian, way, &message, 0, DEADLINE_NOW) == ERR_BAD_HANDLE);
    CHECK(answer(guardian, handle, &message) == ERR_BAD_HANDLE);
    CHECK(process_handle_badge(guardian, handle, &badge) == ERR_BAD_HANDLE);
    CHECK(process_ward(guardian, way) == nullptr && process_ward(guardian, 0) == nullptr);
    finish(guardian);
    /* no place for the handle: nobody is its guardian */
    struct process *poor = pretend_process_limited("poor", (struct process_limits){});
    struct process *child = make("child");
    CHECK(process_adopt(poor, child, 1, &handle) == ERR_FULL);
    process_destroy(child);
    finish(poor);
}

/* The kernel's own: it is told by a call. */
static void test_kernel(void) {
    struct process *process = make("first");
    ended = rested = gone = 0;
    begin(process);
    process_kill(process);
    CHECK(rested == 0 && ended == 0); /* it runs: at the end of its gate it gives way */
    CHECK(process_is_preceded(process));
    process_give_way(process);
    CHECK(core_schedule() == nullptr && rested == 1 && ended == 1 && gone == 0);
    struct process_ending ending;
    process_ending_get(process, &ending);
    CHECK(ending.words[0] == PROCESS_KILLED);
    process_kill(process); /* it rests: nothing happens */
    CHECK(core_poll() == nullptr && process_rests(process));
    process_destroy(process);
    CHECK(gone == 1 && pretend_allocated() == 0);
}

/* ---- killed wherever it is ---- */

static void check_killed(struct process *guardian, struct process *ward) {
    process_kill(ward);
    process_kill(ward);
    CHECK(core_poll() == nullptr && process_rests(ward));
    check_told(guardian, 9, PROCESS_KILLED, 0);
    CHECK(is_silent(guardian));
}

static void act_keep(struct handler *handler, struct message *message) {
    handler->kept = message->reply;
}

static void test_kill_in_call(void) {
    struct handler server;
    handler_start(&server, "server", act_keep);
    struct process *guardian = pretend_process("guardian"), *ward;
    (void)adopt(guardian, 9, &ward);
    handle_t to = grant(ward, server.process, 1);
    struct message request = {.operation = 1}, reply = {}, back = {};
    begin(ward);
    CHECK(process_call(ward, to, &request, &reply) == WAITING);
    CHECK(core_poll() == nullptr && server.turns == 1);
    check_killed(guardian, ward);
    CHECK(answer(server.process, server.kept, &back) == ERR_CLOSED);
    /* and before the server has its turn, which it has all the same */
    to = grant(ward, server.process, 1);
    begin(ward);
    CHECK(process_call(ward, to, &request, &reply) == WAITING);
    check_killed(guardian, ward);
    CHECK(server.turns == 2 && answer(server.process, server.kept, &back) == ERR_CLOSED);
    /* and while it lies in a mailbox, from where it goes */
    struct process *busy = pretend_process("busy");
    to = grant(ward, busy, 1);
    begin(ward);
    CHECK(process_call(ward, to, &request, &reply) == WAITING);
    check_killed(guardian, ward);
    CHECK(receive(busy, &back, DEADLINE_NOW) == ERR_TIMED_OUT);
    process_destroy(busy);
    back = (struct message){};
    /* and when the answer is there, with a handle, but the process has not gone on */
    to = grant(ward, server.process, 1);
    begin(ward);
    CHECK(process_call(ward, to, &request, &reply) == WAITING && core_poll() == nullptr);
    CHECK(process_handle_mint(server.process, 3, &back.handles[0]) == OK);
    back.handle_count = 1;
    CHECK(process_reply(server.process, server.kept, &back) == OK);
    check_killed(guardian, ward);
    CHECK(handles_used(ward) == 0 && handles_used(server.process) == 0);
    process_destroy(guardian);
    finish(server.process);
}

static void test_kill_in_send(void) {
    struct process *target = pretend_process_limited(
        "target", (struct process_limits){.handles = 4, .mailbox_messages = 1});
    struct process *guardian = pretend_process("guardian"), *ward;
    (void)adopt(guardian, 9, &ward);
    handle_t to = grant(ward, target, 1);
    struct message message = {.operation = 1}, in = {};
    begin(ward);
    CHECK(process_send(ward, to, &message, 4, DEADLINE_NEVER) == OK);
    CHECK(process_send(ward, to, &message, 4, DEADLINE_NEVER) == WAITING);
    check_killed(guardian, ward);
    struct process_usage usage;
    process_usage_get(target, &usage);
    CHECK(usage.messages == 1);
    process_usage_get(ward, &usage);
    CHECK(usage.promised == 1); /* of the send that lies there */
    /* let in, but not gone on: what was to be sent is */
    to = grant(ward, target, 1);
    begin(ward);
    CHECK(process_send(ward, to, &message, 0, DEADLINE_NEVER) == WAITING);
    CHECK(process_receive(target, &in, DEADLINE_NOW) == OK);
    CHECK(process_handle_close(target, in.reply) == OK);
    check_killed(guardian, ward);
    process_usage_get(target, &usage);
    CHECK(usage.messages == 1);
    process_destroy(guardian);
    finish(target);
}

static void test_kill_in_receive(void) {
    struct process *guardian = pretend_process("guardian"), *ward;
    handle_t handle = adopt(guardian, 9, &ward);
    struct message in = {};
    begin(ward);
    CHECK(process_receive(ward, &in, pretend_now_ns + 1000) == WAITING);
    check_killed(guardian, ward);
    begin(ward);
    CHECK(process_receive(ward, &in, DEADLINE_NEVER) == WAITING);
    check_killed(guardian, ward);
    begin(ward); /* a handler, between turns */
    process_set_handler(ward, &in);
    check_killed(guardian, ward);
    begin(ward); /* which has a message */
    process_set_handler(ward, &in);
    handle_t to;
    CHECK(process_mint(guardian, ward, 77, &to) == OK);
    CHECK(process_send(guardian, to, &(struct message){.operation = 1}, 0, DEADLINE_NOW) == OK);
    check_killed(guardian, ward);
    CHECK(process_begin(ward) == OK); /* ready, and never ran */
    check_killed(guardian, ward);
    CHECK(process_handle_close(guardian, handle) == OK);
    struct message message = {.operation = 1};
    CHECK(send(guardian, to, &message, 0, DEADLINE_NOW) == OK); /* it is still there */
    CHECK(core_poll() == nullptr);
    CHECK(send(guardian, to, &message, 0, DEADLINE_NOW) == ERR_CLOSED);
    finish(guardian);
}

/* ---- restart ---- */

static void test_restart(void) {
    struct process *guardian = pretend_process("guardian"), *ward;
    (void)adopt(guardian, 9, &ward);
    struct process *client = make("client"), *other = pretend_process("other");
    handle_t to;
    CHECK(process_grant(client, ward, 31, &to) == OK);
    struct message request = {.operation = 1}, reply = {}, in = {};
    CHECK(process_begin(client) == OK && core_schedule() == client);
    CHECK(process_send(client, to, &request, 6, DEADLINE_NOW) == OK); /* before it ever ran */
    CHECK(process_send(client, to, &request, 0, DEADLINE_NOW) == OK);
    begin(ward);
    CHECK(process_receive(ward, &in, DEADLINE_NOW) == OK && in.badge == 31);
    handle_t own = grant(ward, other, 2);
    CHECK(own != HANDLE_NONE);
    CHECK(process_call(client, to, &request, &reply) == WAITING);
    CHECK(process_receive(ward, &in, DEADLINE_NOW) == OK); /* the second send */
    CHECK(process_receive(ward, &in, DEADLINE_NOW) == OK && in.reply != HANDLE_NONE);
    end(ward, PROCESS_TRAPPED, 1);
    CHECK(handles_used(ward) == 2); /* rights to answer wait for the guardian's decision */
    CHECK(core_poll() == nullptr && client->state == PROCESS_CALLING);
    CHECK(process_send(other, grant(other, ward, 32), &request, 0, DEADLINE_NOW) == OK);
    CHECK(process_begin(ward) == OK);
    struct process *first = core_schedule(), *second = core_schedule();
    CHECK(first == client && second == ward);
    CHECK(process_status(client) == ERR_RESTARTED && handles_used(ward) == 0);
    CHECK(process_receive(client, &in, DEADLINE_NOW) == OK);
    CHECK(in.operation == MESSAGE_REPLY && in.badge == 6 && in.status == ERR_RESTARTED);
    CHECK(process_receive(ward, &in, DEADLINE_NOW) == OK && in.badge == 32); /* undelivered stay */
    CHECK(process_send(client, to, &request, 0, DEADLINE_NOW) == OK);        /* and handles */
    CHECK(process_receive(ward, &in, DEADLINE_NOW) == OK && in.badge == 31);
    process_give_way(ward);
    process_destroy(client);
    process_destroy(guardian);
    finish(other);
}

/* Closing instead: all learn that it is gone. */
static void test_closed(void) {
    struct process *guardian = pretend_process("guardian"), *ward;
    handle_t handle = adopt(guardian, 9, &ward);
    struct process *taken = make("taken"), *waits = make("waits");
    struct message request = {.operation = 1}, reply = {}, in = {};
    begin(ward);
    CHECK(process_begin(taken) == OK && core_schedule() == taken);
    CHECK(process_call(taken, grant(taken, ward, 1), &request, &reply) == WAITING);
    CHECK(process_receive(ward, &in, DEADLINE_NOW) == OK);
    CHECK(process_begin(waits) == OK && core_schedule() == waits);
    CHECK(process_call(waits, grant(waits, ward, 1), &request, &reply) == WAITING);
    end(ward, PROCESS_EXITED, 0);
    CHECK(core_poll() == nullptr);
    CHECK(process_handle_close(guardian, handle) == OK);
    CHECK(core_schedule() == waits && process_status(waits) == ERR_CLOSED);
    CHECK(core_schedule() == taken && process_status(taken) == ERR_CLOSED);
    CHECK(process_call(waits, grant(waits, guardian, 1), &request, &reply) == WAITING);
    process_destroy(waits);
    process_destroy(taken);
    finish(guardian);
}

/* ---- guardians that end ---- */

static void test_chain(void) {
    struct process *first = make("first"), *guardian = first, *ward;
    static struct message in;
    ended = rested = gone = 0;
    begin(first);
    for (unsigned i = 0; i < CHAIN; i++) {
        (void)adopt(guardian, i, &ward);
        begin(ward);
        if (guardian != first) {
            CHECK(process_receive(guardian, &in, DEADLINE_NEVER) == WAITING);
        }
        guardian = ward;
    }
    CHECK(process_handle_mint(guardian, 1, &(handle_t){}) == OK);
    CHECK(process_receive(guardian, &in, DEADLINE_NEVER) == WAITING);
    process_end(first, &(struct process_ending){.words = {PROCESS_EXITED}});
    CHECK(core_poll() == nullptr && process_rests(first));
    CHECK(ended == CHAIN + 1 && gone == CHAIN && rested == 1);
    process_destroy(first);
    CHECK(gone == CHAIN + 1 && pretend_allocated() == 0);
}

/* One guardian of many, of which some run, some wait, some have ended and some never began; with
 * more handles than are closed at a time. */
static void test_many(void) {
    struct process_limits limits = {.handles = 1000, .mailbox_messages = 16};
    struct process *guardian = pretend_process_limited("guardian", limits), *ward;
    struct message in = {};
    gone = 0;
    for (unsigned i = 0; i < 400; i++) {
        (void)adopt(guardian, i, &ward);
        if (i % 4 > 0) {
            begin(ward);
        }
        if (i % 4 == 1) {
            end(ward, PROCESS_EXITED, i);
        } else if (i % 4 > 1) {
            CHECK(process_receive(ward, &in, i % 4 == 2 ? DEADLINE_NEVER : 1'000'000) == WAITING);
        }
    }
    process_destroy(guardian);
    CHECK(core_poll() == nullptr && gone == 400 && pretend_allocated() == 0);
}

int main(void) {
    test_life();
    test_handle();
    test_kernel();
    test_kill_in_call();
    test_kill_in_send();
    test_kill_in_receive();
    test_restart();
    test_closed();
    test_chain();
    test_many();
    return check_finish("lifetime");
}
