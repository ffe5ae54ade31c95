/* SPDX-License-Identifier: MIT */
/* The clock and random servers, asked through the kernel as any program would. */
#include "machine.h"
#include <proto/clock.h>
#include <proto/random.h>
#include <string.h>

extern const struct server server_clock, server_random;

static struct process *client;
static struct message reply;
static uint8_t bytes[MESSAGE_PAYLOAD_MAX];

static status_t ask(handle_t handle, uint32_t operation, uint64_t word) {
    struct message request = {.operation = operation, .words = {word}};
    reply = (struct message){.payload = bytes, .payload_capacity = sizeof bytes};
    return machine_call(client, handle, &request, &reply);
}

static void test_clock(handle_t clock) {
    machine_now_ns = 5'000;
    machine_wall_ns = 1'700'000'000'000'000'000;
    CHECK(ask(clock, CLOCK_GET, CLOCK_WALL) == OK && reply.status == OK);
    CHECK((int64_t)reply.words[0] == machine_wall_ns);
    machine_wall_ns = 0; /* nobody knows */
    CHECK(ask(clock, CLOCK_GET, CLOCK_WALL) == OK && reply.words[0] == 5'000);
    for (uint64_t which = CLOCK_MONOTONIC; which <= CLOCK_THREAD; which++) {
        CHECK(ask(clock, CLOCK_GET, which) == OK && reply.words[0] == 5'000);
        CHECK(ask(clock, CLOCK_RESOLUTION, which) == OK && reply.words[0] >= 1);
    }
    CHECK(ask(clock, CLOCK_GET, 4) == OK && reply.status == ERR_INVALID);
    CHECK(ask(clock, CLOCK_RESOLUTION, UINT64_MAX) == OK && reply.status == ERR_INVALID);
    CHECK(ask(clock, 77, 0) == OK && reply.status == ERR_NOT_SUPPORTED);
}

static void test_random(handle_t random) {
    CHECK(ask(random, RANDOM_GET, 3) == OK && reply.payload_size == 3 && bytes[2] == 15);
    CHECK(ask(random, RANDOM_GET, 0) == OK && reply.status == OK && reply.payload_size == 0);
    CHECK(ask(random, RANDOM_GET, sizeof bytes) == OK && reply.payload_size == sizeof bytes);
    CHECK(bytes[sizeof bytes - 1] == (uint8_t)((sizeof bytes - 1) * 7 + 1));
    CHECK(ask(random, RANDOM_GET, sizeof bytes + 1) == OK && reply.status == ERR_TOO_BIG);
    CHECK(ask(random, RANDOM_GET, UINT64_MAX) == OK && reply.status == ERR_TOO_BIG);
    CHECK(ask(random, 2, 0) == OK && reply.status == ERR_NOT_SUPPORTED);
}

/* A client cannot fill a server's table with handles that it did not ask for. */
static void test_gifts(handle_t handle, struct process *server) {
    struct process_usage usage;
    for (unsigned i = 0; i < 100; i++) {
        struct message request = {.operation = 1 + i % 3,
                                  .flags = MESSAGE_HANDLE_COPY,
                                  .handle_count = 4,
                                  .handles = {handle, handle, handle, handle}};
        if (i % 2 == 0) {
            CHECK(machine_send(client, handle, &request, 0, 0) == OK);
        } else {
            CHECK(machine_call(client, handle, &request, &reply) == OK);
        }
        process_usage_get(server, &usage);
        CHECK(usage.handles == 0);
    }
}

int main(void) {
    struct process *clock, *random;
    CHECK(server_start_native(&server_clock, &clock) == OK);
    CHECK(server_start_native(&server_random, &random) == OK);
    CHECK(strcmp(process_name(clock), "clock") == 0);
    client = machine_process("client");
    test_clock(machine_grant(client, clock, 0));
    test_random(machine_grant(client, random, 0));
    test_gifts(machine_grant(client, clock, 0), clock);
    test_gifts(machine_grant(client, random, 0), random);
    process_destroy(client);
    process_destroy(clock);
    process_destroy(random);
    CHECK(machine_allocated() == 0);
    return check_finish("clock_random");
}
