/* SPDX-License-Identifier: MIT */
/*
 * What guardian.c makes processes of. As a command it does what its first argument says, with the
 * first of its handles. As a handler it answers words[0] + 1, and words[1]: which turn of this life
 * it is; or keeps the request, or traps, leaves, loops, or works for words[0] ns.
 */
#include <base/string.h>
#include <user/system.h>

enum : uint32_t { ASK_COUNT = 1, ASK_KEEP, ASK_TRAP, ASK_EXIT, ASK_LOOP, ASK_GATES, ASK_WORK };

static uint8_t record[1024], payload[64];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};
static uint64_t turns;

static handle_t first_handle(void) {
    struct birth_handle handle;
    memcpy(&handle, record + sizeof(struct birth), sizeof handle);
    return handle.handle;
}

static const char *argument(void) {
    struct birth birth;
    memcpy(&birth, record, sizeof birth);
    return (const char *)record + sizeof birth + birth.handle_count * sizeof(struct birth_handle);
}

static uint32_t grow(void) {
    uint32_t grown = 0;
    while (__builtin_wasm_memory_grow(0, 1) != SIZE_MAX && grown < 1000) {
        grown++;
    }
    return grown;
}

static uint32_t handles(void) {
    handle_t out;
    uint32_t count = 0;
    while (system_handle_mint(1, &out) == OK) {
        count++;
    }
    return count;
}

static uint32_t recursion(uint32_t depth) {
    volatile uint8_t room[256] = {(uint8_t)depth};
    return depth == 0 ? room[0] : recursion(depth - 1) + room[0];
}

[[clang::export_name("_start")]] void command(void);
void command(void) {
    struct message message = {.operation = 1, .words = {7}}, reply = {};
    (void)system_birth(record, sizeof record);
    switch (argument()[0]) {
    case 'x':
        system_exit(42);
    case 't':
        __builtin_trap();
    case 'w':
        (void)system_receive(&message, DEADLINE_NEVER);
        system_exit(1);
    case 'c':
        system_exit((uint32_t)system_call(first_handle(), &message, &reply));
    case 's': /* until the mailbox is full, and then it waits */
        while (system_send(first_handle(), &message, 0, DEADLINE_NEVER) == OK) {
        }
        system_exit(1);
    case 'g':
        system_exit(grow());
    case 'h':
        system_exit(handles());
    case 'r':
        system_exit(recursion(200));
    case 'l':
        for (;;) {
            turns++;
            __asm__ volatile("");
        }
    default:
        break;
    }
}

/* In compiled code alone, or in gates. */
static void loop(bool gates) {
    for (;;) {
        turns += gates ? system_time_get() : 1;
        __asm__ volatile("");
    }
}

static void work(uint64_t duration_ns) {
    for (uint64_t end_ns = system_time_get() + duration_ns; system_time_get() < end_ns;) {
    }
}

[[clang::export_name("start")]] struct message *start(void);
struct message *start(void) {
    (void)system_birth(record, sizeof record);
    return &buffer;
}

[[clang::export_name("handle")]] void handle(struct message *message);
void handle(struct message *message) {
    struct message answer = {.words = {message->words[0] + 1, ++turns}};
    switch (message->operation) {
    case ASK_COUNT:
        (void)system_reply(message->reply, &answer);
        break;
    case ASK_TRAP:
        __builtin_trap();
    case ASK_EXIT:
        system_exit((uint32_t)message->words[0]);
    case ASK_LOOP:
    case ASK_GATES:
        loop(message->operation == ASK_GATES);
        break;
    case ASK_WORK:
        work(message->words[0]);
        (void)system_reply(message->reply, &answer);
        break;
    default:
        break;
    }
}
