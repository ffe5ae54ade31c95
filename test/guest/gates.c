/* SPDX-License-Identifier: MIT */
/*
 * A hostile program: for a while it enters gates at random, with messages at random, half of them
 * shaped as servers may like them. Addresses lie within its memory, for any other would end it at
 * once; all else may be anything. It never waits: what could (standard input, the clock) it leaves
 * alone. It leaves with 42. Its argument is the seed.
 */
#include "random.h"

constexpr uint32_t ROUNDS = 100'000;
static uint8_t record[BIRTH_MAX];

static void enter(void) {
    struct message request = some_message(), reply = some_message();
    handle_t handle;
    uint64_t badge;
    switch (pick(13)) {
    case 0:
        if (system_receive(&reply, DEADLINE_NOW) == OK) {
            keep_all(&reply);
        }
        break;
    case 1:
        (void)system_reply(some_handle(), &request);
        break;
    case 2:
        (void)system_handle_close(some_handle());
        break;
    case 3:
        if (system_handle_copy(some_handle(), &handle) == OK) {
            keep(handle);
        }
        break;
    case 4:
        if (system_handle_mint(number(), &handle) == OK) {
            keep(handle);
        }
        break;
    case 5:
        (void)system_handle_badge(some_handle(), &badge);
        break;
    case 6:
        (void)system_timer_set(number(), number());
        break;
    case 7:
    case 8:
        (void)system_send(some_handle(), &request, pick(2) == 0 ? 0 : number(), DEADLINE_NOW);
        break;
    default:
        if (system_call(some_handle(), &request, &reply) == OK) {
            keep_all(&reply);
        }
    }
}

/* Handles to files and random bytes are put into the pool again and again. */
static void collect(const struct birth *birth) {
    const struct birth_handle *handles = (const struct birth_handle *)(birth + 1);
    for (uint32_t i = 0; i < birth->handle_count; i++) {
        handle_t copy;
        if ((handles[i].protocol == PROTOCOL_FILE || handles[i].protocol == PROTOCOL_RANDOM) &&
            system_handle_copy(handles[i].handle, &copy) == OK) {
            keep(copy);
        }
    }
}

static uint64_t seed_of(const struct birth *birth) {
    const char *text =
        (const char *)(birth + 1) + birth->handle_count * sizeof(struct birth_handle);
    uint64_t seed = 0;
    for (text += strlen(text) + 1; birth->argument_count > 1 && *text != 0; text++) {
        seed = seed * 10 + (uint64_t)(*text - '0');
    }
    return (seed + 1) * UINT64_C(0x9E37'79B9'7F4A'7C15);
}

[[clang::export_name("_start")]] void gates_start(void);

void gates_start(void) {
    const struct birth *birth = (const struct birth *)record;
    (void)system_birth(record, sizeof record);
    state = seed_of(birth);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        if (i % 8 == 0) {
            collect(birth);
        }
        enter();
    }
    system_exit(42);
}
