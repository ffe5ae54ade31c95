/* SPDX-License-Identifier: MIT */
/* Timers that processes set: in order, replaced, unset, too many, at the end of a life. */
#include "pretend.h"
#include <abi/system.h>
#include <base/ensure.h>

constexpr uint64_t MS = 1'000'000;

/* The next message of a process that waits for no longer than this. */
static bool next(struct process *process, uint64_t deadline_ns, uint64_t *key) {
    struct message message = {.payload = nullptr};
    status_t status = receive(process, &message, deadline_ns);
    CHECK(status == OK || status == ERR_TIMED_OUT);
    CHECK(status != OK || (message.operation == MESSAGE_TIMER && message.words[0] == 1));
    *key = message.badge;
    return status == OK;
}

static void expect(struct process *process, uint64_t wanted, uint64_t at_ns) {
    uint64_t key;
    CHECK(next(process, at_ns + MS, &key) && key == wanted && pretend_now_ns >= at_ns);
}

static void expect_nothing(struct process *process) {
    uint64_t key;
    CHECK(!next(process, pretend_now_ns + 100 * MS, &key));
}

static void test_order(void) {
    struct process *process = pretend_process("sleeper");
    uint64_t start_ns = pretend_now_ns;
    CHECK(process_timer_set(process, 3, start_ns + 30 * MS) == OK);
    CHECK(process_timer_set(process, 1, start_ns + 10 * MS) == OK);
    CHECK(process_timer_set(process, UINT64_MAX, start_ns + 20 * MS) == OK);
    expect(process, 1, start_ns + 10 * MS);
    expect(process, UINT64_MAX, start_ns + 20 * MS);
    expect(process, 3, start_ns + 30 * MS);
    CHECK(process_timer_set(process, 7, 0) == OK); /* it has passed */
    expect(process, 7, pretend_now_ns);
    expect_nothing(process);
    process_destroy(process);
}

static void test_replaced(void) {
    struct process *process = pretend_process("changer");
    uint64_t start_ns = pretend_now_ns;
    CHECK(process_timer_set(process, 1, start_ns + 10 * MS) == OK);
    CHECK(process_timer_set(process, 1, start_ns + 50 * MS) == OK);
    CHECK(process_timer_set(process, 2, start_ns + 20 * MS) == OK);
    CHECK(process_timer_set(process, 2, DEADLINE_NEVER) == OK);
    CHECK(process_timer_set(process, 9, DEADLINE_NEVER) == OK); /* there is none */
    expect(process, 1, start_ns + 50 * MS);
    expect_nothing(process);
    /* what has come due, and was not received */
    CHECK(process_timer_set(process, 1, pretend_now_ns) == OK);
    CHECK(process_timer_set(process, 2, pretend_now_ns) == OK);
    CHECK(core_poll() == nullptr && !mailbox_is_empty(&process->mailbox));
    CHECK(process_timer_set(process, 1, DEADLINE_NEVER) == OK);
    CHECK(process_timer_set(process, 2, pretend_now_ns + 5 * MS) == OK);
    CHECK(mailbox_is_empty(&process->mailbox));
    expect(process, 2, pretend_now_ns + 5 * MS);
    expect_nothing(process);
    process_destroy(process);
}

/* Another core took it out of the heap when this one sets it anew, or not at all. */
static void test_late(void) {
    struct process *process = pretend_process("late");
    CHECK(process_timer_set(process, 1, 0) == OK);
    struct alarm *alarm = process->alarms;
    uint64_t set = alarm->set;
    CHECK(process_timer_set(process, 1, pretend_now_ns + 10 * MS) == OK);
    alarm_ring(alarm, set);
    CHECK(mailbox_is_empty(&process->mailbox));
    CHECK(process_timer_set(process, 1, DEADLINE_NEVER) == OK);
    alarm_ring(alarm, set + 1);
    CHECK(mailbox_is_empty(&process->mailbox));
    process_destroy(process);
}

static void test_many(void) {
    struct process *process = pretend_process("many");
    uint64_t start_ns = pretend_now_ns;
    size_t before = pretend_allocated();
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < ALARMS_MAX; i++) {
            CHECK(process_timer_set(process, i * 5, start_ns + i * MS) == OK);
        }
        CHECK(process_timer_set(process, 1, start_ns) == ERR_FULL);
        CHECK(process_timer_set(process, 5, start_ns + MS) == OK); /* one of them */
    }
    CHECK(pretend_allocated() == before + ALARMS_MAX * sizeof(struct alarm));
    CHECK(process_timer_set(process, 5, DEADLINE_NEVER) == OK);
    CHECK(process_timer_set(process, 1, start_ns + MS) == OK);
    for (unsigned i = 0; i < ALARMS_MAX; i++) {
        uint64_t key;
        CHECK(next(process, start_ns + 20 * MS, &key) && key != 5);
    }
    expect_nothing(process);
    process_destroy(process);
}

static void test_no_memory(void) {
    struct process *process = pretend_process("poor");
    pretend_fail_after = 0;
    CHECK(process_timer_set(process, 1, 0) == ERR_NO_MEMORY);
    pretend_fail_after = -1;
    CHECK(process->alarms == nullptr);
    process_destroy(process);
}

static void test_end(void) {
    struct process *process = pretend_process("ending");
    CHECK(process_timer_set(process, 1, pretend_now_ns + MS) == OK);
    CHECK(process_timer_set(process, 2, 0) == OK);
    CHECK(core_poll() == nullptr);
    process_destroy(process);
    CHECK(core_get()->first_timer == nullptr);
}

int main(void) {
    size_t before = pretend_allocated();
    test_order();
    test_replaced();
    test_late();
    test_many();
    test_no_memory();
    test_end();
    CHECK(pretend_allocated() == before);
    return check_finish("alarms");
}
