/* SPDX-License-Identifier: MIT */
/*
 * Who runs while others wait: when the alarm is set and for when, who goes on after it, and that a
 * program that is alone is left alone. Interrupts are played by the test.
 */
#include "pretend.h"
#include <abi/system.h>

constexpr uint64_t SLICE_NS = 10'000'000;

static void on_ended(struct process *process) {
}

static const struct process_owner owner = {on_ended, on_ended, on_ended};

static struct process *begin(const char *name, uint8_t priority) {
    struct process *process = pretend_process_limited(
        name,
        (struct process_limits){
            .handles = 8, .mailbox_messages = 8, .mailbox_bytes = 4096, .priority = priority});
    process_set_owner(process, &owner, nullptr);
    CHECK(process_begin(process) == OK);
    return process;
}

/* The clock reaches the alarm. True: who runs is preempted. */
static bool ring(void) {
    pretend_now_ns = pretend_alarm_ns;
    pretend_alarm_ns = DEADLINE_NEVER;
    pretend_rings();
    return pretend_is_wanted();
}

/* What was set before rings, and nobody is there. */
static void quiet(void) {
    while (pretend_alarm_ns < DEADLINE_NEVER) {
        ring();
        CHECK(core_poll() == nullptr);
    }
}

static struct process *preempt(struct process *process) {
    process_give_way(process);
    return core_schedule();
}

/* `running`, or NULL, is asked to make way; then they all end. */
static void finish(struct process *running, struct process *all[], unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        process_kill(all[i]);
    }
    if (running != nullptr) {
        process_give_way(running);
    }
    CHECK(core_poll() == nullptr);
    for (unsigned i = 0; i < count; i++) {
        CHECK(process_rests(all[i]));
        process_destroy(all[i]);
    }
}

static void test_alone(void) {
    quiet();
    struct process *alone = begin("alone", 1), *idle = begin("less urgent", 2);
    CHECK(core_schedule() == alone);
    CHECK(!process_is_preceded(alone));
    CHECK(pretend_alarm_ns == DEADLINE_NEVER);
    process_kill(alone);
    CHECK(process_is_preceded(alone)); /* it ends, rather than going on */
    finish(alone, (struct process *[]){alone, idle}, 2);
}

static void test_turns(void) {
    quiet();
    struct process *one = begin("one", 1), *two = begin("two", 1);
    CHECK(core_schedule() == one);
    CHECK(pretend_alarm_ns == pretend_now_ns + SLICE_NS);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(!process_is_preceded(one));
        CHECK(ring());
        CHECK(pretend_alarm_ns < pretend_now_ns + SLICE_NS); /* should this wish not be seen */
        CHECK(process_is_preceded(one));
        CHECK(preempt(one) == two);
        CHECK(!pretend_is_wanted());
        struct process *swap = one;
        one = two;
        two = swap;
    }
    finish(one, (struct process *[]){one, two}, 2);
}

/* Who was chosen after the alarm had been set has a slice of his own. */
static void test_whole(void) {
    quiet();
    struct process *one = begin("one", 1), *two = begin("two", 1), *three = begin("three", 1);
    CHECK(core_schedule() == one);
    uint64_t end = pretend_alarm_ns;
    struct message in = {};
    CHECK(process_receive(one, &in, DEADLINE_NEVER) == WAITING);
    CHECK(core_schedule() == two);
    pretend_alarm_ns = end;
    CHECK(!ring() && pretend_alarm_ns == end + SLICE_NS);
    CHECK(ring());
    CHECK(preempt(two) == three);
    finish(three, (struct process *[]){one, two, three}, 3);
}

static void test_deadline(void) {
    quiet();
    struct process *waits = begin("waits", 0), *runs = begin("runs", 1);
    CHECK(core_schedule() == waits);
    struct message in = {};
    uint64_t deadline = pretend_now_ns + 3 * SLICE_NS;
    CHECK(process_receive(waits, &in, deadline) == WAITING);
    CHECK(core_schedule() == runs);
    CHECK(pretend_alarm_ns == deadline);
    CHECK(ring());
    CHECK(preempt(runs) == waits && process_status(waits) == ERR_TIMED_OUT);
    finish(waits, (struct process *[]){waits, runs}, 2);
}

/* An interrupt has something for somebody: who runs is asked, and goes on before others. */
static void test_look(void) {
    quiet();
    struct process *one = begin("one", 1), *two = begin("two", 1);
    CHECK(core_schedule() == one);
    core_look();
    CHECK(pretend_is_wanted() && process_is_preceded(one));
    CHECK(preempt(one) == one);
    CHECK(!pretend_is_wanted() && !process_is_preceded(one));
    finish(one, (struct process *[]){one, two}, 2);
}

/* A handler with a limit is looked at although it is alone. */
static void test_limit(void) {
    quiet();
    struct process *slow = pretend_process_limited(
        "slow", (struct process_limits){
                    .handles = 8, .mailbox_messages = 8, .mailbox_bytes = 4096, .turn_ms = 50});
    process_set_owner(slow, &owner, nullptr);
    CHECK(process_begin(slow) == OK);
    CHECK(core_schedule() == slow);
    CHECK(pretend_alarm_ns < DEADLINE_NEVER);
    unsigned looks = 0;
    for (; looks < 20 && !process_turn_is_spent(slow); looks++) {
        CHECK(ring() && process_is_preceded(slow));
        CHECK(preempt(slow) == slow);
    }
    CHECK(looks == 5);
    finish(slow, (struct process *[]){slow}, 1);
}

int main(void) {
    test_alone();
    test_turns();
    test_whole();
    test_deadline();
    test_look();
    test_limit();
    CHECK(pretend_allocated() == 0);
    return check_finish("slice");
}
