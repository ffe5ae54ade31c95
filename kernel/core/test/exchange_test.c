/* SPDX-License-Identifier: MIT */
/* Messages between processes: what arrives, what is refused and with which status, who is told. */
#include "pretend.h"
#include <abi/system.h>
#include <string.h>

static void act_nothing(struct handler *handler, struct message *message) {
}

static void act_keep(struct handler *handler, struct message *message) {
    if (message->operation <= MESSAGE_OPERATION_MAX) {
        handler->kept = message->reply;
    }
}

/* Answers with the badge, and the payload backwards. */
static void act_echo(struct handler *handler, struct message *message) {
    if (message->reply == HANDLE_NONE) {
        return;
    }
    uint8_t *bytes = message->payload;
    for (uint32_t i = 0; i < message->payload_size / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[message->payload_size - 1 - i];
        bytes[message->payload_size - 1 - i] = byte;
    }
    struct message back = {.status = ERR_EXISTS,
                           .words = {message->badge, message->words[1] + 1},
                           .payload = message->payload,
                           .payload_size = message->payload_size};
    CHECK(process_reply(handler->process, message->reply, &back) == OK);
    CHECK(process_reply(handler->process, message->reply, &back) == ERR_BAD_HANDLE);
}

static void test_call(void) {
    struct handler server;
    handler_start(&server, "echo", act_echo);
    struct process *client = pretend_process("client");
    handle_t handle = grant(client, server.process, 77);
    char bytes[] = "abcdef", back[16];
    struct message request = {
        .operation = 5, .words = {1, 41}, .payload = bytes, .payload_size = 6};
    struct message reply = {.payload = back, .payload_capacity = sizeof back};
    CHECK(call(client, handle, &request, &reply) == OK);
    CHECK(reply.operation == MESSAGE_REPLY && reply.status == ERR_EXISTS);
    CHECK(reply.words[0] == 77 && reply.words[1] == 42);
    CHECK(reply.payload_size == 6 && memcmp(back, "fedcba", 6) == 0);
    CHECK(reply.reply == HANDLE_NONE && reply.handle_count == 0);
    CHECK(server.turns == 1 && handles_used(server.process) == 0);

    reply.payload_capacity = 5; /* the answer does not fit: the caller's status */
    server.act = act_keep;
    CHECK(call(client, handle, &request, &reply) == ERR_DEADLOCK);
    CHECK(call(client, handle ^ 1 << 20, &request, &reply) == ERR_BAD_HANDLE);
    CHECK(call(client, HANDLE_NONE, &request, &reply) == ERR_BAD_HANDLE);
    process_destroy(client);
    process_destroy(server.process);
    CHECK(pretend_allocated() == 0);
}

static status_t echo_status;
static void act_too_big(struct handler *handler, struct message *message) {
    struct message back = {.payload = handler->payload, .payload_size = 6};
    CHECK(process_handle_mint(handler->process, 9, &back.handles[0]) == OK);
    back.handle_count = 1;
    echo_status = process_reply(handler->process, message->reply, &back);
}

static void act_count(struct handler *handler, struct message *message) {
    if (message->operation == MESSAGE_RELEASED) {
        CHECK(message->badge == 9 && message->reply == HANDLE_NONE);
        handler->kept++;
    } else {
        act_too_big(handler, message);
    }
}

static void test_too_big(void) {
    struct handler server;
    handler_start(&server, "big", act_count);
    struct process *client = pretend_process("client");
    handle_t handle = grant(client, server.process, 0);
    static uint8_t bytes[MESSAGE_PAYLOAD_MAX + 1];
    struct message request = {.payload = bytes, .payload_size = sizeof server.payload + 1};
    struct message reply = {.payload = bytes, .payload_capacity = 5};
    CHECK(call(client, handle, &request, &reply) == ERR_TOO_BIG);
    CHECK(send(client, handle, &request, 0, DEADLINE_NOW) == ERR_TOO_BIG);
    request.payload_size = MESSAGE_PAYLOAD_MAX + 1;
    CHECK(call(client, handle, &request, &reply) == ERR_TOO_BIG && server.turns == 0);
    request.payload_size = sizeof server.payload;
    CHECK(call(client, handle, &request, &reply) == ERR_TOO_BIG && server.turns == 2);
    CHECK(echo_status == ERR_TOO_BIG);
    CHECK(handles_used(server.process) == 0 && handles_used(client) == 1);
    reply.payload_capacity = 6;
    CHECK(call(client, handle, &request, &reply) == OK && reply.handle_count == 1);
    CHECK(server.kept == 1); /* the handle of the answer that did not fit is gone, and was told */
    CHECK(drop(client, reply.handles[0]) == OK && server.kept == 2);

    /* A receiver by itself names its capacity when it receives. */
    struct process *slow = pretend_process("slow");
    handle_t to_slow = grant(client, slow, 3);
    CHECK(send(client, to_slow, &request, 0, DEADLINE_NOW) == OK);
    CHECK(send(client, to_slow, &request, 8, DEADLINE_NOW) == OK);
    struct message in = {.payload = bytes, .payload_capacity = 5};
    CHECK(receive(slow, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
    CHECK(receive(client, &in, DEADLINE_NOW) == OK);
    CHECK(in.operation == MESSAGE_REPLY && in.badge == 8 && in.status == ERR_TOO_BIG);
    process_destroy(slow);
    process_destroy(client);
    process_destroy(server.process);
    CHECK(pretend_allocated() == 0);
}

static void test_malformed(void) {
    struct handler server;
    handler_start(&server, "echo", act_echo);
    struct process *client = pretend_process("client");
    handle_t handle = grant(client, server.process, 0);
    struct message reply = {}, request = {.operation = MESSAGE_RELEASED};
    CHECK(call(client, handle, &request, &reply) == ERR_INVALID); /* forged */
    request = (struct message){.flags = 2};
    CHECK(call(client, handle, &request, &reply) == ERR_INVALID);
    request = (struct message){.handle_count = MESSAGE_HANDLES + 1};
    CHECK(call(client, handle, &request, &reply) == ERR_INVALID);
    request = (struct message){.handle_count = 2, .handles = {handle, handle}};
    CHECK(call(client, handle, &request, &reply) == ERR_BAD_HANDLE);
    request = (struct message){.handle_count = 1, .handles = {12345}};
    CHECK(send(client, handle, &request, 1, DEADLINE_NOW) == ERR_BAD_HANDLE);
    CHECK(server.turns == 0 && handles_used(client) == 1 && handles_used(server.process) == 0);
    process_destroy(client);
    process_destroy(server.process);
    CHECK(pretend_allocated() == 0);
}

/* A minted handle goes to the client and back as an argument. */
static void act_mint(struct handler *handler, struct message *message) {
    if (message->operation == MESSAGE_RELEASED) {
        handler->kept += (handle_t)message->badge;
        return;
    }
    struct message back = {.words = {message->badge}};
    for (uint32_t i = 0; i < message->handle_count; i++) {
        CHECK(process_handle_close(handler->process, message->handles[i]) == OK);
    }
    if (message->operation == 1) {
        CHECK(process_handle_mint(handler->process, 1000, &back.handles[0]) == OK);
        back.handle_count = 1;
    }
    CHECK(process_reply(handler->process, message->reply, &back) == OK);
}

static void test_handles(void) {
    struct handler server;
    handler_start(&server, "mint", act_mint);
    struct process *client = pretend_process("client");
    handle_t handle = grant(client, server.process, 1);
    struct message reply = {}, request = {.operation = 1};
    CHECK(call(client, handle, &request, &reply) == OK && reply.handle_count == 1);
    handle_t minted = reply.handles[0], copy, reply_copy;
    CHECK(process_handle_copy(client, minted, &copy) == OK && copy != minted);
    CHECK(process_handle_copy(client, copy + 1, &reply_copy) == ERR_BAD_HANDLE);
    request = (struct message){.operation = 2};
    CHECK(call(client, copy, &request, &reply) == OK && reply.words[0] == 1000);
    /* moved away in a call through itself, then copied */
    request = (struct message){.operation = 2, .handle_count = 1, .handles = {copy}};
    CHECK(call(client, copy, &request, &reply) == OK && reply.words[0] == 1000);
    CHECK(call(client, copy, &request, &reply) == ERR_BAD_HANDLE && server.kept == 0);
    request.handles[0] = minted;
    request.flags = MESSAGE_HANDLE_COPY;
    CHECK(call(client, handle, &request, &reply) == OK && server.kept == 0);
    CHECK(drop(client, minted) == OK && server.kept == 1000);
    CHECK(drop(client, minted) == ERR_BAD_HANDLE);
    CHECK(handles_used(client) == 1 && handles_used(server.process) == 0);

    /* A process that ends drops all it had; granted handles are not told about. */
    request = (struct message){.operation = 1};
    CHECK(call(client, handle, &request, &reply) == OK);
    process_destroy(client);
    struct process *other = pretend_process("other");
    handle = grant(other, server.process, 1);
    request = (struct message){.operation = 2};
    CHECK(call(other, handle, &request, &reply) == OK && server.kept == 2000);
    process_destroy(server.process);
    CHECK(call(other, handle, &request, &reply) == ERR_CLOSED);
    CHECK(send(other, handle, &request, 1, DEADLINE_NEVER) == ERR_CLOSED);
    process_destroy(other);
    CHECK(pretend_allocated() == 0);
}

static void test_mint_bounded(void) {
    struct process *process = pretend_process_limited("mint", (struct process_limits){8, 4, 64});
    handle_t handle;
    unsigned minted = 0;
    while (minted < 100 && process_handle_mint(process, minted, &handle) == OK) {
        CHECK(drop(process, handle) == OK);
        minted++;
    }
    CHECK(minted == 4);
    struct message in = {};
    uint64_t badge;
    CHECK(process_handle_badge(process, handle, &badge) == ERR_BAD_HANDLE);
    for (unsigned i = 0; i < minted; i++) {
        CHECK(receive(process, &in, DEADLINE_NOW) == OK);
        CHECK(in.operation == MESSAGE_RELEASED && in.badge == i);
    }
    CHECK(process_handle_mint(process, 1, &handle) == OK);
    CHECK(process_handle_badge(process, handle, &badge) == OK && badge == 1);
    struct process *other = pretend_process("other");
    handle = grant(process, other, 6);
    CHECK(process_handle_badge(process, handle, &badge) == ERR_BAD_HANDLE); /* leads elsewhere */
    process_destroy(other);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

static void test_full(void) {
    struct process *target = pretend_process_limited("box", (struct process_limits){8, 8, 100});
    struct process *client = pretend_process("client");
    handle_t one = grant(client, target, 1), two = grant(client, target, 2), copy;
    CHECK(process_handle_copy(client, one, &copy) == OK);
    char bytes[101] = "";
    struct message small = {.words = {1}}, in = {.payload = bytes, .payload_capacity = 100};
    CHECK(send(client, one, &small, 0, DEADLINE_NOW) == OK);
    CHECK(send(client, copy, &small, 0, DEADLINE_NOW) == OK);
    /* a quarter for each handle, its copies included */
    CHECK(send(client, copy, &small, 0, DEADLINE_NOW) == ERR_FULL);
    CHECK(send(client, two, &small, 0, DEADLINE_NOW) == OK);
    uint64_t deadline = pretend_now_ns + 1000;
    CHECK(send(client, one, &small, 0, deadline) == ERR_TIMED_OUT);
    CHECK(pretend_now_ns == deadline);
    CHECK(send(client, one, &small, 0, DEADLINE_NEVER) == ERR_DEADLOCK);
    for (uint64_t badge = 1; badge <= 2; badge++) {
        CHECK(receive(target, &in, DEADLINE_NOW) == OK && in.badge == 1);
    }
    CHECK(receive(target, &in, DEADLINE_NOW) == OK && in.badge == 2);
    CHECK(receive(target, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
    CHECK(receive(target, &in, DEADLINE_NEVER) == ERR_DEADLOCK);

    struct message large = {.payload = bytes, .payload_size = 101};
    CHECK(send(client, one, &large, 0, DEADLINE_NEVER) == ERR_TOO_BIG);
    large.payload_size = 90;
    CHECK(send(client, one, &large, 0, DEADLINE_NOW) == OK);
    large.payload_size = 11;
    CHECK(send(client, two, &large, 0, DEADLINE_NOW) == ERR_FULL);
    large.payload_size = 10;
    CHECK(send(client, two, &large, 0, DEADLINE_NOW) == OK);
    struct process_usage usage;
    process_usage_get(target, &usage);
    CHECK(usage.messages == 2 && usage.bytes == 100);

    /* handles need places in the receiver's table, when they are received */
    struct process *poor = pretend_process_limited("poor", (struct process_limits){2, 8, 100});
    handle_t to_poor = grant(client, poor, 0), kept;
    struct message gift = {.flags = MESSAGE_HANDLE_COPY, .handle_count = 2, .handles = {one, two}};
    CHECK(process_handle_mint(poor, 1, &kept) == OK);
    CHECK(send(client, to_poor, &gift, 5, DEADLINE_NOW) == OK);
    CHECK(send(client, to_poor, &gift, 0, DEADLINE_NOW) == OK);
    CHECK(send(client, to_poor, &small, 0, DEADLINE_NOW) == ERR_FULL); /* its quarter */
    CHECK(receive(poor, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
    CHECK(receive(client, &in, DEADLINE_NOW) == OK && in.badge == 5 && in.status == ERR_FULL);
    CHECK(process_handle_close(poor, kept) == OK);
    CHECK(receive(poor, &in, DEADLINE_NOW) == OK && in.operation == MESSAGE_RELEASED);
    CHECK(send(client, to_poor, &gift, 0, DEADLINE_NOW) == OK);
    CHECK(receive(poor, &in, DEADLINE_NOW) == OK && in.handle_count == 2);
    process_usage_get(client, &usage);
    CHECK(usage.promised == 0 && handles_used(poor) == 2);
    process_destroy(poor);
    process_destroy(target);
    process_destroy(client);
    CHECK(pretend_allocated() == 0);
}

/* A sender whose share was used up goes on when half of that is free; others may send meanwhile. */
static void test_batches(void) {
    struct process *slow = pretend_process_limited("slow", (struct process_limits){8, 16, 1024});
    struct process *eager = pretend_process("eager"), *other = pretend_process("other");
    handle_t handle = grant(eager, slow, 1), beside = grant(other, slow, 2);
    struct message message = {}, in = {};
    for (unsigned i = 0; i < 4; i++) { /* a quarter of 16 */
        CHECK(send(eager, handle, &message, 0, DEADLINE_NOW) == OK);
    }
    CHECK(send(eager, handle, &message, 0, DEADLINE_NOW) == ERR_FULL);
    CHECK(process_send(eager, handle, &message, 0, DEADLINE_NEVER) == WAITING);
    CHECK(process_receive(slow, &in, DEADLINE_NOW) == OK && eager->state == PROCESS_SENDING);
    CHECK(process_send(other, beside, &message, 0, DEADLINE_NOW) == OK);
    CHECK(process_receive(slow, &in, DEADLINE_NOW) == OK && eager->state == PROCESS_READY);
    CHECK(core_poll() == eager && process_status(eager) == OK);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(receive(slow, &in, DEADLINE_NOW) == OK && in.badge == (i == 2 ? 2 : 1));
    }
    CHECK(receive(slow, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
    process_destroy(eager);
    process_destroy(other);
    process_destroy(slow);
    CHECK(pretend_allocated() == 0);
}

static void test_promise(void) {
    struct handler server;
    handler_start(&server, "echo", act_echo);
    struct process *client = pretend_process_limited("client", (struct process_limits){8, 2, 64});
    handle_t handle = grant(client, server.process, 4);
    char bytes[16] = "xy";
    struct message request = {.payload = bytes, .payload_size = 2};
    CHECK(send(client, handle, &request, 31, DEADLINE_NOW) == OK && server.turns == 1);
    server.act = act_keep;
    CHECK(send(client, handle, &request, 32, DEADLINE_NOW) == OK);
    /* no place for a third answer */
    CHECK(send(client, handle, &request, 33, DEADLINE_NOW) == ERR_FULL);
    struct message in = {.payload = bytes, .payload_capacity = sizeof bytes};
    CHECK(receive(client, &in, DEADLINE_NOW) == OK);
    CHECK(in.operation == MESSAGE_REPLY && in.badge == 31 && in.words[0] == 4);
    CHECK(in.status == ERR_EXISTS && in.payload_size == 2 && memcmp(bytes, "yx", 2) == 0);
    CHECK(drop(server.process, server.kept) == OK); /* it does not answer */
    CHECK(receive(client, &in, DEADLINE_NOW) == OK);
    CHECK(in.badge == 32 && in.status == ERR_CLOSED && in.payload_size == 0);

    /* no memory for the answer: the promise carries that */
    CHECK(send(client, handle, &request, 34, DEADLINE_NOW) == OK);
    envelopes_release();
    pretend_fail_after = 0;
    CHECK(answer(server.process, server.kept, &request) == ERR_NO_MEMORY);
    pretend_fail_after = -1;
    CHECK(receive(client, &in, DEADLINE_NOW) == OK);
    CHECK(in.badge == 34 && in.status == ERR_NO_MEMORY);

    /* the receiver ends while it owes an answer; then the one who waits for one */
    CHECK(send(client, handle, &request, 35, DEADLINE_NOW) == OK);
    process_destroy(server.process);
    CHECK(receive(client, &in, DEADLINE_NOW) == OK);
    CHECK(in.badge == 35 && in.status == ERR_CLOSED);
    handler_start(&server, "again", act_keep);
    handle = grant(client, server.process, 4);
    CHECK(send(client, handle, &request, 36, DEADLINE_NOW) == OK);
    process_destroy(client);
    CHECK(answer(server.process, server.kept, &request) == ERR_CLOSED);
    process_destroy(server.process);
    CHECK(pretend_allocated() == 0);
}

/* A server with a thread: in its turn it asks the next one, then answers what that said. */
struct link {
    struct process *process;
    struct message buffer, request, answer;
    handle_t next;
    bool asks; /* it is in its turn, and waits for the next one */
};
static struct link links[3];
static struct process *asker;

static void link_start(struct link *link) {
    *link = (struct link){.process = pretend_process("link")};
    process_set_handler(link->process, &link->buffer);
}

/* The rest of a turn. */
static void link_answer(struct link *link, status_t status) {
    struct message back = link->answer;
    back.status = status != OK ? status : back.status;
    back.words[0]++;
    CHECK(process_reply(link->process, link->buffer.reply, &back) == OK);
    link->asks = false;
    process_turn_end(link->process);
}

static void link_go_on(struct link *link) {
    if (link->asks) {
        link_answer(link, process_status(link->process));
        return;
    }
    link->request = (struct message){.operation = 1};
    link->answer = (struct message){};
    if (link->next == HANDLE_NONE) {
        link_answer(link, OK);
        return;
    }
    link->asks = true;
    status_t status = process_call(link->process, link->next, &link->request, &link->answer);
    if (status != WAITING) {
        link_answer(link, status);
    }
}

/* Lets the links have their threads until the client has its answer. */
static status_t ask_chain(handle_t handle, struct message *reply) {
    struct message request = {.operation = 1};
    status_t status = process_call(asker, handle, &request, reply);
    if (status != WAITING) {
        return status;
    }
    for (struct process *next; (next = core_schedule()) != asker;) {
        for (unsigned i = 0; i < 3; i++) {
            if (links[i].process == next) {
                link_go_on(&links[i]);
            }
        }
    }
    return process_status(asker);
}

static void test_chain_and_cycle(void) {
    for (unsigned i = 0; i < 3; i++) {
        link_start(&links[i]);
    }
    links[0].next = grant(links[0].process, links[1].process, 0);
    links[1].next = grant(links[1].process, links[2].process, 0);
    asker = pretend_process("client");
    handle_t handle = grant(asker, links[0].process, 0);
    struct message reply = {};
    CHECK(ask_chain(handle, &reply) == OK && reply.status == OK && reply.words[0] == 3);

    links[2].next = grant(links[2].process, links[0].process, 0); /* the last asks the first */
    CHECK(ask_chain(handle, &reply) == OK);
    CHECK(reply.status == ERR_DEADLOCK && reply.words[0] == 3);
    links[2].next = grant(links[2].process, asker, 0); /* or the client */
    CHECK(ask_chain(handle, &reply) == OK && reply.status == ERR_DEADLOCK);
    links[2].next = grant(links[2].process, links[2].process, 0); /* or itself */
    CHECK(ask_chain(handle, &reply) == OK && reply.status == ERR_DEADLOCK);
    links[2].next = HANDLE_NONE;
    CHECK(ask_chain(handle, &reply) == OK && reply.status == OK && reply.words[0] == 3);
    process_destroy(asker);
    for (unsigned i = 0; i < 3; i++) {
        process_destroy(links[i].process);
    }
    CHECK(pretend_allocated() == 0);
}

static struct handler *interrupted;
static unsigned interrupts_left;
static void interrupt_later(void) {
    if (interrupts_left > 0) {
        interrupts_left--;
        process_interrupt(interrupted->process);
        process_interrupt(interrupted->process);
    }
}

/* Answers what it kept when an interrupt has come. */
static void act_on_interrupt(struct handler *handler, struct message *message) {
    if (message->operation != MESSAGE_INTERRUPT) {
        handler->kept = message->reply;
        return;
    }
    CHECK(message->words[0] == 2);
    struct message back = {.words = {message->words[0]}};
    CHECK(process_reply(handler->process, handler->kept, &back) == OK);
}

static void test_kept_reply(void) {
    struct handler server;
    handler_start(&server, "device", act_on_interrupt);
    struct process *client = pretend_process("client");
    handle_t handle = grant(client, server.process, 0);
    struct message request = {.operation = 1}, reply = {};
    CHECK(call(client, handle, &request, &reply) == ERR_DEADLOCK);
    handle_t stale = server.kept;
    process_expect_interrupts(server.process);
    interrupted = &server;
    interrupts_left = 1;
    pretend_on_wait = interrupt_later;
    CHECK(call(client, handle, &request, &reply) == OK && reply.words[0] == 2);
    pretend_on_wait = nullptr;
    CHECK(interrupts_left == 0);
    /* the call that was given up can no longer be answered, though the client is in another */
    CHECK(answer(server.process, stale, &request) == ERR_CLOSED);
    process_interrupt(server.process);
    process_destroy(server.process);
    CHECK(core_at(0)->expecting == 0);
    process_destroy(client);
    CHECK(pretend_allocated() == 0);
}

/* One server hands the right to answer on to another. */
static struct handler clerk;
static void act_delegate(struct handler *handler, struct message *message) {
    struct message order = {.operation = 2, .handle_count = 1, .handles = {message->reply}};
    order.flags = MESSAGE_HANDLE_COPY;
    CHECK(process_send(handler->process, handler->kept, &order, 0, DEADLINE_NOW) ==
          ERR_BAD_HANDLE); /* it exists once */
    order.flags = 0;
    CHECK(process_send(handler->process, handler->kept, &order, 0, DEADLINE_NOW) == OK);
    CHECK(clerk.turns == 0); /* not within a turn */
}

static void act_clerk(struct handler *handler, struct message *message) {
    struct message back = {.words = {99}};
    CHECK(message->handle_count == 1);
    CHECK(process_reply(handler->process, message->handles[0], &back) == OK);
}

static void test_delegate(void) {
    struct handler front;
    handler_start(&front, "front", act_delegate);
    handler_start(&clerk, "clerk", act_clerk);
    front.kept = grant(front.process, clerk.process, 0);
    struct process *client = pretend_process("client");
    handle_t handle = grant(client, front.process, 0);
    struct message request = {.operation = 1}, reply = {};
    CHECK(call(client, handle, &request, &reply) == OK && reply.words[0] == 99);
    process_destroy(client);
    process_destroy(clerk.process);
    process_destroy(front.process);
    CHECK(pretend_allocated() == 0);
}

static void test_sleep(void) {
    struct process *process = pretend_process("sleeper");
    struct message in = {};
    uint64_t deadline = pretend_now_ns + 5000;
    CHECK(receive(process, &in, deadline) == ERR_TIMED_OUT && pretend_now_ns == deadline);
    /* to oneself */
    handle_t self = grant(process, process, 6);
    struct message out = {.operation = 3};
    CHECK(send(process, self, &out, 0, DEADLINE_NOW) == OK);
    CHECK(call(process, self, &out, &in) == ERR_DEADLOCK);
    CHECK(receive(process, &in, DEADLINE_NOW) == OK && in.badge == 6 && in.operation == 3);
    process_destroy(process);
    CHECK(pretend_allocated() == 0);
}

static void test_memory(void) {
    for (int fail = 0; fail < 12; fail++) {
        struct handler server;
        handler_start(&server, "busy", act_nothing);
        struct process *client = pretend_process("client");
        struct process *other = pretend_process("other");
        handle_t handle = grant(client, server.process, 0);
        handle_t gift = grant(client, other, 0);
        struct message request = {
            .handle_count = 1, .handles = {gift}, .payload = &request, .payload_size = 8};
        pretend_fail_after = fail;
        status_t status = process_send(client, handle, &request, 1, DEADLINE_NOW);
        pretend_fail_after = -1;
        CHECK(status == (fail < 2 ? ERR_NO_MEMORY : OK));
        CHECK(handles_used(client) == (status == OK ? 1 : 2)); /* nothing moves when it fails */
        struct process_usage usage;
        process_usage_get(client, &usage);
        CHECK(usage.promised == (status == OK ? 1 : 0));
        process_destroy(client);
        process_destroy(other);
        process_destroy(server.process);
        CHECK(pretend_allocated() == 0);
    }
    pretend_fail_after = 0;
    struct process *process;
    struct process_limits limits = {8, 8, 8};
    CHECK(process_create("x", &limits, &process) == ERR_NO_MEMORY);
    pretend_fail_after = 1;
    CHECK(process_create("x", &limits, &process) == ERR_NO_MEMORY);
    pretend_fail_after = -1;
    limits.mailbox_bytes = UINT32_MAX;
    CHECK(process_create("x", &limits, &process) == ERR_INVALID);
    CHECK(pretend_allocated() == 0);
}

int main(void) {
    test_call();
    test_too_big();
    test_malformed();
    test_handles();
    test_mint_bounded();
    test_full();
    test_batches();
    test_promise();
    test_chain_and_cycle();
    test_kept_reply();
    test_delegate();
    test_sleep();
    test_memory();
    return check_finish("exchange");
}
