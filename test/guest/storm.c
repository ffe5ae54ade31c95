/* SPDX-License-Identifier: MIT */
/*
 * A riot, and those who live beside it (rioter.c): some processes enter gates at random until they
 * have done so CALLS times together; they end in every way there is and are started again, and who
 * seems to wait for ever is killed, as is now and then one that does not. Meanwhile a client asks a
 * server, which the rioters ask, too, and not one answer may be wrong or missing; both look after a
 * part of their memory. In the end nothing of the riot is left in the server.
 *
 * Arguments: CALLS, and a seed. Leaves with 0, or with the line of what was not as it should be.
 */
#include "expect.h"
#include <base/string.h>
#include <user/timer.h>

enum : uint32_t { TELL_CALLS = 1, TELL_ANSWERS, STOP = 5 };
enum : uint64_t { KEY_CLIENT = 100, KEY_SERVER, TICK }; /* below: a rioter's number */
enum : uint64_t { BADGE_RIOTER = 1, BADGE_CLIENT, BADGE_SERVED };

constexpr uint32_t RIOTERS = 4;
constexpr uint64_t TICK_NS = 20'000'000, SECOND_NS = 1'000'000'000;
constexpr uint32_t NAME_MAX = 24;

static const uint8_t rioter[] = {
#embed "rioter.wasm"
};

static uint8_t record[4096];
static handle_t module, server, client, at_server, hears_rioters, hears_client;
static struct {
    handle_t process;
    uint64_t seed;
    uint64_t quiet; /* ticks since it, or a child of it, told of calls */
} rioters[RIOTERS];
static uint64_t calls, answers, ends, kills;
static uint32_t lot = 1; /* who is killed for nothing */

static handle_t create(const char *name, uint32_t flags, uint32_t priority, uint64_t key) {
    struct process_spec spec = {.modules = {module},
                                .module_count = 1,
                                .flags = flags | PROCESS_CHECKED,
                                .priority = priority,
                                .stack_size = 64 * 1024,
                                .memory_pages = 24,
                                .handles = 300};
    handle_t process;
    memcpy(spec.name, name, strlen(name) + 1);
    CHECK(system_process_create(&spec, key, &process) == OK);
    return process;
}

static char *put_number(char *to, uint64_t number) {
    if (number >= 10) {
        to = put_number(to, number / 10);
    }
    *to = (char)('0' + number % 10);
    return to + 1;
}

/* With the letter and the number as its argument, and these handles. */
static void start(handle_t process, char letter, uint64_t number, handle_t tells) {
    struct {
        struct birth birth;
        struct birth_handle handles[3];
        char strings[NAME_MAX + 6];
    } birth = {.handles = {{tells, PROTOCOL_CONSOLE},
                           {at_server, PROTOCOL_CONSOLE},
                           {module, PROTOCOL_CONSOLE}}};
    birth.strings[0] = letter;
    char *at = put_number(birth.strings + 1, number) + 1;
    memcpy(at, "a\0b\0c", 6);
    birth.birth = (struct birth){.magic = BIRTH_MAGIC,
                                 .argument_count = 1,
                                 .handle_count = 3,
                                 .strings_size = (uint32_t)(at + 6 - birth.strings)};
    birth.birth.size = sizeof birth.birth + sizeof birth.handles + birth.birth.strings_size;
    CHECK(system_process_start(process, &birth, birth.birth.size) == OK);
}

static void start_rioter(uint32_t number) {
    rioters[number].seed += RIOTERS;
    rioters[number].quiet = 0;
    start(rioters[number].process, 'r', rioters[number].seed, hears_rioters);
}

static void begin(uint64_t seed) {
    CHECK(system_module_create("rioter", 6, rioter, sizeof rioter, &module) == OK);
    CHECK(system_handle_mint(BADGE_RIOTER, &hears_rioters) == OK);
    CHECK(system_handle_mint(BADGE_CLIENT, &hears_client) == OK);
    server = create("server", PROCESS_HANDLER, 2, KEY_SERVER);
    CHECK(system_process_mint(server, BADGE_SERVED, &at_server) == OK);
    start(server, 's', 0, hears_rioters);
    client = create("client", 0, 3, KEY_CLIENT);
    start(client, 'c', 0, hears_client);
    for (uint32_t i = 0; i < RIOTERS; i++) {
        rioters[i].process = create("rioter", 0, 3, i);
        rioters[i].seed = seed * 1'000'000 + i;
        start_rioter(i);
    }
}

/* ---- while it goes on ---- */

static void ended(uint64_t key) {
    CHECK(key < RIOTERS);
    ends++;
    start_rioter((uint32_t)key);
}

static void tick(void) {
    lot = (lot * 5 + 1) % 64;
    for (uint32_t i = 0; i < RIOTERS; i++) {
        if (++rioters[i].quiet > 2 || lot == i) {
            kills++;
            CHECK(system_process_kill(rioters[i].process) == OK);
        }
    }
    CHECK(timer_after(TICK, TICK_NS) == OK);
}

/* Of rioters' messages, which may be anything, the words are believed. */
static void hear(const struct message *in) {
    if (in->badge == BADGE_RIOTER && in->operation == TELL_CALLS && in->words[0] == 256) {
        calls += 256;
        for (uint32_t i = 0; i < RIOTERS; i++) {
            rioters[i].quiet = in->words[1] % RIOTERS == i ? 0 : rioters[i].quiet;
        }
    } else if (in->badge == BADGE_CLIENT) {
        CHECK(in->operation == TELL_ANSWERS && in->words[0] == answers + 256);
        answers = in->words[0];
    }
}

static void drop_handles(const struct message *in) {
    if (in->reply != HANDLE_NONE) {
        CHECK(system_handle_close(in->reply) == OK);
    }
    for (uint32_t i = 0; i < in->handle_count; i++) {
        CHECK(system_handle_close(in->handles[i]) == OK);
    }
}

static void live_on(void) {
    struct message in = {};
    CHECK(system_receive(&in, system_time_get() + 60 * SECOND_NS) == OK);
    drop_handles(&in);
    if (in.operation == MESSAGE_ENDED) {
        ended(in.badge);
    } else if (in.operation == MESSAGE_TIMER) {
        tick();
    } else if (in.operation <= MESSAGE_OPERATION_MAX) {
        hear(&in);
    }
}

/* ---- the end ---- */

/* The client leaves when it is told to, having seen nothing wrong. */
static void expect_client(void) {
    handle_t handle;
    CHECK(system_process_mint(client, 1, &handle) == OK);
    CHECK(system_send(handle, &(struct message){.operation = STOP}, 0, DEADLINE_NOW) == OK);
    for (struct message in = {}; in.operation != MESSAGE_ENDED || in.badge != KEY_CLIENT;) {
        CHECK(system_receive(&in, system_time_get() + 60 * SECOND_NS) == OK);
        drop_handles(&in);
        CHECK(in.operation != MESSAGE_ENDED || in.badge != KEY_SERVER);
        CHECK(in.operation != MESSAGE_ENDED || in.badge != KEY_CLIENT ||
              (in.words[0] == PROCESS_EXITED && in.words[1] == 0));
    }
}

/* Rights to answer that rioters left behind are gone as soon as these are. */
static void expect_peace(void) {
    struct process_info info;
    uint64_t end_ns = system_time_get() + 60 * SECOND_NS;
    do {
        CHECK(system_time_get() < end_ns);
        CHECK(system_process_status(server, &info) == OK);
        struct message in = {};
        (void)system_receive(&in, system_time_get() + 10'000'000);
        drop_handles(&in);
    } while (info.state != PROCESS_STATE_WAITING || info.messages > 0 ||
             info.handles > 3); /* what it was born with */
    CHECK(info.restarts == 0);
}

static uint64_t argument(uint32_t index) {
    const struct birth *birth = (const struct birth *)record;
    const char *text =
        (const char *)(birth + 1) + birth->handle_count * sizeof(struct birth_handle);
    uint64_t number = 0;
    if (birth->argument_count <= index) {
        return 0;
    }
    for (uint32_t i = 0; i < index; i++) {
        text += strlen(text) + 1;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

[[clang::export_name("_start")]] void command(void);
void command(void) {
    CHECK(system_birth(record, sizeof record) <= (int32_t)sizeof record);
    begin(argument(2));
    CHECK(timer_after(TICK, TICK_NS) == OK);
    while (calls < argument(1) || answers == 0) {
        live_on();
    }
    for (uint32_t i = 0; i < RIOTERS; i++) {
        CHECK(system_handle_close(rioters[i].process) == OK);
    }
    expect_client();
    expect_peace();
    CHECK(ends > 0 && kills > 0);
}
