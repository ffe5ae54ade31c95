/* SPDX-License-Identifier: MIT */
/*
 * What a program of the default image finds: a clock, chance, the files of the initrd and /tmp, and
 * the kernel's server. It tells the log what the kernel says of the machine, and leaves with 0, or
 * with a number that says which check failed.
 */
#include <base/string.h>
#include <proto/clock.h>
#include <proto/file.h>
#include <proto/kernel.h>
#include <proto/random.h>
#include <user/ask.h>
#include <user/birth.h>

constexpr uint32_t BIG = 200'000; /* bytes of the file "big": byte i is i * 7 */

static handle_t kernel;
static uint8_t bytes[MESSAGE_PAYLOAD_MAX];

static void check(bool holds, uint32_t code) {
    if (!holds) {
        system_exit(code);
    }
}

static struct message ask(handle_t server, uint32_t operation, uint64_t first, uint64_t second,
                          struct text payload, uint32_t code) {
    struct message request = {.operation = operation,
                              .words = {first, second},
                              .payload = (void *)(uintptr_t)payload.bytes,
                              .payload_size = (uint32_t)payload.size};
    struct message reply = {.payload = bytes, .payload_capacity = sizeof bytes};
    check(ask_once(server, &request, &reply) == OK, code);
    return reply;
}

/* Of a text that lies in `bytes`. */
static void tell_lines(uint32_t size) {
    struct text rest = {(const char *)bytes, size};
    while (rest.size > 0) {
        struct text line = text_split(&rest, '\n');
        struct message request = {.operation = KERNEL_LOG_WRITE,
                                  .words = {2},
                                  .payload = (void *)(uintptr_t)line.bytes,
                                  .payload_size = (uint32_t)line.size};
        struct message reply = {.payload = nullptr};
        check(ask_once(kernel, &request, &reply) == OK, 10);
    }
}

static void look_at_machine(void) {
    struct kernel_memory memory;
    const struct text none = {nullptr, 0};
    struct message reply = ask(kernel, KERNEL_MEMORY, 0, 0, none, 11);
    memcpy(&memory, bytes, sizeof memory);
    check(reply.payload_size == sizeof memory && memory.free > 0 && memory.total > memory.free, 12);
    reply = ask(kernel, KERNEL_MACHINE, 0, 0, none, 13);
    check(reply.payload_size > 0, 14);
    tell_lines(reply.payload_size);
}

static void look_at_servers(void) {
    const struct text none = {nullptr, 0};
    handle_t clock = birth_find(PROTOCOL_CLOCK, nullptr);
    handle_t random = birth_find(PROTOCOL_RANDOM, nullptr);
    uint64_t first = ask(clock, CLOCK_GET, CLOCK_MONOTONIC, 0, none, 20).words[0];
    uint64_t second = ask(clock, CLOCK_GET, CLOCK_MONOTONIC, 0, none, 21).words[0];
    check(first > 0 && second >= first, 22);
    uint32_t set = 0;
    check(ask(random, RANDOM_GET, 1000, 0, none, 23).payload_size == 1000, 24);
    for (uint32_t i = 0; i < 1000; i++) {
        set += (uint32_t)__builtin_popcount(bytes[i]);
    }
    check(set > 3500 && set < 4500, 25);
}

static handle_t open_file(handle_t root, const char *path, uint64_t flags, uint64_t rights,
                          uint32_t code) {
    struct message reply = ask(root, FILE_OPEN, flags, rights, text_of(path), code);
    check(reply.handle_count == 1, code);
    return reply.handles[0];
}

static void look_at_big(handle_t file, uint32_t code) {
    const struct text none = {nullptr, 0};
    for (uint32_t at = 0; at < BIG;) {
        struct message reply = ask(file, FILE_READ, at, sizeof bytes, none, code);
        uint32_t wanted = BIG - at < sizeof bytes ? BIG - at : sizeof bytes;
        check(reply.payload_size == wanted, code + 1);
        for (uint32_t i = 0; i < reply.payload_size; i++) {
            check(bytes[i] == (uint8_t)((at + i) * 7), code + 2);
        }
        at += reply.payload_size;
    }
    check(ask(file, FILE_READ, BIG, sizeof bytes, none, code + 3).payload_size == 0, code + 4);
}

static void copy(handle_t from, handle_t to) {
    const struct text none = {nullptr, 0};
    for (uint32_t at = 0; at < BIG;) {
        uint32_t size = ask(from, FILE_READ, at, 30'000, none, 40).payload_size;
        struct text piece = {(const char *)bytes, size};
        check(size > 0 && ask(to, FILE_WRITE, at, 0, piece, 41).words[0] == size, 42);
        at += size;
    }
}

static void look_at_files(void) {
    handle_t root = birth_find(PROTOCOL_FILE, "/");
    handle_t big = open_file(root, "folder/big", 0, FILE_RIGHT_READ, 30);
    look_at_big(big, 31);
    handle_t made =
        open_file(root, "tmp/copy", FILE_OPEN_CREATE, FILE_RIGHT_READ | FILE_RIGHT_WRITE, 43);
    copy(big, made);
    look_at_big(made, 44);
    struct message reply =
        ask(root, FILE_STAT_AT, FILE_FOLLOW, 0, text_of("./folder/../folder/big"), 50);
    struct file_stat stat;
    memcpy(&stat, bytes, sizeof stat);
    check(reply.payload_size == sizeof stat && stat.size == BIG, 51);
    handle_t given = open_file(root, "tmp/given", 0, FILE_RIGHT_READ | FILE_RIGHT_WRITE, 52);
    reply = ask(given, FILE_READ, 0, sizeof bytes, (struct text){nullptr, 0}, 53);
    check(reply.payload_size == 5 && memcmp(bytes, "given", 5) == 0, 54);
}

[[clang::export_name("_start")]] void program_start(void);
void program_start(void) {
    kernel = birth_find(PROTOCOL_KERNEL, nullptr);
    look_at_machine();
    look_at_servers();
    look_at_files();
}
