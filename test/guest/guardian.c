/* SPDX-License-Identifier: MIT */
/*
 * Makes and minds processes of child.wasm, in every way that <abi/process.h> tells of. Leaves with
 * 0, or with the line at which something was not as it should be.
 */
#include "expect.h"
#include <base/string.h>
#include <user/timer.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr uint32_t SUM = 200 * 201 / 2;
enum : uint32_t { ASK_COUNT = 1, ASK_KEEP, ASK_TRAP, ASK_EXIT, ASK_LOOP, ASK_GATES, ASK_WORK };

static const uint8_t child[] = {
#embed "child.wasm"
};

static handle_t module;

static struct process_spec spec_of(const char *name, uint32_t flags) {
    struct process_spec spec = {.modules = {module}, .module_count = 1, .flags = flags};
    memcpy(spec.name, name, strlen(name) + 1);
    return spec;
}

static handle_t create(const struct process_spec *spec, uint64_t key) {
    handle_t process;
    CHECK(system_process_create(spec, key, &process) == OK);
    return process;
}

static status_t start(handle_t process, const char *argument, handle_t handle) {
    struct {
        struct birth birth;
        struct birth_handle handle;
        char strings[8];
    } record = {.handle = {handle, PROTOCOL_CONSOLE}};
    uint32_t length = (uint32_t)strlen(argument) + 1;
    memcpy(record.strings, argument, length);
    memcpy(record.strings + length, "h", 2);
    record.birth = (struct birth){.magic = BIRTH_MAGIC,
                                  .argument_count = 1,
                                  .handle_count = 1,
                                  .strings_size = length + 2,
                                  .size = sizeof record.birth + sizeof record.handle + length + 2};
    return system_process_start(process, &record, record.birth.size);
}

static void expect(uint64_t key, enum process_end how, uint64_t word) {
    struct message in = {};
    CHECK(system_receive(&in, system_time_get() + 60 * SECOND_NS) == OK);
    CHECK(in.operation == MESSAGE_ENDED && in.badge == key && in.reply == HANDLE_NONE);
    CHECK(in.words[0] == how && in.words[1] == word);
}

static void expect_nothing(void) {
    struct message in = {};
    CHECK(system_receive(&in, DEADLINE_NOW) == ERR_TIMED_OUT);
}

static handle_t mint(handle_t process, uint64_t badge) {
    handle_t handle;
    CHECK(system_process_mint(process, badge, &handle) == OK);
    return handle;
}

static struct process_info info_of(handle_t process) {
    struct process_info info;
    CHECK(system_process_status(process, &info) == OK);
    return info;
}

static void close(handle_t handle) {
    CHECK(system_handle_close(handle) == OK);
}

static handle_t own(uint64_t badge) {
    handle_t handle;
    CHECK(system_handle_mint(badge, &handle) == OK);
    return handle;
}

/* ---- */

static void check_modules(void) {
    handle_t other, copy;
    CHECK(system_module_create("child", 5, child, sizeof child, &module) == OK);
    CHECK(system_module_create("child", 0, child, sizeof child, &other) == ERR_INVALID);
    CHECK(system_module_create("a\0b", 3, child, sizeof child, &other) == ERR_INVALID);
    CHECK(system_module_create("bad", 3, child, sizeof child - 1, &other) == ERR_CORRUPT);
    CHECK(system_module_create("bad", 3, child, 0, &other) == ERR_CORRUPT);
    CHECK(system_handle_copy(module, &copy) == OK);
    close(module);
    module = copy; /* and that is as good */
}

static void check_specs(void) {
    handle_t out;
    struct process_spec good = spec_of("good", 0), spec = good;
#define REFUSE(change, why)                                                                        \
    spec = good;                                                                                   \
    change;                                                                                        \
    CHECK(system_process_create(&spec, 1, &out) == (why))
    REFUSE(spec.name[0] = 0, ERR_INVALID);
    REFUSE(memset(spec.name, 'x', sizeof spec.name), ERR_INVALID);
    REFUSE(spec.module_count = 0, ERR_INVALID);
    REFUSE(spec.module_count = PROCESS_MODULES + 1, ERR_INVALID);
    REFUSE(spec.flags = 8, ERR_INVALID);
    REFUSE(spec.priority = PROCESS_PRIORITIES, ERR_INVALID);
    REFUSE(spec.stack_size = 100, ERR_INVALID);
    REFUSE(spec.stack_size = UINT32_MAX, ERR_INVALID);
    REFUSE(spec.handles = UINT32_MAX, ERR_INVALID);
    REFUSE(spec.mailbox_bytes = UINT32_MAX, ERR_INVALID);
    REFUSE(spec.unused = 1, ERR_INVALID);
    REFUSE(spec.turn_ms = 100, ERR_INVALID); /* a command has no turns */
    REFUSE(spec.modules[0] = HANDLE_NONE, ERR_BAD_HANDLE);
    REFUSE(spec.modules[0] = own(1), ERR_BAD_HANDLE);
    close(spec.modules[0]);
    struct message in = {};
    CHECK(system_receive(&in, DEADLINE_NOW) == OK && in.operation == MESSAGE_RELEASED);
}

static void check_births(void) {
    struct process_spec spec = spec_of("born", 0);
    handle_t process = create(&spec, 1), copy;
    struct birth birth = {BIRTH_MAGIC, sizeof birth, 0, 0, 0, 0};
    CHECK(system_process_start(module, &birth, sizeof birth) == ERR_BAD_HANDLE);
    CHECK(system_process_start(process, &birth, sizeof birth - 1) == ERR_INVALID);
    static uint8_t large[BIRTH_MAX + 1];
    CHECK(system_process_start(process, large, sizeof large) == ERR_TOO_BIG);
    birth.magic++;
    CHECK(system_process_start(process, &birth, sizeof birth) == ERR_INVALID);
    birth = (struct birth){BIRTH_MAGIC, sizeof birth, 1, 0, 0, 0};
    CHECK(system_process_start(process, &birth, sizeof birth) == ERR_INVALID);
    birth = (struct birth){BIRTH_MAGIC, sizeof birth, 0, 0, UINT32_MAX, 0};
    CHECK(system_process_start(process, &birth, sizeof birth) == ERR_INVALID);
    CHECK(start(process, "x", HANDLE_NONE) == ERR_BAD_HANDLE);
    CHECK(start(process, "x", process) == ERR_BAD_HANDLE);
    CHECK(system_handle_copy(process, &copy) == ERR_BAD_HANDLE);
    CHECK(system_process_mint(module, 1, &copy) == ERR_BAD_HANDLE);
    CHECK(system_process_kill(module) == ERR_BAD_HANDLE);
    struct process_info info;
    CHECK(system_process_status(HANDLE_NONE, &info) == ERR_BAD_HANDLE);
    info = info_of(process);
    CHECK(info.state == PROCESS_STATE_CREATED && info.handles == 0 && info.restarts == 0);
    CHECK(system_process_kill(process) == OK); /* it rests */
    expect_nothing();
    close(process);
}

/* ---- ends ---- */

static void check_ends(void) {
    struct process_spec spec = spec_of("ends", 0);
    handle_t process = create(&spec, 77);
    CHECK(start(process, "x", module) == OK);
    CHECK(start(process, "x", module) == ERR_BUSY);
    expect(77, PROCESS_EXITED, 42);
    CHECK(start(process, "n", module) == OK);
    expect(77, PROCESS_EXITED, 0);
    CHECK(start(process, "t", module) == OK);
    expect(77, PROCESS_TRAPPED, 1);
    CHECK(start(process, "r", module) == OK);
    expect(77, PROCESS_EXITED, SUM);
    close(process);
}

static void check_refused(void) {
    /* it imports nothing that is there: the module stands in for an adapter it does not need */
    static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    handle_t nothing, all = module;
    CHECK(system_module_create("empty", 5, empty, sizeof empty, &nothing) == OK);
    module = nothing;
    struct process_spec spec = spec_of("empty", 0);
    handle_t process = create(&spec, 3);
    CHECK(start(process, "x", all) == OK);
    expect(3, PROCESS_REFUSED, (uint32_t)ERR_NOT_FOUND);
    CHECK(info_of(process).state == PROCESS_STATE_ENDED);
    close(process);
    close(nothing);
    module = all;
}

static void check_kills(void) {
    static const char *const ways[] = {"w", "c", "s"};
    struct process_spec spec = spec_of("killed", 0);
    handle_t process = create(&spec, 5), sink;
    struct process_spec sink_spec = spec_of("sink", 0);
    sink = create(&sink_spec, 6);
    for (uint32_t i = 0; i < 3; i++) {
        handle_t to = mint(sink, i);
        CHECK(start(process, ways[i], to) == OK);
        close(to);
        CHECK(system_process_kill(process) == OK); /* before it ran */
        expect(5, PROCESS_KILLED, 0);
        to = mint(sink, i);
        CHECK(start(process, ways[i], to) == OK);
        close(to);
        struct message in = {};
        CHECK(system_receive(&in, system_time_get() + 20'000'000) == ERR_TIMED_OUT);
        CHECK(info_of(process).state == PROCESS_STATE_WAITING);
        CHECK(system_process_kill(process) == OK);
        expect(5, PROCESS_KILLED, 0);
    }
    CHECK(info_of(process).restarts == 5 && info_of(process).handles == 0);
    close(process);
    close(sink);
}

/* They share the core with each other, with whom a deadline wakes, and with one that ends. */
static void check_loops(void) {
    struct process_spec spec = spec_of("loop", 0);
    handle_t loops[2], other = create(&spec, 7);
    for (uint32_t i = 0; i < 2; i++) {
        loops[i] = create(&spec, 10 + i);
        CHECK(start(loops[i], "l", module) == OK);
    }
    struct message in = {};
    CHECK(system_receive(&in, system_time_get() + 50'000'000) == ERR_TIMED_OUT);
    CHECK(start(other, "r", module) == OK);
    expect(7, PROCESS_EXITED, SUM);
    for (uint32_t i = 0; i < 2; i++) {
        CHECK(info_of(loops[i]).state != PROCESS_STATE_ENDED);
        CHECK(system_process_kill(loops[i]) == OK);
        expect(10 + i, PROCESS_KILLED, 0);
        close(loops[i]);
    }
    close(other);
}

/* ---- handlers ---- */

static status_t ask(handle_t to, uint32_t what, uint64_t word, struct message *reply) {
    struct message request = {.operation = what, .words = {word}};
    *reply = (struct message){};
    return system_call(to, &request, reply);
}

static void check_handler(void) {
    struct process_spec spec = spec_of("server", PROCESS_HANDLER | PROCESS_CHECKED);
    handle_t server = create(&spec, 9), to = mint(server, 31);
    struct message reply, keep = {.operation = ASK_KEEP}, later = {.operation = ASK_COUNT};
    CHECK(start(server, "", module) == OK);
    CHECK(ask(to, ASK_COUNT, 6, &reply) == OK && reply.words[0] == 7 && reply.words[1] == 1);
    CHECK(ask(to, ASK_COUNT, 8, &reply) == OK && reply.words[0] == 9 && reply.words[1] == 2);
    CHECK(info_of(server).turns >= 2 && info_of(server).state == PROCESS_STATE_WAITING);
    /* it keeps a request, and traps while another lies in its mailbox */
    CHECK(system_send(to, &keep, 100, DEADLINE_NOW) == OK);
    CHECK(system_send(to, &(struct message){.operation = ASK_TRAP}, 101, DEADLINE_NOW) == OK);
    CHECK(system_send(to, &later, 102, DEADLINE_NOW) == OK);
    expect(9, PROCESS_TRAPPED, 1);
    expect_nothing();
    CHECK(start(server, "", module) == OK);
    struct message in = {};
    CHECK(system_receive(&in, DEADLINE_NEVER) == OK && in.operation == MESSAGE_REPLY);
    CHECK(in.badge == 100 && in.status == ERR_RESTARTED);
    CHECK(system_receive(&in, DEADLINE_NEVER) == OK && in.badge == 101);
    CHECK(in.status == ERR_RESTARTED);
    CHECK(system_receive(&in, DEADLINE_NEVER) == OK && in.badge == 102);
    CHECK(in.status == OK && in.words[1] == 1);                        /* a fresh life */
    CHECK(ask(to, ASK_COUNT, 1, &reply) == OK && reply.words[1] == 2); /* the same handle */
    CHECK(info_of(server).restarts == 1);
    CHECK(system_send(to, &keep, 103, DEADLINE_NOW) == OK);
    CHECK(ask(to, ASK_COUNT, 1, &reply) == OK);
    close(server);
    CHECK(system_receive(&in, DEADLINE_NEVER) == OK && in.badge == 103 && in.status == ERR_CLOSED);
    CHECK(ask(to, ASK_COUNT, 1, &reply) == ERR_CLOSED);
    close(to);
    expect_nothing();
}

static void check_limits(void) {
    struct process_spec spec = spec_of("poor", 0);
    spec.handles = 10;
    spec.memory_pages = 12;
    handle_t process = create(&spec, 4);
    CHECK(info_of(process).handle_limit == 10);
    CHECK(start(process, "h", module) == OK);
    expect(4, PROCESS_EXITED, 9); /* and one that it was born with */
    CHECK(start(process, "g", module) == OK);
    struct message in = {};
    CHECK(system_receive(&in, DEADLINE_NEVER) == OK && in.words[0] == PROCESS_EXITED);
    CHECK(in.words[1] > 0 && in.words[1] < 12);
    CHECK(info_of(process).memory_bytes == 0 && info_of(process).kernel_bytes > 0);
    CHECK(info_of(process).cpu_ns > 0 && info_of(process).cpu_ns < system_time_get());
    close(process);
    spec.memory_pages = 1;
    process = create(&spec, 8);
    CHECK(start(process, "g", module) == OK);
    expect(8, PROCESS_REFUSED, (uint32_t)ERR_NO_MEMORY);
    close(process);
}

/* Alone on the core, as its guardian waits: turns that end share no time, one that does not ends
 * soon after its limit. */
static void check_turn(uint32_t how) {
    constexpr uint64_t TURN_TRAP = 13;
    struct process_spec spec = spec_of("slow", PROCESS_HANDLER);
    spec.turn_ms = 200;
    handle_t server = create(&spec, 5), to = mint(server, 1);
    struct message reply, forever = {.operation = how};
    CHECK(start(server, "", module) == OK);
    for (uint32_t i = 0; i < 15; i++) {
        CHECK(ask(to, ASK_WORK, 20'000'000, &reply) == OK && reply.words[1] == i + 1);
    }
    uint64_t before_ns = system_time_get();
    CHECK(system_send(to, &forever, 0, DEADLINE_NOW) == OK);
    expect(5, PROCESS_TRAPPED, TURN_TRAP);
    CHECK(system_time_get() - before_ns >= 200'000'000);
    CHECK(start(server, "", module) == OK);
    CHECK(ask(to, ASK_COUNT, 1, &reply) == OK && reply.words[1] == 1);
    close(server);
    close(to);
}

static void check_turns(void) {
    check_turn(ASK_LOOP);
    check_turn(ASK_GATES);
}

static void expect_timer(uint64_t key, uint64_t deadline_ns) {
    struct message in = {};
    CHECK(system_receive(&in, DEADLINE_NEVER) == OK && system_time_get() >= deadline_ns);
    CHECK(in.operation == MESSAGE_TIMER && in.badge == key && in.words[0] == 1);
}

/* Also while this program waits for nothing, and loops. */
static void check_timers(void) {
    constexpr uint64_t MS = 1'000'000;
    struct message in = {};
    uint64_t now_ns = system_time_get();
    CHECK(timer_after(2, 20 * MS) == OK && timer_after(1, 10 * MS) == OK);
    CHECK(timer_after(3, 5 * MS) == OK && timer_after(3, 30 * MS) == OK);
    CHECK(timer_after(4, 15 * MS) == OK);
    timer_cancel(4);
    expect_timer(1, now_ns + 10 * MS);
    expect_timer(2, now_ns + 20 * MS);
    expect_timer(3, now_ns + 30 * MS);
    now_ns = system_time_get();
    CHECK(timer_after(1, 5 * MS) == OK);
    do {
        CHECK(system_time_get() < now_ns + 60 * SECOND_NS);
    } while (system_receive(&in, DEADLINE_NOW) == ERR_TIMED_OUT);
    CHECK(in.operation == MESSAGE_TIMER && in.badge == 1);
    for (uint64_t i = 0; i < 16; i++) {
        CHECK(timer_after(i, SECOND_NS * 1000) == OK);
    }
    CHECK(timer_after(99, 0) == ERR_FULL);
    for (uint64_t i = 0; i < 16; i += 2) {
        timer_cancel(i);
    }
}

/* They are still there when this ends. */
static void leave_some(void) {
    struct process_spec spec = spec_of("left", PROCESS_HANDLER);
    for (uint32_t i = 0; i < 20; i++) {
        handle_t process = create(&spec, i);
        CHECK(i % 2 == 0 || start(process, "", module) == OK);
    }
}

[[clang::export_name("_start")]] void command(void);
void command(void) {
    check_modules();
    check_specs();
    check_births();
    check_ends();
    check_refused();
    check_kills();
    check_loops();
    check_handler();
    check_limits();
    check_turns();
    check_timers();
    leave_some();
}
