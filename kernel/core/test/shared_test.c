/* SPDX-License-Identifier: MIT */
/* Objects of other parts behind handles: counted wherever handles go, destroyed once. */
#include "pretend.h"
#include <abi/system.h>

static unsigned destroyed;

static void destroy(struct shared *shared) {
    CHECK(shared->references == 0);
    destroyed++;
}

static const struct shared_kind kind = {"thing", destroy}, other_kind = {"other", destroy};

static void test_handles(void) {
    struct shared thing = {.kind = &kind, .references = 1};
    struct process *process = pretend_process("holder");
    handle_t handle, copy;
    destroyed = 0;
    CHECK(process_share(process, &thing, &handle) == OK && thing.references == 2);
    CHECK(process_shared(process, handle, &kind) == &thing);
    CHECK(process_shared(process, handle, &other_kind) == nullptr);
    CHECK(process_shared(process, handle + 1, &kind) == nullptr);
    CHECK(process_handle_copy(process, handle, &copy) == OK && thing.references == 3);
    /* it is no mailbox, and no right to answer */
    struct message message = {.operation = 1}, reply = {};
    uint64_t badge;
    CHECK(call(process, handle, &message, &reply) == ERR_BAD_HANDLE);
    CHECK(send(process, handle, &message, 0, DEADLINE_NOW) == ERR_BAD_HANDLE);
    CHECK(answer(process, handle, &message) == ERR_BAD_HANDLE);
    CHECK(process_handle_badge(process, handle, &badge) == ERR_BAD_HANDLE);
    handle_t mailbox = grant(process, process, 1);
    CHECK(process_shared(process, mailbox, &kind) == nullptr);
    CHECK(drop(process, copy) == OK && thing.references == 2);
    process_destroy(process);
    CHECK(thing.references == 1 && destroyed == 0);
    shared_release(&thing);
    CHECK(destroyed == 1 && pretend_allocated() == 0);
}

static void test_messages(void) {
    struct shared thing = {.kind = &kind, .references = 1};
    struct process *from = pretend_process("from"), *to = pretend_process("to");
    handle_t handle, way = grant(from, to, 1);
    CHECK(process_share(from, &thing, &handle) == OK);
    struct message message = {.operation = 1,
                              .flags = MESSAGE_HANDLE_COPY,
                              .handle_count = 2,
                              .handles = {handle, handle}};
    CHECK(send(from, way, &message, 0, DEADLINE_NOW) == OK && thing.references == 4);
    message.flags = 0;
    CHECK(send(from, way, &message, 0, DEADLINE_NOW) == ERR_BAD_HANDLE); /* moved twice */
    message.handle_count = 1;
    CHECK(send(from, way, &message, 0, DEADLINE_NOW) == OK && thing.references == 4);
    CHECK(process_shared(from, handle, &kind) == nullptr);
    struct message in = {};
    CHECK(receive(to, &in, DEADLINE_NOW) == OK && in.handle_count == 2);
    CHECK(process_shared(to, in.handles[1], &kind) == &thing);
    process_destroy(to); /* two held, one in its mailbox */
    CHECK(thing.references == 1);
    process_destroy(from);
    CHECK(pretend_allocated() == 0);
}

static void test_full(void) {
    struct shared thing = {.kind = &kind, .references = 1};
    struct process *process =
        pretend_process_limited("poor", (struct process_limits){.handles = 1});
    handle_t handle;
    CHECK(process_share(process, &thing, &handle) == OK);
    CHECK(process_share(process, &thing, &handle) == ERR_FULL && thing.references == 2);
    process_destroy(process);
    CHECK(thing.references == 1 && pretend_allocated() == 0);
}

int main(void) {
    test_handles();
    test_messages();
    test_full();
    return check_finish("shared");
}
