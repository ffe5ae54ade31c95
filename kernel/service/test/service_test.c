/* SPDX-License-Identifier: MIT */
/* The kernel as a server, asked by a native client: each operation, each right, and bad requests.
 */
#include "../../../host/port/target.h"
#include <abi/system.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <engine/engine.h>
#include <engine/target.h>
#include <kernel/log.h>
#include <kernel/program.h>
#include <kernel/service.h>
#include <kernel/trace.h>
#include <proto/kernel.h>
#include <stdio.h>
#include <string.h>
#include <test/check.h>

static const uint8_t child[] = {
#embed "child.wasm"
};

static struct process *service, *client;
static handle_t all;
static uint8_t room[64 * 1024];
static unsigned powered;

/* An archive: a directory, the child, a link to it, a hole where a header should be. */
static uint8_t initrd[5 * 512 + sizeof child];
static size_t initrd_size;

static void add_header(char kind, const char *name, const char *target, size_t size) {
    char *header = (char *)initrd + initrd_size;
    unsigned sum = 0;
    snprintf(header, 100, "%s", name);
    snprintf(header + 100, 8, "%07o", 0444);
    snprintf(header + 124, 12, "%011o", (unsigned)size);
    snprintf(header + 136, 12, "%011o", 7u);
    snprintf(header + 157, 100, "%s", target);
    header[156] = kind;
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    memset(header + 148, ' ', 8);
    for (unsigned i = 0; i < 512; i++) {
        sum += (uint8_t)header[i];
    }
    snprintf(header + 148, 8, "%06o", sum);
    initrd_size += 512;
}

static void make_initrd(void) {
    add_header('5', "sys/", "", 0);
    add_header('0', "sys/child.wasm", "", sizeof child);
    memcpy(initrd + initrd_size, child, sizeof child);
    initrd_size += align_up(sizeof child, 512);
    add_header('2', "link", "sys/child.wasm", 0);
    ensure(initrd_size <= sizeof initrd);
}

static bool get_initrd(struct bytes *out) {
    *out = bytes_init(initrd, initrd_size);
    return true;
}

static void power(bool reboot) {
    powered += reboot ? 10 : 1;
}

static unsigned devices;

static void destroy_device(struct shared *shared) {
    devices++;
}

static const struct shared_kind device_kind = {"device", destroy_device};

static status_t find_device(struct text name, struct shared **out) {
    static struct shared device;
    device = (struct shared){&device_kind, 1};
    *out = &device;
    return text_equal(name, text_of("uart")) ? OK : ERR_NOT_FOUND;
}

static void describe(format_sink *sink, void *context) {
    format_to(sink, context, "cpu %s\n", "any");
}

static void get_memory(struct kernel_memory *out) {
    *out = (struct kernel_memory){.total = 4096, .free = 1};
}

static size_t shown;

static bool show(const uint8_t *bytes, size_t size) {
    shown += size;
    return size < 400;
}

static struct service_place place;

static struct message ask_as(handle_t handle, uint32_t operation, uint64_t first, uint64_t second,
                             const char *payload) {
    struct message request = {.operation = operation,
                              .words = {first, second},
                              .payload = (void *)(uintptr_t)payload,
                              .payload_size = (uint32_t)strlen(payload)};
    struct message reply = {.payload = room, .payload_capacity = sizeof room};
    memset(room, 0, sizeof room);
    ensure(process_call(client, handle, &request, &reply) == WAITING);
    CHECK(process_await(client) == OK);
    return reply;
}

static struct message ask(uint32_t operation, uint64_t first, uint64_t second,
                          const char *payload) {
    return ask_as(all, operation, first, second, payload);
}

static void test_log(void) {
    CHECK(ask(KERNEL_LOG_WRITE, LOG_ERROR, 0, "one\x1b[2J").status == OK);
    CHECK(ask(KERNEL_LOG_WRITE, UINT64_MAX, 0, "too fine").status == OK); /* the level is not on */
    struct message reply = ask(KERNEL_LOG_READ, 0, sizeof room, "");
    CHECK(reply.status == OK && strstr((char *)room, "error program: one?[2J\n") != nullptr);
    CHECK(strstr((char *)room, "too fine") == nullptr && reply.words[1] == 0);
    uint64_t next = reply.words[0];
    reply = ask(KERNEL_LOG_READ, next, sizeof room, "");
    CHECK(reply.payload_size == 0 && reply.words[0] == next);
    CHECK(ask(KERNEL_LOG_READ, UINT64_MAX, sizeof room, "").words[0] == next);
    CHECK(ask(KERNEL_LOG_READ, 0, 5, "").payload_size == 0); /* a line does not fit */
    for (unsigned i = 0; i < 300; i++) {
        log_write(LOG_ERROR, "test", "line %u", i);
    }
    reply = ask(KERNEL_LOG_READ, next, 300, "");
    CHECK(reply.words[1] > 100 && reply.payload_size > 0 && reply.payload_size <= 300);
    CHECK(room[reply.payload_size - 1] == '\n');
    reply = ask(KERNEL_TRACE_READ, UINT64_MAX, 0, "");
    CHECK(strstr((char *)room, "switch to client\n") != nullptr);
}

/* The question stays open until there is a line, and somebody asks. */
static void test_watch(void) {
    struct message in = {.payload = nullptr};
    struct message request = {.operation = KERNEL_LOG_WATCH};
    request.words[0] = ask(KERNEL_LOG_READ, UINT64_MAX, 0, "").words[0];
    CHECK(process_send(client, all, &request, 7, DEADLINE_NOW) == OK && core_poll() == nullptr);
    CHECK(ask(KERNEL_WALL_TIME, 0, 0, "").status == OK);
    CHECK(process_receive(client, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
    CHECK(ask(KERNEL_LOG_WRITE, LOG_ERROR, 0, "news").status == OK);
    CHECK(process_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 7);
    CHECK(in.operation == MESSAGE_REPLY && in.words[0] == request.words[0] + 1);
    CHECK(process_send(client, all, &request, 8, DEADLINE_NOW) == OK && core_poll() == nullptr);
    CHECK(process_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 8); /* it is there */
    request.words[0] = UINT64_MAX;
    for (unsigned i = 0; i < 9; i++) { /* one more than can wait */
        CHECK(process_send(client, all, &request, 100 + i, DEADLINE_NOW) == OK);
        CHECK(core_poll() == nullptr);
    }
    CHECK(process_receive(client, &in, DEADLINE_NOW) == OK && in.badge == 100);
    CHECK(process_receive(client, &in, DEADLINE_NOW) == ERR_TIMED_OUT);
}

static void test_processes(void) {
    struct process_info info[KERNEL_LIST_MAX];
    struct message reply = ask(KERNEL_LIST, 0, 1, "");
    CHECK(reply.payload_size == sizeof *info && reply.words[0] == 2);
    memcpy(info, room, sizeof *info);
    CHECK(strcmp(info->name, "kernel") == 0 && info->number == 1 && info->guardian == 0);
    reply = ask(KERNEL_LIST, reply.words[0], UINT64_MAX, "");
    CHECK(reply.payload_size == sizeof *info && reply.words[0] == 0);
    memcpy(info, room, sizeof *info);
    CHECK(strcmp(info->name, "client") == 0 && info->handles == 1);
    CHECK(info->state == PROCESS_STATE_WAITING);
    static struct process *many[100];
    const struct process_limits limits = {.handles = 1};
    for (unsigned i = 0; i < 100; i++) {
        ensure(process_create("many", &limits, &many[i]) == OK);
    }
    unsigned count = 0;
    for (uint64_t from = 0; count == 0 || from != 0; from = reply.words[0]) {
        reply = ask(KERNEL_LIST, from, UINT64_MAX, "");
        count += reply.payload_size / sizeof *info;
        CHECK(reply.payload_size > 0);
    }
    CHECK(count == 102);
    CHECK(ask(KERNEL_END, 50, 0, "").status == ERR_DENIED); /* the kernel's own */
    CHECK(ask(KERNEL_END, 103, 0, "").status == ERR_NOT_FOUND);
    for (unsigned i = 0; i < 100; i += 2) {
        process_destroy(many[i]);
    }
    CHECK(ask(KERNEL_END, 3, 0, "").status == ERR_NOT_FOUND);
    reply = ask(KERNEL_LIST, 3, 2, "");
    memcpy(info, room, 2 * sizeof *info);
    CHECK(info[0].number == 4 && info[1].number == 6 && reply.words[0] == 8);
    for (unsigned i = 1; i < 100; i += 2) {
        process_destroy(many[i]);
    }
    CHECK(ask(KERNEL_LIST, 3, 2, "").payload_size == 0);
}

static void test_machine(void) {
    CHECK(ask(KERNEL_MEMORY, 0, 0, "").payload_size == sizeof(struct kernel_memory));
    CHECK(ask(KERNEL_MODULES, 0, 0, "").payload_size == sizeof(struct kernel_modules));
    CHECK(ask(KERNEL_MACHINE, 0, 0, "").payload_size == 8 && memcmp(room, "cpu any\n", 8) == 0);
    CHECK(ask(KERNEL_SHOW, 0, 0, "text").status == OK && shown == 4);
    CHECK(ask(KERNEL_SHOW, 0, 0, "").status == OK && shown == 4);
    static char many[514];
    memset(many, 'x', 500);
    CHECK(ask(KERNEL_SHOW, 0, 0, many).status == ERR_NOT_FOUND && shown == 504);
    CHECK(ask(KERNEL_WALL_TIME, 0, 0, "").words[0] > 1'600'000'000'000'000'000);
    CHECK(ask(KERNEL_RANDOM, 257, 0, "").status == ERR_TOO_BIG);
    CHECK(ask(KERNEL_RANDOM, 0, 0, "").payload_size == 0);
    uint8_t zeros[32] = {0};
    CHECK(ask(KERNEL_RANDOM, 256, 0, "").payload_size == 256 && memcmp(room, zeros, 32) != 0);
    CHECK(ask(KERNEL_POWER, 3, 0, "").status == ERR_INVALID && powered == 0);
    CHECK(ask(KERNEL_POWER, KERNEL_POWER_OFF, 0, "").status != OK && powered == 1);
    CHECK(ask(KERNEL_POWER, KERNEL_POWER_REBOOT, 0, "").status != OK && powered == 11);
}

static void test_files(void) {
    struct message reply = ask(KERNEL_FILE, 0, UINT64_MAX, "sys/child.wasm");
    size_t first = sizeof child < sizeof room ? sizeof child : sizeof room;
    CHECK(reply.status == OK && reply.payload_size == first && reply.words[0] == sizeof child);
    CHECK(memcmp(room, child, first) == 0);
    reply = ask(KERNEL_FILE, sizeof child - 3, UINT64_MAX, "sys/child.wasm");
    CHECK(reply.payload_size == 3 && memcmp(room, child + sizeof child - 3, 3) == 0);
    CHECK(ask(KERNEL_FILE, UINT64_MAX, UINT64_MAX, "sys/child.wasm").payload_size == 0);
    CHECK(ask(KERNEL_FILE, 0, 0, "other").status == ERR_NOT_FOUND);
    reply = ask(KERNEL_MODULE, 0, 0, "sys/child.wasm");
    CHECK(reply.status == OK && reply.handle_count == 1);
    CHECK(process_handle_close(client, reply.handles[0]) == OK);
    reply = ask(KERNEL_MODULE, 0, 0, "other");
    CHECK(reply.status == ERR_NOT_FOUND && reply.handle_count == 0);
    reply = ask(KERNEL_DEVICE, 0, 0, "uart");
    CHECK(reply.status == OK && reply.handle_count == 1 && devices == 0);
    CHECK(process_shared(client, reply.handles[0], &device_kind) != nullptr);
    CHECK(process_handle_close(client, reply.handles[0]) == OK && devices == 1);
    CHECK(ask(KERNEL_DEVICE, 0, 0, "other").status == ERR_NOT_FOUND);
}

static const struct kernel_file *entry_at(size_t at) {
    return (const struct kernel_file *)(const void *)(room + at);
}

static void test_places(void) {
    struct message reply = ask(KERNEL_FILES, 0, UINT64_MAX, "");
    const struct kernel_file *folder = entry_at(0), *file = entry_at(64), *link = entry_at(136);
    CHECK(reply.status == OK && reply.words[0] == 0 && reply.payload_size == 136 + 80);
    CHECK(folder->kind == KERNEL_FILE_DIRECTORY && folder->name_size == 4 && folder->header == 0);
    CHECK(file->kind == KERNEL_FILE_REGULAR && file->size == sizeof child);
    CHECK(file->place == 1024 && file->modification_s == 7 && file->target_size == 0);
    CHECK(memcmp(file + 1, "sys/child.wasm\0", 16) == 0);
    CHECK(link->kind == KERNEL_FILE_SYMLINK && link->name_size == 4 && link->size == 0);
    CHECK(memcmp(link + 1, "linksys/child.wasm", 18) == 0);
    uint64_t after = file->header;
    reply = ask(KERNEL_FILES, 0, 100, ""); /* one after the other */
    CHECK(reply.payload_size == 64 && reply.words[0] == after);
    reply = ask(KERNEL_FILES, after, 100, "");
    CHECK(reply.payload_size == 72 && memcmp(room + 56, "sys/child.wasm", 14) == 0);
    reply = ask(KERNEL_FILES, reply.words[0], 100, "");
    CHECK(reply.payload_size == 80 && reply.words[0] == 0);
    CHECK(ask(KERNEL_FILES, 0, 63, "").status == ERR_TOO_BIG);
    CHECK(ask(KERNEL_FILES, UINT64_MAX, 100, "").status == ERR_INVALID);
    reply = ask(KERNEL_FILES, 1030, 100, ""); /* in the middle of something */
    CHECK(reply.status == ERR_CORRUPT && reply.words[0] == 1030);
    reply = ask(KERNEL_BYTES, 1024, UINT64_MAX, "");
    CHECK(reply.words[0] == initrd_size && memcmp(room, child, sizeof child) == 0);
    CHECK(ask(KERNEL_BYTES, UINT64_MAX, UINT64_MAX, "").payload_size == 0);
    CHECK(ask(KERNEL_BYTES, 0, 0, "").payload_size == 0);
}

/* Each operation with all rights but its own. */
static void test_rights(void) {
    static const struct {
        uint32_t operation, right;
    } operations[] = {
#define OP(name, number, right, text) {name, right},
#include <proto/kernel.def>
#undef OP
    };
    powered = 0;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        uint32_t right = operations[i].right;
        struct message reply = ask(KERNEL_LIMIT, ~(uint64_t)right, 0, "");
        CHECK(reply.status == OK && reply.handle_count == 1);
        handle_t less = reply.handles[0];
        reply = ask_as(less, operations[i].operation, 3, 0, "");
        CHECK(right == 0 || reply.status == ERR_DENIED);
        if (reply.handle_count > 0) {
            CHECK(process_handle_close(client, reply.handles[0]) == OK);
        }
        CHECK(process_handle_close(client, less) == OK);
    }
    struct message reply = ask(KERNEL_LIMIT, KERNEL_MAY_TIME, 0, "");
    handle_t less = reply.handles[0];
    reply = ask_as(less, KERNEL_LIMIT, KERNEL_MAY_ALL, 0, ""); /* no more than it has */
    CHECK(ask_as(reply.handles[0], KERNEL_RANDOM, 1, 0, "").status == ERR_DENIED);
    CHECK(ask_as(reply.handles[0], KERNEL_WALL_TIME, 0, 0, "").status == OK);
    CHECK(process_handle_close(client, reply.handles[0]) == OK);
    CHECK(process_handle_close(client, less) == OK);
    CHECK(powered == 0 && ask(0, 0, 0, "").status == ERR_NOT_SUPPORTED);
    CHECK(ask(1000, 0, 0, "").status == ERR_NOT_SUPPORTED);
}

/* What it does not want is closed, and who sends does not wait. */
static void test_leaks(void) {
    struct message message = {.operation = KERNEL_RANDOM, .words = {8}};
    struct process_usage before, usage;
    process_usage_get(service, &before); /* who watches the log */
    for (unsigned i = 0; i < 5000; i++) {
        message.operation = i % 2 == 0 ? KERNEL_MODULE : KERNEL_LIMIT;
        message.payload = (void *)(uintptr_t)"sys/child.wasm";
        message.payload_size = 14;
        message.handle_count = 1;
        CHECK(process_handle_copy(client, all, &message.handles[0]) == OK);
        CHECK(process_send(client, all, &message, 0, DEADLINE_NOW) == OK);
        CHECK(core_poll() == nullptr);
    }
    process_usage_get(service, &usage);
    CHECK(usage.handles == before.handles && usage.messages == 0);
}

int main(void) {
    struct engine *engine;
    const struct engine_config config = {.target = port_target(), .code_size = 16 << 20};
    const struct process_limits limits = {.handles = 100, .mailbox_messages = 20};
    ensure(engine_create(&config, &engine) == OK);
    make_initrd();
    place =
        (struct service_place){engine, get_initrd, find_device, get_memory, describe, show, power};
    ensure(service_start(&place, &service) == OK);
    ensure(process_create("client", &limits, &client) == OK);
    ensure(process_grant(client, service, KERNEL_MAY_ALL, &all) == OK);
    test_processes();
    test_log();
    test_watch();
    test_machine();
    test_files();
    test_places();
    test_rights();
    test_leaks();
    place = (struct service_place){.engine = engine};
    CHECK(ask(KERNEL_FILE, 0, 9, "a").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_FILES, 0, 9, "").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_BYTES, 0, 9, "").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_MODULE, 0, 9, "a").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_DEVICE, 0, 9, "a").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_MEMORY, 0, 9, "").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_MACHINE, 0, 9, "").status == ERR_NOT_SUPPORTED);
    CHECK(ask(KERNEL_SHOW, 0, 0, "").status == ERR_NOT_FOUND);
    CHECK(ask(KERNEL_POWER, 1, 9, "").status == ERR_NOT_SUPPORTED);
    process_destroy(client);
    process_destroy(service);
    engine_destroy(engine);
    return check_finish("service");
}
